"""A GET in a session on the short way: put on record, sent, changed, given to its client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.acting import Acting
from gateway.cookies import cookies_to_app
from gateway.errors import GatewayError, Refused, StoreAway
from gateway.governed import identity_of
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.prepared import Prepared, prepare
from gateway.recorder import Intent, Outcome, Recorder
from gateway.relay import Arrived, ClientGone
from gateway.release import Release
from gateway.shortcut.course import Route
from gateway.shortcut.outbox import Outbox
from gateway.upstream.exchange import Answer
from gateway.upstream.response import UpstreamResponse
from gateway.wire.memory import Memory

_PATIENCE: Final = 1 << 16
"""Bytes of an answer that is waited for as a whole: nothing of it could leave before."""

GoOn = Callable[
    [Acting, Intent, UpstreamResponse | Arrived | None, Connection, ClientRequest], Awaitable[bool]
]
"""Goes the rest of the long way with a request whose intent is on record."""
SayAway = Callable[[Acting, StoreAway, Connection, ClientRequest], Awaitable[bool]]
"""Answers a request whose intent could not be put on record."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What requests of sessions need on the short way, and where it joins the long one.

    Args:
        recorder: puts them on record.
        release: gives what their clients get.
        outbox: writes to apps and to clients.
        now: the wall clock in milliseconds.
        go_on, say_away: see there.
    """

    recorder: Recorder
    release: Release
    outbox: Outbox
    now: Callable[[], int]
    go_on: GoOn
    say_away: SayAway


class GovernedGet(Acting):
    """One permitted request on its way.

    Args:
        connection: its client's.
        line: its request line.
        route: what was found for its head and its target.
        now: when it came, in milliseconds.
    """

    __slots__ = ("_given", "_intent", "_line", "_route", "_ways", "_wire")

    _intent: Intent
    _given: tuple[bytes, bytes]
    _wire: bytes

    def __init__(
        self, ways: Ways, connection: Connection, line: bytes, route: Route, now: int
    ) -> None:
        course = route.course
        draft, permit = route.draft, route.permit
        Acting.__init__(
            self, connection, route.request, draft, course.live, permit, now, course.origins
        )
        self._ways = ways
        self._line = line
        self._route = route

    def begin(self) -> None:
        """Put the intent on record; what follows waits for that (law 3)."""
        try:
            self._intent = self._ways.recorder.begin(self._route.particulars, self._recorded)
        except StoreAway as away:
            self._say(away)
        except BaseException:  # the connection answers it
            self.release()
            raise

    def _recorded(self, away: StoreAway | None) -> None:
        try:
            if away is not None:
                self._unrecorded(away)
            else:
                self.left = self._left
                self._send()
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            self._crashed(crash)

    def _send(self) -> None:
        """Make the app see the subject."""
        course = self._route.course
        self.sent_at = now = self._ways.now()
        self.live.seen_at = max(self.live.seen_at, now)
        try:
            identity = identity_of(self, now)
            self._wire = self._line + course.tail(identity, cookies_to_app(self, now))
        except GatewayError:  # the long way meets it again, and tells it
            self._go_on(None)
        else:
            self._ways.outbox.put(self._start)

    def _start(self) -> None:
        """Write the request, unless it had its end meanwhile (law 9)."""
        if self.left is None:
            return
        try:
            self.check()
            exchange = self._route.course.upstream.exchange(self.permit, self, _PATIENCE)
            if exchange is None:
                self._go_on(None)
                return
            self.holds(exchange.close)
            exchange.start(self._wire)
        except Refused as ended:
            self.outcome.detail = ended.detail
            self._end(ended.code)
        except ClientGone:
            self._left()
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            self._crashed(crash)

    def answered(self, answer: Answer, body: bytes) -> None:
        """Give the client what it may have of the answer."""
        self.holds(None)
        self.app_answered(self._ways.now())
        try:
            self._release(answer, body)
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            self._crashed(crash)

    def unfinished(self, response: UpstreamResponse) -> None:
        """Leave the rest to the long way."""
        self.holds(response.close)
        self._go_on(response)

    def _release(self, answer: Answer, body: bytes) -> None:
        try:
            prepared = _PREPARED[self._route, answer]
            given = prepared and self._ways.release.now(self, answer.head, prepared, body)
        except GatewayError:  # the long way meets it again, and tells it
            given = None
        if given is None:
            self._go_on(Arrived(answer.head, _length(answer), body))
            return
        self.outcome.status = answer.head.status
        self._given = given
        self._ways.outbox.put(self._give)

    def _give(self) -> Callable[[], None] | None:
        """Write the answer, unless the request had its end meanwhile."""
        if self.left is None:
            return None
        start, body = self._given
        connection = self.connection
        try:
            if connection.gone:
                self._left()
            elif connection.answer(start + body):
                return self._gave
            else:
                connection.hand_over(self.request, partial(self._flush, len(body)))
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            self._crashed(crash)
        return None

    def _gave(self) -> None:
        try:
            self._end("", len(self._given[1]))
        except Exception as crash:  # noqa: BLE001  whatever it is, the client is told
            self._crashed(crash)

    async def _flush(self, size: int, connection: Connection, request: ClientRequest) -> bool:
        """Wait until the client has taken it all, `size` bytes of body."""
        self.left = None
        reason = "internal_error"
        try:
            await connection.flushed()
            reason = ""
        except ConnectionError:
            reason = "cut" if self.live.ended else "client_gone"
        except asyncio.CancelledError:
            reason = "gateway_stopping"
            raise
        finally:
            self._end(reason, size)
        return not reason

    def _go_on(self, answer: UpstreamResponse | Arrived | None) -> None:
        go_on = partial(self._ways.go_on, self, self._intent, answer)
        self.connection.hand_over(self.request, go_on)

    def _left(self) -> None:
        if self.live.ended:
            self._end("cut")
        else:
            self._end("gateway_stopping" if self.connection.stopped else "client_gone")

    def _end(self, reason: str, size: int = 0) -> None:
        """Put on record what became of it; without a reason, the client has a body of this size."""
        outcome = self.outcome
        self.left = None
        outcome.reason = reason
        if not reason:
            outcome.bytes_out = size
            outcome.complete = True
        self.release()
        self._ways.recorder.conclude(self._intent, self.started, outcome)

    def _unrecorded(self, away: StoreAway) -> None:
        """The intent is kept, so it gets its outcome; the request goes no further."""
        outcome = Outcome(status=away.status, reason=away.code, detail=away.detail)
        with suppress(StoreAway):  # the emitter was closed: who starts next closes it
            self._ways.recorder.conclude(self._intent, self._ways.now(), outcome)
        self._say(away)

    def _say(self, away: StoreAway) -> None:
        self.release()
        say = partial(self._ways.say_away, self, away)
        self.connection.hand_over(self.request, say)

    def _crashed(self, crash: Exception) -> None:
        try:
            self._end("internal_error")
        finally:
            self.connection.crashed(crash)


def _length(answer: Answer) -> int | None:
    return answer.length if answer.length >= 0 else None


def _prepare(key: tuple[Route, Answer]) -> Prepared | None:
    route, answer = key
    course = route.course
    return prepare(route.draft, course.session, course.origins, answer.head, _length(answer))


_PREPARED: Final = Memory(_prepare, lambda key: len(key[0].request.target))
