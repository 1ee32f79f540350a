"""The sessions that this worker serves: found without the store, cut the moment they end.

A worker keeps what it has found, and is told by push when a session ends. While it cannot be told
(the subscription is lost) it serves none and has cut what was open: any doubt is a no (law 2).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import structlog
from msgspec.structs import replace

from gateway.errors import Refused, StoreAway
from gateway.model import Mode, Session
from gateway.sessions import tokens
from gateway.sessions.deadlines import Deadlines
from gateway.sessions.jar import Cookie
from gateway.sessions.repository import Found, SessionRepository, deadline

_log = structlog.get_logger("sessions")
_MOST = 10_000
_TRIES = 8  # to make room: it grows by one at a time, and is never looked through as a whole
_TOUCH_EVERY_MS = 5_000
_TOUCHES_AN_IDLE_TIME = 10  # for idle times so short that the store would hear too late of a use


class Live:
    """One session as this worker serves it. `seen_at` and the jar follow the store's."""

    __slots__ = (
        "cookies",
        "ended",
        "jar_version",
        "open",
        "seen_at",
        "session",
        "tokens",
        "touch_every",
        "touched_at",
        "until",
    )

    def __init__(self, found: Found, jar_version: int, cookies: dict[str, Cookie]) -> None:
        self.take(found.session)
        self.tokens = found.tokens
        self.seen_at = found.seen_at
        self.touched_at = found.seen_at
        self.jar_version = jar_version
        self.cookies = cookies
        self.ended = found.ending
        self.open: set[Callable[[], None]] = set()
        """Cuts what is under way in this session: requests, streams, sockets."""

    def take(self, session: Session) -> None:
        """Serve the session as it is now; `until` a time, in milliseconds, it stays like that."""
        self.session = session
        self.touch_every = min(_TOUCH_EVERY_MS, session.idle_ms // _TOUCHES_AN_IDLE_TIME)
        self.until = session.elevated_until or session.expires_at

    def admits(self, secret: str, number: int) -> bool:
        """Compare a secret with the one of the session's host of this number."""
        return number < len(self.tokens) and tokens.matches(secret, self.tokens[number])

    @property
    def idle_at(self) -> int:
        """When the session ends for want of use, in milliseconds."""
        return self.seen_at + self.session.idle_ms

    def cut(self) -> None:
        """End everything that is under way; nothing of it passes after this returns (law 9)."""
        self.ended = True
        while self.open:
            cut = self.open.pop()
            try:
                cut()
            except Exception:  # noqa: BLE001  whatever it is, the others must be cut too
                _log.exception("session.cut_failed", session=self.session.id)
        self.cookies = {}


class LiveSessions:
    """This worker's sessions by token.

    `connected` is set by the subscription (`sessions.revocation`).
    """

    def __init__(self, repository: SessionRepository, now: Callable[[], int]) -> None:
        self._repository = repository
        self._now = now
        self._by_id: OrderedDict[str, Live] = OrderedDict()
        """Those that were looked for last stand last."""
        self._deadlines = Deadlines(self._deadline)
        self._news = 0
        """Counts what this worker was told: what was read from the store before is read again."""
        self.connected = False
        self.on_cut: Callable[[str | None], object] = lambda _: None
        """Is told when a session is cut, or all are (None)."""

    async def find(self, token: str, jar_version: int, number: int = 0) -> Live | None:
        """Give the live session of a cookie's token; None when there is none.

        Args:
            token: what the browser sent.
            jar_version: the jar's version that the browser saw last; an older copy is read anew.
            number: of the session's host that got the token: on another it is worth nothing.

        Raises:
            StoreAway: the store cannot tell, or this worker could not be told of an end.
        """
        if not self.connected:
            raise StoreAway(
                "store_away",
                "The gateway has lost touch with its store, so it cannot tell who may act.",
                "Nothing was sent to the app. Try again in a moment.",
            )
        parts = tokens.split(token)
        if parts is None:
            return None
        session_id, secret = parts
        live = self._by_id.get(session_id)
        if (
            live is None
            or live.jar_version < jar_version
            or not live.admits(secret, number)
            or self._now() >= min(live.idle_at, live.until)
            or (len(live.tokens) > 1 and await self._has_old_jar(live))
        ):
            live = await self._load(session_id)
            if live is None or not live.admits(secret, number):
                return None
        if session_id in self._by_id:
            self._by_id.move_to_end(session_id)
        return None if live.ended else live

    def at_hand(self, token: str, jar_version: int, number: int, now_ms: int) -> Live | None:
        """Give what `find` gives and `touch` takes, where neither has to ask or tell the store."""
        parts = tokens.split(token)
        live = self._by_id.get(parts[0]) if parts is not None else None
        if live is None or parts is None or not live.admits(parts[1], number):
            return None
        return live if self.stays_at_hand(live, jar_version, now_ms) else None

    def stays_at_hand(self, live: Live, jar_version: int, now_ms: int) -> bool:
        """Say whether a session that was `at_hand` still is, as long as its tokens are the same."""
        return (
            self.connected
            and self._by_id.get(live.session.id) is live
            and not live.ended
            and jar_version <= live.jar_version
            and len(live.tokens) == 1
            and now_ms < live.until
            and now_ms < live.seen_at + live.session.idle_ms
            and now_ms - live.touched_at < live.touch_every
        )

    async def touch(self, live: Live, now_ms: int) -> None:
        """Note that a session was used; the store hears of it every few seconds."""
        live.seen_at = max(live.seen_at, now_ms)
        if now_ms - live.touched_at >= live.touch_every:
            live.touched_at = now_ms
            await self._repository.touch(live.session, now_ms)

    async def change_jar(self, live: Live, keep: list[Cookie], drop: list[Cookie]) -> None:
        """Change the session's cookies in the store, then here.

        Raises:
            Refused: the session has ended.
        """
        version = await self._repository.change_jar(live.session, keep, drop, self._now())
        if not version:
            raise Refused("session_ended", "The session ended while the app answered.")
        if version == live.jar_version + 1:
            for cookie in drop:
                live.cookies.pop(cookie.key, None)
            live.cookies.update((each.key, replace(each, version=version)) for each in keep)
            live.jar_version = version
        else:
            version, cookies = await self._repository.jar(live.session.id)
            if version >= live.jar_version:  # two that read at once may come back out of order
                live.jar_version, live.cookies = version, cookies

    def cut(self, session_id: str) -> None:
        """Cut what is under way in a session that ended or whose token changed; read it anew."""
        self._news += 1
        self._drop(session_id)
        self.on_cut(session_id)

    def read_anew(self, session_id: str) -> None:
        """Look in the store before the session is served again; what is under way goes on."""
        self._news += 1
        live = self._by_id.get(session_id)
        if live is not None:
            live.until = 0

    def cut_all(self) -> None:
        """Cut every session: this worker can no longer be told of their ends."""
        self._news += 1
        for session_id in list(self._by_id):
            self._drop(session_id)
        self.on_cut(None)

    async def cut_over(self) -> None:
        """Cut the sessions of this worker whose time is over."""
        for session_id in self._deadlines.take(self._now()):
            if not await self._used_elsewhere(session_id):
                self.cut(session_id)

    def under_way(self) -> int:
        """Count what is open in sessions."""
        return sum(len(each.open) for each in self._by_id.values())

    async def _has_old_jar(self, live: Live) -> bool:
        """Ask the store, where a browser's word for one host says nothing of what others set."""
        return live.jar_version < await self._repository.jar_version(live.session.id)

    async def _used_elsewhere(self, session_id: str) -> bool:
        """Whether the store, if it can be asked, knows that another worker put the end off."""
        live = self._by_id.get(session_id)
        try:
            found = await self._repository.get(session_id)
        except Exception as fault:  # noqa: BLE001 - nobody can tell: its time is over
            _log.warning("session.cut_unasked", session=session_id, error=str(fault))
            return False
        if live is None or found is None:
            return False
        session = in_effect(found.session, self._now())
        if _may_do_less(live.session, session):
            return False
        live.take(session)
        live.seen_at = max(live.seen_at, found.seen_at)
        self._deadlines.add(session_id)
        return deadline(live.session, live.seen_at) > self._now()

    async def _load(self, session_id: str) -> Live | None:
        while True:
            news = self._news
            found = await self._repository.get(session_id)
            if found is None or found.ending:
                self._drop(session_id)
                return None
            version, cookies = await self._repository.jar(session_id)
            if news == self._news:  # else it may have ended, or been entered anew, just now
                break
        found = replace(found, session=in_effect(found.session, self._now()))
        known = self._by_id.get(session_id)
        if known is not None and _may_do_less(known.session, found.session):
            self._drop(session_id)
            known = None
        if known is not None:
            known.take(found.session)
            self._deadlines.add(session_id)
            known.tokens = found.tokens
            known.seen_at = max(known.seen_at, found.seen_at)
            if version >= known.jar_version:
                known.jar_version, known.cookies = version, cookies
            return known
        live = Live(found, version, cookies)
        if self.connected:
            self._by_id[session_id] = live
            self._deadlines.add(session_id)
            self._forget_some()
        else:
            live.ended = True
        return live

    def _drop(self, session_id: str) -> None:
        live = self._by_id.pop(session_id, None)
        if live is not None:
            live.cut()

    def _forget_some(self) -> None:
        """Make room: what was looked for longest ago goes, unless something of it is open."""
        for _ in range(_TRIES):
            if len(self._by_id) <= _MOST:
                break
            session_id, live = next(iter(self._by_id.items()))
            if live.open:
                self._by_id.move_to_end(session_id)
            else:
                del self._by_id[session_id]
        if len(self._deadlines) > 2 * max(_MOST, len(self._by_id)):
            self._deadlines.keep(self._by_id)

    def _deadline(self, session_id: str) -> int | None:
        live = self._by_id.get(session_id)
        return None if live is None else min(deadline(live.session, live.seen_at), live.until)


def _may_do_less(before: Session, now: Session) -> bool:
    return before.mode is Mode.READ_WRITE and now.mode is Mode.READ_ONLY


def in_effect(session: Session, now_ms: int) -> Session:
    """Give a session with the mode that it has at a time."""
    if not session.elevated_until:
        return session
    mode = session.mode_at(now_ms)
    until = session.elevated_until if mode is Mode.READ_WRITE else 0
    return replace(session, mode=mode, elevated_until=until)
