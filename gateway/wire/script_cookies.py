"""The cookies of a session that the app's scripts can read, as the browser holds them.

A browser sends back no more of a cookie than its name and value. So the session and the cookie's
path stand in the name, each part percent-encoded:

    __Host-gateway_app|<session>|<path>|<name>=<value>

`__Host-` keeps every other host from setting or reading one (RFC 6265bis, 4.1.3.2), and gives all
of them the path `/`, so that each request shows them all. What bears another name is the operator's
own. `banner/cookies.js` reads and writes the same names in the page.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

PREFIX: Final = "__Host-gateway_app|"
MOST: Final = 50
"""Browsers hold about 180 cookies of a registrable domain, the operator's own among them."""
ROOM: Final = 16 * 1024
"""Bytes of all that are shown together: with them a request must still fit into 64 KiB."""
_LARGEST: Final = 4096
_SAFE: Final = "!'()*-._~"
"""What JavaScript's encodeURIComponent leaves as it is, besides letters and digits."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class ScriptCookie(NamedTuple):
    """One cookie. `name`, `value` and `path` are the app's, bytes as Latin-1."""

    session: str
    path: str
    name: str
    value: str

    @property
    def written(self) -> str:
        """The name that it has in the browser."""
        return f"{PREFIX}{self.session}|{_quoted(self.path)}|{_quoted(self.name)}"

    @property
    def size(self) -> int:
        """Bytes of name and value in the browser."""
        return len(self.written) + len(_quoted(self.value))

    @property
    def fits(self) -> bool:
        """Whether a browser keeps it (RFC 6265bis, 5.6)."""
        return self.size <= _LARGEST

    def set_field(self, *, seconds: int, strict: bool = False) -> bytes:
        """The value of the Set-Cookie field that puts it into the browser; with 0 seconds, out.

        Never HttpOnly: those stay in the jar. Lax unless the app wants Strict: the session's own
        cookie is Lax, and without it there is no session.
        """
        return (
            f"{self.written}={_quoted(self.value)}; Path=/; Secure; "
            f"SameSite={'Strict' if strict else 'Lax'}; Max-Age={seconds}"
        ).encode("ascii")


def read_script_cookie(name: str, value: str) -> ScriptCookie | None:
    """Read one as the browser sent it; None when neither we nor our script wrote it.

    There is one spelling of each, so that no two could stand for the same cookie.
    """
    parts = name.removeprefix(PREFIX).split("|")
    if len(parts) != 3:
        return None
    session, path, own = parts
    cookie = ScriptCookie(session, _unquoted(path), _unquoted(own), _unquoted(value))
    if (
        cookie.written != name
        or _quoted(cookie.value) != value
        or not cookie.path.startswith("/")
        or not cookie.name + cookie.value
        or "=" in cookie.name
        or ";" in cookie.name + cookie.value  # a path is not sent on, and a page's may hold one
        or _CONTROL.search(cookie.path + cookie.name + cookie.value)
    ):
        return None
    return cookie


def _quoted(text: str) -> str:
    return quote(text.encode("latin-1"), safe=_SAFE)


def _unquoted(text: str) -> str:
    return unquote_to_bytes(text).decode("latin-1")
