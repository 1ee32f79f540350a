"""Absolute links of an app inside its pages, styles and scripts, mapped to the session's hosts."""
