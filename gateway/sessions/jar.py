"""The app's cookies of one session (RFC 6265bis, 5.7 and 5.8), held here and not in the browser.

Pure: cookies and a time in, cookies out (law 6). What the browser sends of its own is worth
something in one case only: cookies that the app's scripts can read are in the browser too, so that
they can be written there as well (`wire.script_cookies`). For those the browser's value counts; for
HttpOnly ones never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, Literal

from gateway.model import Frozen
from gateway.wire.script_cookies import ScriptCookie

SameSite = Literal["Strict", "Lax", "None", "Default"]
_longest_then_oldest: Final = itemgetter(0, 1)
_NEVER_OF_SCRIPTS: Final = ("__http-", "__host-http-", "__host-gateway_")


class Cookie(Frozen, frozen=True, kw_only=True):
    """One cookie; texts are bytes as Latin-1.

    `domain`: the host that it is for, and all below it unless `host_only`. `expires_at`: None when
    it lasts as long as the session. `shown`: the browser is given it too. `version`: the jar's when
    it was set last, which the store says.
    """

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    http_only: bool
    same_site: SameSite
    created_at: int
    expires_at: int | None = None
    shown: bool = False
    version: int = 0

    @property
    def key(self) -> str:
        """What a newer cookie must share with this one to replace it (5.7, step 23)."""
        return f"{self.name}\n{'' if self.host_only else '.'}{self.domain}\n{self.path}"

    def is_over(self, now_ms: int) -> bool:
        """Whether its time has passed."""
        return self.expires_at is not None and self.expires_at <= now_ms

    def is_at(self, host: str) -> bool:
        """Whether it belongs to this host of the app."""
        return host == self.domain or (not self.host_only and host_matches(host, self.domain))

    def is_for(self, host: str, path: str) -> bool:
        """Whether it belongs to requests for this path of this host."""
        return self.is_at(host) and _path_matches(path, self.path)


class Reach(Frozen, frozen=True, kw_only=True):
    """What a browser says of where a request comes from, for SameSite (5.2).

    `top_level`: it fills the whole window. `safe`: its method only reads.
    """

    cross_site: bool = False
    top_level: bool = False
    safe: bool = False

    def sends(self, same_site: SameSite) -> bool:
        """Whether the request carries a cookie of this kind (5.8.3)."""
        if not self.cross_site or same_site == "None":
            return True
        return same_site != "Strict" and self.top_level and self.safe

    def sets(self, same_site: SameSite) -> bool:
        """Whether its answer may set one (5.7, step 18)."""
        return not self.cross_site or same_site == "None" or self.top_level


HERE: Final = Reach()
"""From the site's own pages, or from a program."""


def cookie_header(
    cookies: Mapping[str, Cookie],
    *,
    host: str,
    path: str,
    now_ms: int,
    reach: Reach = HERE,
    in_browser: Iterable[ScriptCookie] = (),
    known: int = 0,
) -> bytes:
    """Give the Cookie field's value for a request, empty without cookies (5.8.3).

    Args:
        cookies: the jar.
        host: the app's host that is asked, in lower case, without a port.
        path: the request's path.
        now_ms: the wall clock.
        reach: where the request comes from.
        in_browser: this session's cookies as the browser sent them.
        known: the jar's version that the browser has. A cookie that it was given and does not send
            any more was taken away by a script.
    """
    written = {(each.path, each.name): each.value for each in in_browser}
    sent: list[tuple[int, int, str]] = []
    rooted = path.startswith("/")
    for cookie in cookies.values():
        # Each test begins with its usual answer, for which nothing is called: a jar may be full.
        if (
            (cookie.domain != host and not cookie.is_at(host))
            or not ((rooted and cookie.path == "/") or _path_matches(path, cookie.path))
            or (cookie.expires_at is not None and cookie.is_over(now_ms))
            or (reach.cross_site and not reach.sends(cookie.same_site))
        ):
            continue
        value: str | None = cookie.value
        if cookie.shown:
            given = cookie.version <= known
            value = written.get((cookie.path, cookie.name), None if given else cookie.value)
        if value is not None:
            sent.append((-len(cookie.path), cookie.created_at, _pair(cookie.name, value)))
    if written:
        sent += _of_scripts(written, cookies, path, now_ms)
    sent.sort(key=_longest_then_oldest)
    return "; ".join([pair for _, _, pair in sent]).encode("latin-1")


def host_matches(host: str, domain: str) -> bool:
    """Whether a host is a domain or lies below it (5.1.3); neither may be an IP address."""
    return host == domain or host.endswith("." + domain)


def _of_scripts(
    written: Mapping[tuple[str, str], str], cookies: Mapping[str, Cookie], path: str, now_ms: int
) -> list[tuple[int, int, str]]:
    """What scripts have added to the jar, as long as it lies over nothing that is not theirs."""
    known = {(each.path, each.name) for each in cookies.values()}
    closed = {each.name for each in cookies.values() if each.http_only}
    return [
        (-len(at), now_ms, _pair(name, value))
        for (at, name), value in written.items()
        if (at, name) not in known
        and name not in closed
        and _path_matches(path, at)
        and _is_scripts(name or value, at)
    ]


def _is_scripts(name: str, path: str) -> bool:
    lower = name.lower()
    if lower.startswith(_NEVER_OF_SCRIPTS):
        return False
    return path == "/" or not lower.startswith("__host-")


def _pair(name: str, value: str) -> str:
    return f"{name}={value}" if name else value


def _path_matches(path: str, cookie_path: str) -> bool:
    return path == cookie_path or (
        path.startswith(cookie_path)
        and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )
