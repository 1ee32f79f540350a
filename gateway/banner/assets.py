"""The bar's files, as they are served under the prefix: `bar.js`, `bar.css` and `bar.svg`.

`bar.js` is the same for everybody and can be cached for as long as the gateway's version lives. The
others are the session's: a plain bar for where no script runs, which the script takes away, and the
icon of its tabs.
"""

from __future__ import annotations

import html
import json
import pkgutil
import re
from collections.abc import Callable
from datetime import UTC, datetime

from gateway.banner.act_places import ActPlaces
from gateway.banner.state import BarState
from gateway.model import Mode
from gateway.texts import gettext as _


def _text(name: str) -> str:
    data = pkgutil.get_data(__package__ or "", name)
    assert data is not None, f"{name} is part of the package"  # noqa: S101 - holds for every wheel
    return data.decode()


_PAGE_CSS = _text("page.css")
_PARTS = (
    "taken",
    "words",
    "nodes",
    "cookies",
    "silence",
    "view",
    "panel",
    "toast",
    "corner",
    "marks",
    "tabs",
    "layer",
    "hands",
    "asked",
    "keep",
)


def _lean(script: str) -> str:
    """A script without what only its readers need: comments that fill their lines, and indents.

    None of the parts has a text of several lines.
    """
    bare = re.sub(r"^\s*/\*\*.*?\*/\n", "", script, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in bare.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


_SCRIPT = "\n".join(map(_lean, map(_text, (f"{part}.js" for part in _PARTS))))
TEXTS = tuple(
    dict.fromkeys(
        json.loads(found) for found in re.findall(r'gettext\(\s*("(?:[^"\\]|\\.)*")', _SCRIPT)
    )
)
"""Every text of the script, in English."""


def bar_js(translate: Callable[[str], str]) -> bytes:
    """The script that draws the bar and keeps it, with its styles inside, and minds the cookies.

    Args:
        translate: gives one of `TEXTS` in the operator's language.
    """
    words = {text: said for text in TEXTS if (said := translate(text)) != text}
    script = _SCRIPT
    for name, value in (("WORDS", words), ("BAR_CSS", _text("bar.css")), ("PAGE_CSS", _PAGE_CSS)):
        script = script.replace(f'"@{name}@"', json.dumps(value))
    return f'(() => {{\n"use strict";\n{script}}})();\n'.encode()


def act_js(places: ActPlaces, *, site: str, start_url: str, text: str, named: str) -> bytes:
    """The script of the button in the app's own pages.

    Args:
        site: the site's name.
        start_url: the console's start page, absolute.
        text: the button's.
        named: what a screen reader says of it; `%(id)s` stands for the id in the page's address.
    """
    config = {
        "site": site,
        "start": start_url,
        "text": text,
        "named": named,
        "places": [
            {
                "source": each.source,
                "selector": each.selector,
                "position": each.position,
                "by": "email" if each.by == "email" else "subject",
            }
            for each in places.places
        ],
    }
    script = _lean(_text("act.js")).replace('"@ACT@"', json.dumps(config))
    return f'(() => {{\n"use strict";\n{script}}})();\n'.encode()


def bar_svg(state: BarState) -> bytes:
    """The icon of the session's tabs: the first letters of whom one acts for, on the mode's colour.

    UTF-8.
    """
    letters = "".join(word[0] for word in re.findall(r"\w+", state.subject)[:2]).upper()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{_GROUND[state.mode]}"/>'
        '<text x="16" y="22" text-anchor="middle" fill="#fff" '
        'font-family="system-ui, sans-serif" font-weight="600" font-size="15">'
        f"{html.escape(letters)}</text></svg>"
    ).encode()


_GROUND = {Mode.READ_ONLY: "#1f3a5f", Mode.READ_WRITE: "#8c1d2f"}


def bar_css(state: BarState) -> bytes:
    """The plain bar: who acts for whom, in which mode, and where to leave. ASCII."""
    parts = (
        _("Acting as %(name)s") % {"name": state.subject},
        state.account,
        state.workflow,
        _words(state),
        _("to leave, open %(address)s") % {"address": state.leave_url},
    )
    text = " · ".join(part for part in parts if part)
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


def _words(state: BarState) -> str:
    if not state.elevated_until:
        return state.words
    until = f"{datetime.fromtimestamp(state.elevated_until // 1000, UTC):%H:%M}"
    return _("%(mode)s until %(time)s UTC") % {"mode": state.words, "time": until}


def _css_string(text: str) -> str:
    """The inside of a CSS string: all but letters, digits and spaces escaped (CSS Syntax 4.3.7).

    The space after an escape ends it, and is part of it.
    """
    return re.sub(r"[^A-Za-z0-9 ]", lambda found: f"\\{ord(found[0]):x} ", text)
