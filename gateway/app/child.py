"""One worker's process, as its supervisor sees it."""

from __future__ import annotations

import asyncio
import itertools
import os
import pickle
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from gateway.app.control import Ask, Channel, Failed, Job, Leaving, News, Order, Serving, Told
from gateway.app.metrics import Metrics
from gateway.config import Config
from gateway.errors import GatewayError


class Child:
    """A process that runs `gateway.app.worker`. `number` is its place, from 0.

    `metrics` is what it said last, also when it has ended. `gone` is set when it takes no more
    connections: it leaves, or has ended.
    """

    def __init__(
        self, number: int, process: asyncio.subprocess.Process, channel: Channel[News]
    ) -> None:
        self.number = number
        self.process = process
        self.writer = ""
        self.metrics = Metrics()
        self.failure: GatewayError | None = None
        self.gone = asyncio.Event()
        self._channel = channel
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Told | None]] = {}

    @property
    def serving(self) -> bool:
        """Whether it takes connections."""
        return bool(self.writer) and not self.gone.is_set()

    def say(self, order: Order) -> None:
        """Tell it to do something."""
        self._channel.say(order)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing when it has ended."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def news(self) -> AsyncIterator[None]:
        """Go on at each change of `serving`; end when the process has ended."""
        async for said in self._channel:
            match said:
                case Told():
                    self.metrics = said.metrics
                    if said.number in self._asked:
                        self._asked.pop(said.number).set_result(said)
                case Failed():
                    self.failure = GatewayError(said.code, said.detail, said.advice)
                case Serving():
                    self.writer = said.writer
                    yield
                case Leaving():
                    self.gone.set()
                    yield
        self.gone.set()
        await self.process.wait()
        await self._channel.close()
        for answer in self._asked.values():
            answer.set_result(None)
        self._asked.clear()
        yield

    async def ask(self, *, ready: bool, wait: float) -> Told | None:
        """Ask how it is; None when it does not answer within `wait` seconds."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.say(Ask(number=number, ready=ready))
        await asyncio.wait((answer,), timeout=wait)
        self._asked.pop(number, None)
        return answer.result() if answer.done() else None


async def start_child(
    config: Config, number: int, count: int, sockets: Sequence[socket.socket]
) -> Child:
    """Start a worker, in an interpreter of its own.

    It is in a session of its own, so that Ctrl-C reaches the supervisor alone.

    Raises:
        OSError: this machine cannot start it.
    """
    ours, theirs = socket.socketpair()
    handed = tuple(each.fileno() for each in sockets)
    job = Job(config, number, count, os.getpid(), handed, theirs.fileno())
    channel: Channel[News] = await Channel.over(News, ours)
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "gateway.app.worker"),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(), *handed),
                start_new_session=True,
            )
    except BaseException:
        await channel.close()
        raise
    assert process.stdin is not None  # noqa: S101 - asked for above
    with suppress(RuntimeError, ConnectionError):  # it has ended already: `news` will tell
        process.stdin.write(pickle.dumps(job))
        process.stdin.close()
    return Child(number, process, channel)
