"""Target 8: how many records a second one worker's emitter puts on record, on one core.

The records are a governed request's two: each intent is waited for, then its outcome is put. 64
requests are under way at a time, as many as a busy worker has. The store is the embedded one, which
syncs its file every second: how fast a disk syncs is not the emitter's. What counts is what the
stream holds at the end.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.app.serve import spare_the_collector
from gateway.audit.bodies.levels import Levels
from gateway.audit.ids import Ids
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.errors import StoreAway
from gateway.middleware.draft import Draft
from gateway.model import Permit, Remark, RequestHead
from gateway.recorder import Intent, Outcome, Recorder
from gateway.site import Peers, Place, Site
from gateway.store.client import connect
from gateway.store.embedded import EmbeddedStore
from gateway.store.keys import audit_stream
from tests.bench.figure import Figure
from tests.sample import SESSION
from tests.scratch import scratch

AT_A_TIME = 64
HEAD = RequestHead(
    method="GET", target="/api/contacts?page=2", headers=(), host="crm.localhost", peer="10.0.0.1"
)
PERMIT = Permit(site="crm", rule="reads", session=SESSION)
HIDDEN = tuple(Remark(rule=rule, category="notes", count=17) for rule in ("notes", "mail"))


def measure(quick: bool) -> list[Figure]:
    """Run the emitter in a process of its own; give its records a second and their cost."""
    rounds, requests = (3, 2_000) if quick else (5, 40_000)
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(
        target=_run, args=(rounds, requests, theirs)
    )
    child.start()
    found: list[tuple[float, float]] = ours.recv()
    child.join()
    records = 2 * requests
    return [
        Figure(
            8,
            "records a second that the emitter writes on one core",
            tuple(records / cpu for cpu, _ in found),
            "records/s of CPU",
            bound=20_000,
            at_least=True,
        ),
        Figure(
            8,
            "records a second, by the clock, beside the store",
            tuple(records / wall for _, wall in found),
            "records/s",
        ),
    ]


def _run(rounds: int, requests: int, pipe: Connection) -> None:
    async def run() -> list[tuple[float, float]]:
        with scratch() as name:
            embedded = EmbeddedStore(Path(name), "everysec")
            store = await connect(await embedded.start(), timeout=5)
            ids = Ids(_now, 7)
            emitter = Emitter(RedisSink(store), ids, Ed25519PrivateKey.generate().sign)
            recorder = Recorder(emitter, ids, _now, Peers(()))
            found = []
            for turn in range(rounds + 1):
                found.append(await _round(recorder, emitter, requests))
                held = await store.redis.xlen(audit_stream(0))
                if held != 2 * requests * (turn + 1):
                    raise RuntimeError(f"{held} records are in the stream after round {turn}")
            await emitter.aclose()
            await store.aclose()
            await embedded.stop()
            return found[1:]  # the first warms up

    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        pipe.send(runner.run(run()))


async def _round(recorder: Recorder, emitter: Emitter, requests: int) -> tuple[float, float]:
    """Give the seconds of CPU and by the clock that `requests` took."""
    load = _Load(recorder, requests)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(AT_A_TIME):
        load.next()
    await load.over
    if await emitter.drain(60):
        raise RuntimeError("the store does not take what the emitter writes")
    return time.process_time() - cpu, time.perf_counter() - wall


class _Load:
    """As many requests under way as were begun, until all are."""

    def __init__(self, recorder: Recorder, requests: int) -> None:
        self.over = asyncio.get_running_loop().create_future()
        self._recorder = recorder
        self._to_begin = self._to_end = requests
        self._draft = Draft(HEAD, cast("Place", None), cast("Site", _NoSite), trusted_peer=False)
        self._draft.fields[b"user-agent"] = b"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

    def next(self) -> None:
        """Begin a request, if there is one left."""
        if self._to_begin:
            self._to_begin -= 1
            request = _Request(self, _now())
            said = self._recorder.particulars(self._draft, PERMIT, SESSION)
            request.intent = self._recorder.begin(said, request.go_on)

    def end(self, request: _Request) -> None:
        """Put on record what became of it, and begin another."""
        outcome = Outcome(
            status=200, bytes_out=2300, media="application/json", redactions=HIDDEN, complete=True
        )
        self._recorder.conclude(request.intent, request.started, outcome)
        self._to_end -= 1
        if not self._to_end:
            self.over.set_result(None)
        self.next()


@dataclass(slots=True)
class _Request:
    load: _Load
    started: int
    intent: Intent = field(init=False)

    def go_on(self, away: StoreAway | None) -> None:
        """Its intent is durable."""
        if away is None:
            self.load.end(self)
        elif not self.load.over.done():
            self.load.over.set_exception(away)


class _NoSite:
    """As much of a site as a draft looks at."""

    trusted = ()
    levels = Levels()
    report_only: frozenset[str] = frozenset()


def _now() -> int:
    return time.time_ns() // 1_000_000
