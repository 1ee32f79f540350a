"""`python -m tests.fuzz.whole SECONDS FOLDER`: whole requests and answers at a gateway that runs.

With 0 seconds it sends every planted value in every format, coding and chunking, however long that
takes; else requests and answers that are nearly right, made from a seed that is printed. A finding
is a planted value that comes out, an answer that is a fault of the gateway's own, a request at the
app without its record or with another identity than the session's, or a gateway that no longer
answers.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Final

import uvloop

from tests.canaries import RULES, leaks, samples
from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, recorder_app
from tests.e2e.sweeping import CHUNKINGS, EVERY_CODING, Case, answer, sweep
from tests.fuzz.targets import TARGETS
from tests.listener.test_request_reader import PIECES
from tests.servers import store_server_in

_PATIENCE: Final = 20.0
"""Seconds until silence is a hang."""
_IDLE: Final = 0.1
"""Seconds without a byte after which a request that is not whole is given up."""
_BATCH: Final = 200
_REQUESTS: Final = (
    b"GET /%(at)d HTTP/1.1\r\nHost: %(host)s\r\nCookie: %(cookie)s\r\n\r\n",
    b"POST /%(at)d?a=b HTTP/1.1\r\nHost: %(host)s\r\nCookie: %(cookie)s\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=b&c=d",
    b"PUT /%(at)d HTTP/1.1\r\nHost: %(host)s\r\nCookie: %(cookie)s\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /%(at)d HTTP/1.1\r\nHost: %(host)s\r\nCookie: %(cookie)s\r\nConnection: upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n",
    b"HEAD /%(at)d HTTP/1.1\r\nHost: %(host)s\r\nCookie: %(cookie)s; a=b\r\n"
    b"Range: bytes=0-3\r\n\r\n",
)


class Hunt:
    """One gateway, one app and one stream of random numbers."""

    def __init__(self, gw: Running, app: RecorderApp, seed: int) -> None:
        self._gw = gw
        self._app = app
        self._dice = random.Random(seed)
        self._words = [
            *PIECES,
            *TARGETS["stages"].seeds,
            *TARGETS["framing"].seeds,
            b"X-Remote-User: root\r\n",
            b"x-remote-actor: nobody\r\n",
        ]
        self._samples = tuple(samples())
        self._next = b""
        self.count = 0

    async def run(self, until: float) -> None:
        """Hunt until the monotonic clock says so.

        Raises:
            AssertionError: something was found.
        """
        sessions = [await self._gw.enter(), await self._gw.enter(mode="read_write")]
        self._app.answer = self._answer
        while time.monotonic() < until:
            for _ in range(_BATCH):
                self._next = self._an_answer()
                request = self._a_request(self._dice.choice(sessions))
                before = len(self._app.seen)
                wire = await asyncio.wait_for(self._exchange(request), _PATIENCE)
                governed = all(each.folded("X-Remote-Actor") for each in self._app.seen[before:])
                assert not (governed and leaks(wire)), ("a planted value came out", request, wire)
                assert b"internal_error" not in wire, ("a fault of our own", request, self._next)
            await self._reconcile()

    def _a_request(self, session: Entered) -> bytes:
        self.count += 1
        host = session.host if self._dice.random() < 0.9 else HOST
        values = {b"at": self.count, b"host": host.encode(), b"cookie": session.cookie.encode()}
        request = bytearray(self._dice.choice(_REQUESTS) % values)
        for _ in range(self._dice.choice((0, 1, 1, 2, 4))):
            at = self._dice.randrange(len(request))
            roll = self._dice.random()
            if roll < 0.4:
                at = request.find(b"\r\n", at) + 2
                request[at:at] = self._dice.choice(self._words)
            elif roll < 0.7:
                request[at : at + 1] = bytes((self._dice.randrange(256),))
            elif roll < 0.85:
                del request[at : at + self._dice.randrange(1, 9)]
            else:
                request[at:at] = request[at : at + self._dice.randrange(1, 40)]
        return bytes(request)

    def _an_answer(self) -> bytes:
        """A planted value in its place; cut anywhere, and otherwise as an app would send it."""
        sample = self._dice.choice(self._samples)
        coding = self._dice.choice(list(EVERY_CODING))
        body = EVERY_CODING[coding](sample.body)
        pieces = answer(sample.content_type, coding, body, self._dice.choice(CHUNKINGS[:3]))
        wire = b"".join(pieces)
        cut = self._dice.random() < 0.3
        return wire[: self._dice.randrange(len(wire))] if cut else wire

    async def _answer(self, _seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(self._next)
        if self._dice.random() < 0.3:
            writer.close()

    async def _exchange(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._gw.port)
        wire = b""
        try:
            writer.write(request)
            while piece := await asyncio.wait_for(reader.read(1 << 16), _IDLE):
                wire += piece
        except (ConnectionError, TimeoutError):
            pass  # refused, cut, or waiting for more
        finally:
            writer.close()
        return wire

    async def _reconcile(self) -> None:
        """Every governed request at the app has its record, and the identity of its session."""
        intents = {
            (record["method"], record["target"].partition("?")[0])
            for record in await self._gw.records()
            if record["kind"] == "request.intent"
        }
        for seen in self._app.seen:
            actors = seen.folded("X-Remote-Actor")
            if not actors:
                assert not seen.folded("X-Remote-User"), seen.head
                continue
            assert actors == [b"ada"], seen.head
            assert seen.folded("X-Remote-User") == [b"jonas"], seen.head
            method = seen.line.split(b" ")[0].decode()
            assert (method, seen.target.partition("?")[0]) in intents, seen.head
        self._app.seen.clear()
        await self._gw.store.redis.delete("gateway:audit:0")


async def main(seconds: float, findings: Path) -> None:
    """Sweep or hunt; what was found is written down."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="gw-") as name:
        server = store_server_in(Path(name))
        server.start()
        try:
            async with (
                recorder_app() as app,
                running(Path(name), server.url, site(app.port, **RULES)) as gw,
            ):
                if seconds:
                    hunt = Hunt(gw, app, seed)
                    await hunt.run(time.monotonic() + seconds)
                    count = hunt.count
                else:
                    every = product(samples(), EVERY_CODING, CHUNKINGS)
                    count = await sweep(gw, app, (Case(*case) for case in every))
                print(f"{count} requests")
        except AssertionError as found:
            (findings / f"whole-{seed}").write_text(str(found))
            raise
        finally:
            server.remove()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(float(sys.argv[1]), Path(sys.argv[2])))
