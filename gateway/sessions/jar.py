"""The app's cookies of one session (RFC 6265bis, 5), held here instead of in the browser (law 6).

Pure: bytes and a time in, a changed jar out. A session speaks to one host of the app, so a Domain
attribute only has to match that host. What cannot be read, or is too large, is not kept.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from gateway.model import Frozen

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LARGEST: Final = 4096
_LARGEST_ATTRIBUTE: Final = 1024
_MOST: Final = 180
_LONGEST_MS: Final = 400 * 86_400_000
"""RFC 6265bis, 5.5: a cookie lives 400 days at most."""


class Cookie(Frozen, frozen=True, kw_only=True):
    """One cookie. `expires_at` is None when it lasts as long as the session."""

    name: str
    value: str
    path: str
    secure: bool
    created_at: int
    expires_at: int | None = None

    @property
    def key(self) -> str:
        """What a newer cookie must share with this one to replace it."""
        return f"{self.name}\n{self.path}"


def read_set_cookie(field: bytes, *, host: str, path: str, now_ms: int) -> Cookie | None:
    """Read one Set-Cookie field (RFC 6265bis, 5.6); None when a browser would not keep it.

    Args:
        field: the field's value.
        host: the app's host in this session, in lower case.
        path: the path of the request that it answers.
        now_ms: the wall clock; a cookie that is to go has `expires_at` at or before it.
    """
    if _CONTROL.search(field):
        return None
    pair, *attributes = field.split(b";")
    name, equals, value = pair.partition(b"=")
    if not equals:
        name, value = b"", name
    name, value = name.strip(b" \t"), value.strip(b" \t")
    if not name + value or len(name) + len(value) > _LARGEST:
        return None
    found = _attributes(attributes)
    domain = found.get("domain", "").lstrip(".").lower()
    if domain and host != domain and not host.endswith("." + domain):
        return None
    cookie = Cookie(
        name=name.decode("latin-1"),
        value=value.decode("latin-1"),
        path=_path(found.get("path", ""), path),
        secure="secure" in found,
        created_at=now_ms,
        expires_at=_expiry(found, now_ms),
    )
    return cookie if _prefix_holds(cookie, domain) else None


def cookie_header(cookies: dict[str, Cookie], *, path: str, now_ms: int) -> bytes:
    """Give the Cookie field's value for a request, empty without cookies (RFC 6265bis, 5.8.3).

    The way to the app is the gateway's own, so Secure cookies are sent on it.
    """
    sent = [
        cookie
        for cookie in cookies.values()
        if _path_matches(path, cookie.path)
        and (cookie.expires_at is None or cookie.expires_at > now_ms)
    ]
    sent.sort(key=lambda cookie: (-len(cookie.path), cookie.created_at))
    pairs = (f"{each.name}={each.value}" if each.name else each.value for each in sent)
    return "; ".join(pairs).encode("latin-1")


def has_room(cookies: dict[str, Cookie], cookie: Cookie) -> bool:
    """Say whether the jar may keep one more; it holds 180, as browsers do for a site."""
    return cookie.key in cookies or len(cookies) < _MOST


def _attributes(parts: list[bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        text = value.strip(b" \t").decode("latin-1")
        if len(text) <= _LARGEST_ATTRIBUTE:
            found[name.strip(b" \t").decode("latin-1").lower()] = text
    return found


def _path(attribute: str, request_path: str) -> str:
    if attribute.startswith("/"):
        return attribute
    directory = request_path.rpartition("/")[0]
    return directory or "/"


def _path_matches(path: str, cookie_path: str) -> bool:
    return path == cookie_path or (
        path.startswith(cookie_path)
        and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )


def _expiry(found: dict[str, str], now_ms: int) -> int | None:
    age = found.get("max-age")
    if age is not None and re.fullmatch(r"-?[0-9]{1,18}", age):
        return now_ms + min(max(int(age), 0) * 1000, _LONGEST_MS)
    date = found.get("expires")
    if date is None:
        return None
    try:
        moment = parsedate_to_datetime(date.replace("-", " "))
        at = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return min(at, now_ms + _LONGEST_MS)


def _prefix_holds(cookie: Cookie, domain: str) -> bool:
    name = (cookie.name or cookie.value).lower()  # a nameless one would be sent as that name
    if name.startswith("__secure-"):
        return cookie.secure
    if name.startswith("__host-"):
        return cookie.secure and not domain and cookie.path == "/"
    return True
