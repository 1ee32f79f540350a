"""What a request costs as the number of sessions, sites, rules and users grows: it should be flat.

    python -m tests.bench.growth [quick]

Quick, only what is decided in one process is timed. Else also a whole gateway's CPU per request of
a session: beside a gateway with one session and one site, another with a million and five hundred.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from gateway.config import load
from gateway.people.csv_source import File
from gateway.people.csv_source import read_directory as read_csv
from gateway.people.yaml_source import read_directory
from gateway.store import keys
from gateway.store.client import Store, connect
from gateway.store.embedded import EmbeddedStore
from tests.bench.figure import Figure
from tests.bench.growth_in_process import (
    of_jars,
    of_live_sessions,
    of_memories,
    of_rules,
    of_sites,
)
from tests.bench.search import of_directories
from tests.bench.served import Served, cpu, served
from tests.bench.sockets_app import sockets_app
from tests.e2e.harness import Entered, Visitor, site, visiting, written
from tests.sample import SESSION
from tests.scratch import scratch

SITES, SESSIONS, RULES, USERS = 500, 1_000_000, 1000, 100_000
_STEADY = 1.1
"""How much more CPU a request may take: what the same gateway varies by from round to round."""
_REQUESTS, _CONNECTIONS, _ROUNDS = 3000, 16, 7
_FILL = """
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local id = string.format('%016d', n)
  redis.call('ZADD', KEYS[1], ARGV[4], id)
  redis.call('HSET', 'gateway:session:{' .. id .. '}', 'data', ARGV[3], 'seen', ARGV[4])
end
"""


def measure(quick: bool) -> list[Figure]:
    """Measure target 7."""
    rounds = 5 if quick else 15
    figures = [
        *of_rules(RULES, rounds),
        *of_sites(SITES, rounds),
        *of_live_sessions(10_000, rounds),
        *of_memories(rounds),
        *of_jars(rounds),
        *of_directories(USERS // 10 if quick else USERS, rounds),
    ]
    if not quick:
        figures += [*_reading(), *asyncio.run(_whole())]
    return figures


def _reading() -> Iterator[Figure]:
    """How long files of many entries take to read, once at the start."""
    users = "".join(
        f"  - {{id: u{n}, name: Person {n}, email: u{n}@example.org, account: nord}}\n"
        for n in range(1000)
    )
    text = f"accounts: [{{id: nord, name: Nordlicht GmbH}}]\nusers:\n{users}"
    started = time.perf_counter()
    read_directory(text, "people.yaml")
    yield Figure(7, "reading 1,000 users", (time.perf_counter() - started,), "s")
    lines = (f"u{n},Person {n},u{n}@example.org,nord,Nordlicht GmbH\n" for n in range(USERS))
    header = "id,name,email,account,account_name\n"
    started = time.perf_counter()
    read_csv(File("users.csv", map(str.encode, chain([header], lines))))
    yield Figure(7, f"reading {USERS:,} users of a CSV file", (time.perf_counter() - started,), "s")
    with scratch() as name:
        path, _ = written(Path(name), "embedded", 8080, *_sites(9, SITES))
        started = time.perf_counter()
        load(path, {})
        yield Figure(7, f"reading {SITES:,} sites", (time.perf_counter() - started,), "s")


def _sites(app_port: int, most: int) -> list[dict[str, Any]]:
    others = ({"name": f"s{n}", "hosts": [f"s{n}.localhost"]} for n in range(1, most))
    return [site(app_port), *(site(app_port, **other) for other in others)]


async def _whole() -> list[Figure]:
    """Two gateways in turns: with one session and one site, and with very many."""
    with (
        scratch() as one,
        scratch() as other,
        sockets_app() as app,
        served(Path(one), site(app)) as few,
        served(Path(other), *_sites(app, SITES)) as many,
    ):
        await _fill(Path(other), SESSIONS)
        ratios = []
        async with visiting() as client:
            entered = {
                each.pid: await Visitor(each.port, client, each.key).enter() for each in (few, many)
            }
            for _ in range(_ROUNDS):
                cost = [await _cost(each, entered[each.pid]) for each in (few, many)]
                ratios.append(cost[1] / cost[0])
    name = f"CPU per request, {SESSIONS:,} sessions and {SITES:,} sites"
    return [Figure(7, name, tuple(ratios), "x of one", _STEADY)]


async def _fill(folder: Path, sessions: int) -> None:
    """Put sessions into a gateway's store as the repository writes them."""
    store: Store = await connect(EmbeddedStore(folder / "data").url, timeout=60)
    redis: Any = store.redis
    await redis.config_set("appendonly", "no")  # the disk need not hold them
    data, far = msgspec.json.encode(SESSION), int(time.time() * 1000) + 86_400_000
    piece = 10_000
    for first in range(0, sessions, piece):
        await redis.eval(_FILL, 1, keys.live_sessions(), first, first + piece - 1, data, far)
    await store.aclose()


async def _cost(running: Served, entered: Entered) -> float:
    """CPU seconds of the gateway's process for each request of a session."""
    head = f"GET /a HTTP/1.1\r\nHost: {entered.host}\r\nCookie: {entered.cookie}\r\n\r\n".encode()

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for _ in range(_REQUESTS // _CONNECTIONS):
            writer.write(head)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            await reader.readexactly(2)
        writer.close()

    before = cpu(running.pid)
    await asyncio.gather(*(ask() for _ in range(_CONNECTIONS)))
    return (cpu(running.pid) - before) / _REQUESTS


if __name__ == "__main__":
    for figure in measure("quick" in sys.argv):
        sys.stdout.write(f"{figure}\n")
