"""What an answer's cookies make of a session's jar (RFC 6265bis, 5.7, steps 23 and 24). Pure.

A full jar makes room as a browser does: what is over goes first, then what is not Secure, and of
equals the one that was used longest ago. The store does not hear of each use: what goes with the
request that is answered was used just now, and of the rest the older ones go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from gateway.model import Frozen
from gateway.sessions.jar import Cookie
from gateway.wire.script_cookies import MOST, ROOM, ScriptCookie

_MOST: Final = 180
"""As many as browsers hold for a site."""


class Change(Frozen, frozen=True, kw_only=True):
    """What is new in a jar, and what goes from it."""

    keep: list[Cookie]
    drop: list[Cookie]


def change_of(
    cookies: Mapping[str, Cookie],
    arrived: Iterable[Cookie],
    *,
    session: str,
    now_ms: int,
    used: Callable[[Cookie], bool],
    hidden: bool = False,
) -> Change:
    """Say how a jar changes.

    Args:
        cookies: the jar as this worker has it.
        arrived: what the answer sets, in its order.
        session: the session's id.
        now_ms: the wall clock.
        used: whether a cookie went with the request.
        hidden: these cookies are kept from scripts, whatever the app says of them.
    """
    after = dict(cookies)
    gone: dict[str, Cookie] = {}
    for cookie in arrived:
        key = cookie.key
        old = after.pop(key, None)
        if cookie.is_over(now_ms):
            gone[key] = cookie  # also where it is not known here: another worker may have set it
            continue
        gone.pop(key, None)
        shown = not hidden and _may_be_shown(cookie, after.values(), session)
        created = cookie.created_at if old is None else old.created_at
        after[key] = replace(cookie, created_at=created, shown=shown)
    for key, cookie in list(after.items()):
        if cookie.is_over(now_ms):
            gone[key] = after.pop(key)
    while len(after) > _MOST:
        least = min(after.values(), key=lambda each: (each.secure, used(each), _age(each)))
        gone[least.key] = after.pop(least.key)
    keep = [cookie for key, cookie in after.items() if cookies.get(key) is not cookie]
    return Change(keep=keep, drop=list(gone.values()))


def as_script_cookie(cookie: Cookie, session: str) -> ScriptCookie:
    """Give a cookie of the jar as the browser holds it."""
    return ScriptCookie(session, cookie.path, cookie.name, cookie.value)


def _age(cookie: Cookie) -> tuple[bool, int, int]:
    new = cookie.version == 0  # it is only just arriving
    return new, cookie.version, cookie.created_at


def _may_be_shown(cookie: Cookie, others: Iterable[Cookie], session: str) -> bool:
    """Whether the browser is to have it: scripts may read it, and there is room for it."""
    if cookie.http_only:
        return False
    sizes = [as_script_cookie(each, session).size for each in others if each.shown]
    mine = as_script_cookie(cookie, session)
    return mine.fits and len(sizes) < MOST and sum(sizes) + mine.size <= ROOM
