"""The cookies of one request of a session: from the jar to the app, from its answer to the jar.

The browser is given those that the app's scripts can read, and is told the jar's version with them;
of HttpOnly ones it never sees a byte (law 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.acting import Acting
from gateway.middleware.split_cookies import JAR_COOKIE
from gateway.model import Remark
from gateway.redaction.summary import added
from gateway.sessions.jar import HERE, Cookie, Reach, cookie_header
from gateway.sessions.jar_change import Change, as_script_cookie, change_of
from gateway.sessions.live import LiveSessions
from gateway.sessions.set_cookie import read_set_cookie
from gateway.wire.script_cookies import ScriptCookie

_Fields = list[tuple[bytes, bytes]]
_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))


def cookies_to_app(acting: Acting, now_ms: int) -> bytes:
    """Give the Cookie field that the app gets; empty without cookies."""
    draft = acting.draft
    if not acting.live.cookies and not draft.in_browser:
        return b""
    return cookie_header(
        acting.live.cookies,
        host=acting.app_host,
        path=acting.path,
        now_ms=now_ms,
        reach=_reach(acting),
        in_browser=_in_browser(acting),
        known=draft.jar_version,
    )


async def cookies_from_app(
    acting: Acting, sessions: LiveSessions, set_cookies: Iterable[bytes], now_ms: int
) -> _Fields:
    """Put an answer's cookies into the jar; give the Set-Cookie fields that the browser gets.

    Raises:
        Refused: the session has ended.
    """
    live, reach = acting.live, _reach(acting)
    host, path, session = acting.app_host, acting.path, acting.session.id
    read = (read_set_cookie(each, host=host, path=path, now_ms=now_ms) for each in set_cookies)
    arrived = [each for each in read if each is not None and reach.sets(each.same_site)]
    removed: list[ScriptCookie] = []
    if arrived:
        change = change_of(
            live.cookies,
            arrived,
            session=session,
            now_ms=now_ms,
            used=lambda each: each.is_for(host, path),
            hidden=_hides(acting, arrived),
        )
        removed = _no_more_shown(acting, change)
        await sessions.change_jar(live, change.keep, change.drop)
    values = [each.set_field(seconds=0) for each in removed]
    values += [
        as_script_cookie(each, session).set_field(
            seconds=_seconds_left(acting, each, now_ms), strict=each.same_site == "Strict"
        )
        for each in live.cookies.values()
        if each.shown and each.version > acting.draft.jar_version and each.is_at(host)
    ]
    if arrived or values:
        version = f"{JAR_COOKIE}={live.jar_version}; Path=/; Secure; HttpOnly; SameSite=Lax"
        values.append(version.encode())
    return [(b"Set-Cookie", value) for value in values]


def _no_more_shown(acting: Acting, change: Change) -> list[ScriptCookie]:
    """Give what the browser has, from the app or from a script, and is to have no more."""
    session, before = acting.session.id, acting.live.cookies
    written = {(each.path, each.name) for each in _in_browser(acting)}
    return [
        ScriptCookie(session, each.path, each.name, "")
        for each in (*change.drop, *(each for each in change.keep if not each.shown))
        if (each.path, each.name) in written
        or ((old := before.get(each.key)) is not None and old.shown)
    ]


def _hides(acting: Acting, arrived: Iterable[Cookie]) -> bool:
    """Whether a rule keeps these cookies from the operator, who could read what scripts can.

    Where redaction only reports, the remark says what it would have kept.
    """
    rule = acting.site.redaction.hiding_rule(b"set-cookie", acting.path, acting.session.reveal)
    count = sum(not each.http_only for each in arrived)
    if rule is None or not count:
        return False
    remark = Remark(rule=rule.id, category=rule.category, count=count)
    acting.outcome.redactions = added(acting.outcome.redactions, (remark,))
    return "redaction" not in acting.site.report_only


def _in_browser(acting: Acting) -> tuple[ScriptCookie, ...]:
    """What the browser sent of this session; another's counts for nothing (threat row 41)."""
    sent = acting.draft.in_browser
    return tuple(each for each in sent if each.session == acting.session.id) if sent else sent


def _reach(acting: Acting) -> Reach:
    """Read the Fetch Metadata (W3C); a program sends none, and has no site to come from."""
    fields = acting.draft.fields
    if fields.get(b"sec-fetch-site") != b"cross-site":
        return HERE
    navigates = fields.get(b"sec-fetch-mode") == b"navigate"
    return Reach(
        cross_site=True,
        top_level=navigates and fields.get(b"sec-fetch-dest") == b"document",
        safe=acting.request.method in _SAFE,
    )


def _seconds_left(acting: Acting, cookie: Cookie, now_ms: int) -> int:
    """How long the browser may have a cookie: never longer than the session lasts."""
    ends = acting.session.expires_at
    return max(0, min(ends, cookie.expires_at or ends) - now_ms) // 1000
