"""One WebSocket of a session, from its 101 to its end: message by message, both ways.

A client's message is judged and on record before it goes on (law 3); an app's is redacted as a
whole, whatever its fragments (threat row 36). Messages that came together are put on record
together, and go on in their order. Whichever side closes, the other gets its code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.acting import Acting
from gateway.errors import Side, SocketClosed, StoreAway
from gateway.model import Mode
from gateway.policy.messages import MessageJudge, Passes, Stopped
from gateway.recorder import Intent, Recorder
from gateway.sessions.live import LiveSessions
from gateway.sockets.app_messages import AppMessages
from gateway.sockets.end import End, Gone
from gateway.upstream.tunnel import Tunnel
from gateway.wire.frames import Frame, Opcode, close_of

_GOODBYE: Final = 2.0  # seconds that the ends get to answer a close frame
_GOING_AWAY: Final = 1001
_POLICY: Final = 1008
_TRY_AGAIN: Final = 1013
_OVER: Final = "The session has ended."
_RESTARTING: Final = "The gateway is restarting."


class Closing(NamedTuple):
    """How it ends: the close frames' code, what each side is told, and what is put on record."""

    code: int
    to_client: str
    to_app: str
    reason: str = ""
    detail: str = ""


class Conversation:
    """One of them; `run` it. `acting.outcome` tells of it then.

    Args:
        acting: the request that opened it; its client has the 101.
        tunnel: the app's connection.
        judge: decides the client's messages.
        app_messages: redacts the app's.
        intent: the record that its messages belong to.
        stopping: is set when the gateway stops.
        recorder, live, now: put messages on record, and note that the session is used.
    """

    def __init__(
        self,
        acting: Acting,
        tunnel: Tunnel,
        judge: MessageJudge,
        app_messages: AppMessages,
        intent: Intent,
        *,
        stopping: asyncio.Event,
        recorder: Recorder,
        live: LiveSessions,
        now: Callable[[], int],
    ) -> None:
        connection, cap = acting.connection, acting.site.limits.max_readable
        self._client = End(
            Side.CLIENT,
            read=connection.read_upgraded,
            write=connection.write,
            drain=connection.drained,
            cap=cap,
        )
        self._app = End(
            Side.UPSTREAM, read=tunnel.read, write=tunnel.write, drain=tunnel.drain, cap=cap
        )
        self._acting = acting
        self._judge = judge
        self._app_messages = app_messages
        self._intent = intent
        self._stopping = stopping
        self._recorder = recorder
        self._live = live
        self._now = now

    async def run(self) -> None:
        """Carry messages until one side closes, leaves or breaks a rule, or the session ends."""
        outcome, connection = self._acting.outcome, self._acting.connection
        self._acting.part = self._leave
        answered = False
        try:
            closing = await self._talk()
            outcome.reason, outcome.detail = closing.reason, closing.detail
            answered = await self._say_goodbye(closing)
        except Gone as gone:
            at_app = gone.side is Side.UPSTREAM
            outcome.reason = outcome.reason or ("upstream_cut_short" if at_app else "client_gone")
        finally:
            outcome.redactions = self._app_messages.remarks
        outcome.complete = answered and not outcome.reason
        if not answered:
            connection.cut()

    async def _talk(self) -> Closing:
        ways = [asyncio.create_task(way()) for way in (self._up, self._down, self._until_stop)]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            first = next(task for task in ways if task in done)
        finally:
            for task in ways:
                task.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        if self._acting.live.ended:
            return Closing(_POLICY, _OVER, _OVER, "cut")
        try:
            return first.result()
        except SocketClosed as why:
            return Closing(why.close, why.detail, why.detail, why.code, why.detail)
        except StoreAway as away:
            return Closing(_TRY_AGAIN, away.title, away.title, away.code, away.detail)

    async def _until_stop(self) -> Closing:
        await self._stopping.wait()
        return Closing(_GOING_AWAY, _RESTARTING, _RESTARTING, "gateway_stopping", _RESTARTING)

    async def _up(self) -> Closing:
        """The client's messages to the app."""
        while True:
            *messages, last = await self._client.receive()
            self._check()
            if last.opcode is not Opcode.CLOSE:
                messages.append(last)
            if messages:
                await self._pass_on(messages)
            if last.opcode is Opcode.CLOSE:
                code, text = close_of(last.data)
                # A reason could ask for something too, and nobody judges it.
                told = text if self._mode() is Mode.READ_WRITE else ""
                return Closing(code, "", told, detail=f"The client closed it with {code}.")

    async def _pass_on(self, messages: list[Frame]) -> None:
        """Judge messages that came together, and send on those before the first that may not."""
        outcome = self._acting.outcome
        await self._live.touch(self._acting.live, self._now())
        judged = self._judged(messages)
        await self._recorder.messages(self._intent, [(v, len(m.data)) for m, v in judged])
        for message, verdict in judged:
            if isinstance(verdict, Stopped):
                raise SocketClosed("message_refused", verdict.detail)
            self._check()
            self._app_messages.asked(verdict.aliases)
            self._app.send(message.opcode, message.data)
            outcome.messages_in += 1
            outcome.bytes_in += len(message.data)
            await self._app.drained()

    def _mode(self) -> Mode:
        return self._acting.session.mode_at(self._now())

    def _judged(self, messages: list[Frame]) -> list[tuple[Frame, Passes | Stopped]]:
        """Judge them in order, as far as the first that may not go on."""
        judged: list[tuple[Frame, Passes | Stopped]] = []
        for message in messages:
            said = message.data if message.opcode is Opcode.BINARY else message.data.decode()
            verdict = self._judge.judge(said, self._mode())
            judged.append((message, verdict))
            if isinstance(verdict, Stopped):
                break
        return judged

    async def _down(self) -> Closing:
        """The app's messages to the client."""
        outcome = self._acting.outcome
        while True:
            for frame in await self._app.receive():
                self._check()
                if frame.opcode is Opcode.CLOSE:
                    code, text = close_of(frame.data)
                    told = "" if self._app_messages.hides else text  # it could hold what is hidden
                    return Closing(code, told, "", detail=f"The app closed it with {code}.")
                data = self._app_messages.redacted(frame)
                self._client.send(frame.opcode, data)
                outcome.messages_out += 1
                outcome.bytes_out += len(data)
                await self._client.drained()

    def _check(self) -> None:
        """See that there is still somebody to talk (threat row 43)."""
        if self._acting.live.ended or self._acting.connection.gone:
            raise Gone(Side.CLIENT)

    async def _say_goodbye(self, closing: Closing) -> bool:
        """Close both ends and wait for their answers; say whether the client's came."""
        self._client.close(closing.code, closing.to_client)
        ends = [self._client]
        if not self._acting.live.ended:  # else the app is cut off already
            self._app.close(closing.code, closing.to_app)
            ends.append(self._app)
        answers = await asyncio.gather(*(each.closed(_GOODBYE) for each in ends))
        return answers[0]

    def _leave(self) -> None:
        """The session ended. The client is told why, but not behind what the app said before."""
        if self._acting.connection.all_sent:
            self._client.close(_POLICY, _OVER)
        else:
            self._acting.connection.cut()
