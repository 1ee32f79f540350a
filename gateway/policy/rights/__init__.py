"""Who may do what: asked of Cedar policies when a session starts, and whenever that changes."""
