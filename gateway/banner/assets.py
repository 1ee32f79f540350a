"""The bar's two files, as they are served under the prefix: `bar.js` and `bar.css`.

`bar.js` is the same for everybody and can be cached for as long as the gateway's version lives.
`bar.css` is the session's: a plain bar for where no script runs. The script takes it away.
"""

from __future__ import annotations

import pkgutil
import re
from datetime import UTC, datetime

import msgspec

from gateway.banner.state import BarState
from gateway.model import Mode


def _text(name: str) -> str:
    data = pkgutil.get_data(__package__ or "", name)
    assert data is not None, f"{name} is part of the package"  # noqa: S101 - holds for every wheel
    return data.decode()


_PAGE_CSS = _text("page.css")

BAR_JS: bytes = (
    '(() => {\n"use strict";\n'
    + "\n".join(_text(name) for name in ("cookies.js", "silence.js", "view.js", "keep.js"))
    .replace('"@BAR_CSS@"', msgspec.json.encode(_text("bar.css")).decode())
    .replace('"@PAGE_CSS@"', msgspec.json.encode(_PAGE_CSS).decode())
    + "})();\n"
).encode()
"""The script that draws the bar and keeps it, with its styles inside, and minds the cookies."""

_GROUND = {Mode.READ_ONLY: "#1f3a5f", Mode.READ_WRITE: "#8c1d2f"}


def bar_css(state: BarState) -> bytes:
    """The plain bar: who acts for whom, in which mode, and where to leave. ASCII."""
    only = f" · {state.workflow}" if state.workflow else ""
    text = (
        f"Acting as {state.subject} · {state.account}{only} · {state.words}{_until(state)}"
        f" · to leave, open {state.leave_url}"
    )
    return f"""{_PAGE_CSS}
html::after {{
  content: "{_css_string(text)}" !important;
  display: block !important; visibility: visible !important; opacity: 1 !important;
  position: fixed !important; inset: auto 0 0 0 !important; z-index: 2147483647 !important;
  box-sizing: border-box !important; min-height: 40px !important; margin: 0 !important;
  padding: 10px 16px !important;
  color: #fff !important; background: {_GROUND[state.mode]} !important;
  font: 14px/20px system-ui, sans-serif !important; text-align: start !important;
  overflow-wrap: anywhere !important; pointer-events: none !important;
}}
""".encode("ascii")


def _until(state: BarState) -> str:
    if not state.elevated_until:
        return ""
    return f" until {datetime.fromtimestamp(state.elevated_until // 1000, UTC):%H:%M} UTC"


def _css_string(text: str) -> str:
    """The inside of a CSS string: all but letters, digits and spaces escaped (CSS Syntax 4.3.7).

    The space after an escape ends it, and is part of it.
    """
    return re.sub(r"[^A-Za-z0-9 ]", lambda found: f"\\{ord(found[0]):x} ", text)
