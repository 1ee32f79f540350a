"""One run: gateways, store, app, network and clients; then calm, and everything in one result."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from gateway.app.secrets import AUDIT_PUBLIC_KEY, public_key_in
from gateway.app.verify import Sources, Verification
from gateway.audit.proof.checkpoints import kept
from gateway.audit.reading.reader import read
from gateway.audit.writing.writers import Writers
from gateway.store.client import connect
from tests.audit.proof.tampering.hand import Evidence
from tests.e2e.harness import Running, running, site, written
from tests.servers import unused_port
from tests.torture.chaos import Chaos
from tests.torture.clients import Clients
from tests.torture.http import Gate
from tests.torture.ledgers import Entry, seen_in, told_in
from tests.torture.network import Network
from tests.torture.plan import GATEWAYS, WORKERS, plan
from tests.torture.planted import Planted, planted
from tests.torture.processes import Program, Store, app, gateway
from tests.torture.reconcile import Ledgers, reconciled

SHARDS = 2
_AUDIT = {"shards": SHARDS, "checkpoint_every": "2s", "timeout": "2s"}
WHEN_AWAY = ("block", "spool")
"""Of each gateway."""
_SITE: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [
        {
            "id": "n",
            "category": "notes",
            "json": ["$..note"],
            "html": [".note"],
            "paths": ["/json/**", "/page/**"],
        }
    ],
}
_ORDINARY, _OPERATORS = 3, 5
_CALM_WITHIN = 60.0
"""Seconds after the last act in which all gateways must serve sessions again."""


@dataclass
class Result:
    """What a run came to."""

    offences: dict[str, list[str]]
    counted: dict[str, int]
    acts: Counter[str]
    verified: list[str]
    planted: Planted


@dataclass
class Stage:
    """All that takes part."""

    folder: Path
    store: Store
    app: Program
    gateways: list[Program]
    gates: list[Gate]
    to_store: list[Network]
    to_app: Network


async def run(folder: Path, seed: str, seconds: float, say: Callable[[str], None]) -> Result:
    """Torture for so many seconds, let it become calm, and reconcile.

    Raises:
        TimeoutError: something does not come to serve, or to end; its log is in `folder`.
    """
    async with _stage(folder) as stage:
        say(f"torture: {GATEWAYS} gateways serve, {WORKERS} workers each")
        clients = Clients(stage.gates, seed)
        chaos = Chaos(stage.gateways, stage.app, stage.store, stage.to_store, stage.to_app, say)
        asking = asyncio.create_task(clients.run(_ORDINARY, _OPERATORS))
        await chaos.run(plan(seed, seconds))
        healed = await _calm(clients)
        clients.stop.set()
        await asking
        say("torture: calm; ending the gateways")
        for each in stage.gateways:
            await each.end()
        await stage.app.end()
        url = stage.store.url
        folders = [folder / f"gateway{n}" for n in range(GATEWAYS)]
        async with _last(folder / "last", url, stage.to_app.port):
            pass
        folders.append(folder / "last")
        entries = await _entries(url)
        told, others = told_in(entries)
        seen = seen_in(folder / "seen.jsonl")
        all_ = Ledgers(clients.asked, clients.acted, seen, told, others)
        offences = reconciled(all_)
        offences["gateways that do not serve again when it is calm"] = (
            [] if healed else ["see the logs"]
        )
        offences["faults of their own in the gateways' logs"] = [
            line for each in stage.gateways for line in each.faults
        ]
        findings, said = await _verified(url, folders)
        offences["findings of `audit verify`"] = findings
        lines = [line for each in folders for _, line in kept(each / "data/checkpoints")]
        keys = [public_key_in(each / "data" / AUDIT_PUBLIC_KEY) for each in folders]
        say("torture: tampering with what it left")
        tried = planted(Evidence(_plain(entries), tuple(lines)), keys, seed)
        offences["kinds of tampering that were not found where they were"] = tried.missed
        offences["findings where nothing was done"] = tried.false
        counted = _counted(all_, entries) | {"kinds of tampering that were tried": tried.tried}
        return Result(offences, counted, chaos.done, said, tried)


@asynccontextmanager
async def _stage(folder: Path) -> AsyncIterator[Stage]:
    store = Store(folder)
    await asyncio.to_thread(store.start)
    app_port = unused_port()
    to_app = Network(lambda: asyncio.open_connection("127.0.0.1", app_port))
    to_store = [
        Network(lambda: asyncio.open_unix_connection(folder / "store.sock"))
        for _ in range(GATEWAYS)
    ]
    servers = [await each.open() for each in (to_app, *to_store)]
    backend = app(app_port, folder / "seen.jsonl", folder / "app.log")
    gateways, gates = [], []
    for number, network in enumerate(to_store):
        port, ops = unused_port(), unused_port()
        config, key = written(
            folder / f"gateway{number}",
            f"redis://127.0.0.1:{network.port}",
            port,
            site(to_app.port, **_SITE),
            listen=f"127.0.0.1:{port}",
            ops_listen=f"127.0.0.1:{ops}",
            workers=WORKERS,
            audit=_AUDIT | {"when_away": WHEN_AWAY[number % 2]},
        )
        gateways.append(gateway(number, config, folder / f"gateway{number}.log"))
        gates.append(Gate(port, key, WHEN_AWAY[number % 2] == "spool"))
    try:
        await asyncio.gather(*(each.start() for each in (backend, *gateways)))
        yield Stage(folder, store, backend, gateways, gates, to_store, to_app)
    finally:
        await asyncio.gather(*(each.end() for each in (backend, *gateways)))
        for server in servers:
            server.close()
        store.remove()


async def _calm(clients: Clients) -> bool:
    """Whether all serve again in time. Nobody tells when: so they are asked until they do."""
    give_up = time.monotonic() + _CALM_WITHIN
    while time.monotonic() < give_up:
        if await clients.calm():
            return True
        await asyncio.sleep(0.2)
    return False


@asynccontextmanager
async def _last(folder: Path, url: str, app_port: int) -> AsyncIterator[Running]:
    """A last gateway, which knows that all others have ended, and closes what they left open."""
    async with running(folder, url, site(app_port, **_SITE), audit=_AUDIT) as last:
        writers = Writers(last.store)
        own = last.gateway.emitter.writer
        for _ in range(2):  # the first look closes, the second sees it closed and forgets them
            of = [await writers.all(shard) for shard in range(SHARDS)]
            dead = sorted({writer for found in of for writer in found} - {own})
            await last.gateway.evidence.have_ended(dead)
            assert await last.gateway.emitter.drain(10) == 0
        yield last


async def _entries(url: str) -> list[Entry]:
    store = await connect(url, timeout=10)
    try:
        return [Entry(*each) async for each in read(store, SHARDS)]
    finally:
        await store.aclose()


async def _verified(url: str, folders: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Let the product verify its streams; give its findings, and all that it says."""
    said: list[str] = []
    sources = Sources(
        [each / "data" / AUDIT_PUBLIC_KEY for each in folders],
        [each / "data/checkpoints" for each in folders],
    )
    verification = Verification(sources, said.append)
    store = await connect(url, timeout=10)
    try:
        await verification.of_store(store, SHARDS)
    finally:
        await store.aclose()
    return said[: verification.findings], said


def _plain(entries: Sequence[Entry]) -> tuple[tuple[int, bytes], ...]:
    return tuple((each.shard, each.line) for each in entries)


def _counted(all_: Ledgers, entries: Sequence[Entry]) -> dict[str, int]:
    governed = [each for each in all_.asked if each.session]
    outcomes = [record for told in all_.told.values() for _, record in told.outcomes]
    return {
        "sessions": len(all_.acted),
        "sessions whose end returned": sum(over < inf for over in all_.over.values()),
        "requests of clients": len(all_.asked),
        "requests in sessions": len(governed),
        "of these with an answer of the app": sum(bool(each.answers) for each in governed),
        "of these whole": sum(bool(each.answers) and each.whole for each in governed),
        "bytes of answers in sessions": sum(each.size for each in governed),
        "requests that the app saw": len(all_.seen),
        "records": len(entries),
        "intents": sum(len(told.intents) for told in all_.told.values()),
        "outcomes": len(outcomes),
        "of these unknown": sum(each.reason == "unknown" for each in outcomes),
        "refusals": sum(len(told.refusals) for told in all_.told.values()),
    }
