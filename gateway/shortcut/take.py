"""Which requests go the short way, and how it joins the long one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from gateway.counts import Counts
from gateway.errors import ClientError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import REQUEST_LINES, ClientRequest
from gateway.sessions.live import LiveSessions
from gateway.shortcut.course import Course, Route
from gateway.shortcut.governed import GovernedGet, Ways
from gateway.shortcut.known import LARGEST, Known, KnownHeads
from gateway.shortcut.pass_through import PassThrough
from gateway.upstream.response import UpstreamResponse
from gateway.wire.memory import Memory

Resume = Callable[[UpstreamResponse, Connection, ClientRequest], Awaitable[bool]]
"""Goes the rest of the long way with an ordinary user's request that was sent."""
_END: Final = b"\r\n\r\n"


class Shortcut:
    """The short way; `take` is the listener's `Shortcut`.

    Args:
        known: what heads say.
        prefix: of what the gateway serves itself.
        live: this worker's sessions.
        ways: for requests of sessions.
        counts: of requests.
        resume: see `Resume`.
    """

    def __init__(
        self,
        known: KnownHeads,
        *,
        prefix: str,
        live: LiveSessions,
        ways: Ways,
        counts: Counts,
        resume: Resume,
    ) -> None:
        self._known = known
        self._prefix = prefix
        self._live = live
        self._ways = ways
        self._counts = counts
        self._resume = resume
        # One for all courses: each of them holding its own could fill gigabytes.
        self._routes = Memory(self._route, lambda key: len(key[1]))

    def take(self, connection: Connection, data: bytes) -> bool:
        """Take a request that is all of `data`, if it is plain; say whether it was taken."""
        if not data.startswith(b"GET ") or not data.endswith(_END) or len(data) > LARGEST:
            return False
        end = data.find(b"\r\n")
        known = self._known.by_fields[connection.peer, data[end:]]
        if known is None:
            return False
        line = data[:end]
        if known.governed:
            return self._govern(connection, line, known)
        if not self._target(line, known.faults):
            return False
        exchange = known.upstream.exchange(
            known.permit, PassThrough(connection, data, self._rest), 0
        )
        if exchange is None:
            return False
        self._counts.pass_through += 1
        connection.busy()
        connection.lost = exchange.close
        exchange.start(line + known.tail)
        return True

    def _target(self, line: bytes, faults: Mapping[str, str | None]) -> str:
        """Give the target of a plain request line, empty for one that is for the long way."""
        try:
            _, target, http10 = REQUEST_LINES[line]
        except ClientError:  # the long way meets it again, and tells it
            return ""
        if http10 or target.startswith(self._prefix) or faults[target]:
            return ""
        return target

    def _govern(self, connection: Connection, line: bytes, known: Known) -> bool:
        """Take a request of a session, if nothing has to be asked for it and nothing refused."""
        draft, now = known.draft, self._ways.now()
        course = known.course
        if course is None or not course.holds():
            course = known.course = self._course(known, now)
            if course is None:
                return False
        live = course.live
        if not self._live.stays_at_hand(live, draft.jar_version, now):
            known.course = None
            return False
        route = self._routes[course, line]
        if route is None:
            return False
        connection.busy()
        self._counts.governed += 1
        GovernedGet(self._ways, connection, line, route, now).begin()
        return True

    def _route(self, key: tuple[Course, bytes]) -> Route | None:
        course, line = key
        target = self._target(line, course.faults)
        return course.route(target, self._ways.recorder.particulars) if target else None

    def _course(self, known: Known, now: int) -> Course | None:
        draft = known.draft
        token, place = draft.session_token, draft.place
        if token is None:
            return None
        live = self._live.at_hand(token, draft.jar_version, place.number, now)
        if live is None or live.session.host != place.session_host:
            return None
        return Course(draft, live, known.upstream)

    def _rest(self, connection: Connection, head: bytes, response: UpstreamResponse | None) -> None:
        request = self._known.request(connection.peer, head)
        if response is None:
            connection.hand_over(request, _answered)
        else:
            connection.hand_over(request, partial(self._resume, response))


async def _answered(connection: Connection, request: ClientRequest) -> bool:
    return True
