"""Which addresses a browser may be sent on to: the console's own pages."""

from __future__ import annotations

import re


def safe_next(prefix: str, wanted: str) -> str:
    """Give `wanted` if it is one of our own pages, else the home page (threat 45)."""
    page = r"(?!api/|assets/|sign-|ways)[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*"
    own = re.escape(prefix) + rf"({page})?(\?[A-Za-z0-9._~%=&+@-]*)?"
    return wanted if re.fullmatch(own, wanted) else prefix
