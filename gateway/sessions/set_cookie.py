"""Reading a Set-Cookie field as a browser does (RFC 6265bis, 5.6 and 5.7, steps 1 to 22).

The way from the gateway to the app counts as secure, as `localhost` does in a browser: it is the
gateway's own. So Secure cookies are kept and sent, and no cookie can be one that must not lie over
a Secure one (step 16).

There is no list of public suffixes here. A jar is only ever sent to the hosts of its own site, so a
cookie for `co.uk` reaches nobody that it should not; a Domain of a single label is refused all the
same.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from gateway.sessions.cookie_date import cookie_date
from gateway.sessions.jar import Cookie, SameSite, host_matches

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LARGEST: Final = 4096
_LARGEST_ATTRIBUTE: Final = 1024
_LONGEST_MS: Final = 400 * 86_400_000
"""RFC 6265bis, 5.5: a cookie lives 400 days at most."""
_AGE: Final = re.compile(r"-?[0-9]+")
_SAME_SITES: Final[dict[str, SameSite]] = {"strict": "Strict", "lax": "Lax", "none": "None"}


def read_set_cookie(field: bytes, *, host: str, path: str, now_ms: int) -> Cookie | None:
    """Read one Set-Cookie field; None when a browser would not keep it.

    Args:
        field: the field's value.
        host: the app's host that answered, in lower case, without a port.
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
    domain = _domain(found.get("domain", ""), host)
    if domain is None:
        return None
    cookie = Cookie(
        name=name.decode("latin-1"),
        value=value.decode("latin-1"),
        domain=domain or host,
        host_only=not domain,
        path=_path(found.get("path", ""), path),
        secure="secure" in found,
        http_only="httponly" in found,
        same_site=_SAME_SITES.get(found.get("samesite", "").lower(), "Default"),
        created_at=now_ms,
        expires_at=_expiry(found, now_ms),
    )
    asks_secure = cookie.same_site == "None" or "partitioned" in found  # CHIPS: only a Secure one
    if asks_secure and not cookie.secure:
        return None
    return cookie if _prefix_holds(cookie, "path" in found) else None


def _attributes(parts: list[bytes]) -> dict[str, str]:
    """The last of each name counts, of those that can be read."""
    found: dict[str, str] = {}
    for part in parts:
        raw, _, value = part.partition(b"=")
        name = raw.strip(b" \t").decode("latin-1").lower()
        text = value.strip(b" \t").decode("latin-1")
        if len(text) > _LARGEST_ATTRIBUTE:
            continue
        if name == "max-age" and not _AGE.fullmatch(text):
            continue
        if name == "expires" and cookie_date(text) is None:
            continue
        found[name] = text
    return found


def _domain(attribute: str, host: str) -> str | None:
    """Give the domain that a cookie is for, empty for the host alone; None to refuse it."""
    domain = attribute.removeprefix(".").lower()
    if not domain:
        return ""
    if not domain.isascii() or not host_matches(host, domain):
        return None
    if domain == host and ("." not in host or _is_address(host)):
        return ""
    return domain if "." in domain and not _is_address(host) else None


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _path(attribute: str, request_path: str) -> str:
    if attribute.startswith("/"):
        return attribute
    directory = request_path.rpartition("/")[0]
    return directory or "/"


def _expiry(found: dict[str, str], now_ms: int) -> int | None:
    if "max-age" in found:
        return now_ms + min(max(int(found["max-age"]), 0) * 1000, _LONGEST_MS)
    date = cookie_date(found.get("expires", ""))
    return None if date is None else min(date, now_ms + _LONGEST_MS)


def _prefix_holds(cookie: Cookie, has_path: bool) -> bool:
    """Whether the cookie is what its name says, in any case of letters (5.4).

    `__Http-` and `__Host-Http-` are browsers' younger additions: never a script's.
    """
    name = (cookie.name or cookie.value).lower()
    if not name.startswith(("__secure-", "__host-", "__http-")):
        return True
    if not cookie.name:  # it would be sent as if that were its name (step 22)
        return False
    if name.startswith(("__http-", "__host-http-")) and not cookie.http_only:
        return False
    whole = cookie.host_only and has_path and cookie.path == "/"
    return cookie.secure and (whole or not name.startswith("__host-"))
