"""Rounds: in each one every row is measured once, each time in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

from tests.bench.check import check
from tests.bench.cpu import cpu
from tests.bench.fleet import Fleet
from tests.bench.load import load
from tests.bench.rows import Row
from tests.bench.tools import BenchFailed

_ENOUGH = 50
"""Answers in a round; with fewer, new connections cost more than they do, and it lasts longer."""
_LONGEST = 10
"""Seconds after which that was not the reason."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one row showed in one round: CPU microseconds a request, and what wrk counted."""

    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float
    store_us: float | None = None
    """CPU of the store's process for each request, where there are records."""


Measured = Mapping[Row, Sequence[Round]]


def measured(
    rows: Sequence[Row], fleet: Fleet, rounds: int, seconds: float, say: Callable[[str], None]
) -> Measured:
    """Check every row, then measure each of them `rounds` times for `seconds`.

    Raises:
        BenchFailed: an answer is not right, or records are missing.
    """
    sizes = {row: check(row, fleet.proxies[row.proxy]) for row in rows}
    found: dict[Row, list[Round]] = {row: [] for row in rows}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for place in order(len(rows), number):
            row = rows[place]
            found[row].append(_round(row, fleet, seconds, sizes[row]))
    return found


def order(rows: int, number: int) -> list[int]:
    """The order of a round: a row follows another one in each of the first rounds.

    There are as many such rounds as numbers below `rows` that share no factor with it.
    """
    steps = [step for step in range(1, rows + 1) if gcd(step, rows) == 1]
    step = steps[number % len(steps)]
    return [(number + place * step) % rows for place in range(rows)]


def _round(row: Row, fleet: Fleet, seconds: float, least: int) -> Round:
    proxy, store = fleet.proxies[row.proxy], fleet.store
    records, of_store, of_proxy = store.records(), store.cpu(), cpu(proxy.pid)
    counted = load(row, proxy, seconds, least)
    used, used_by_store = cpu(proxy.pid) - of_proxy, store.cpu() - of_store
    if counted.requests < _ENOUGH:
        if seconds > _LONGEST:
            raise BenchFailed(f"{row.label} hardly answers.{proxy.last_words()}")
        return _round(row, fleet, seconds * 2, least)
    if row.audited:
        store.must_hold(records + counted.requests, row.label)
    return Round(
        cpu_us=used / counted.requests * 1e6,
        per_second=counted.per_second,
        p50_ms=counted.p50_ms,
        p99_ms=counted.p99_ms,
        store_us=used_by_store / counted.requests * 1e6 if row.audited else None,
    )
