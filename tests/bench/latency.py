"""Target 5: how much longer an answer takes through the gateway, in a session, on record.

The same requests at the same rate go to the app directly and through the gateway, one after the
other; what the gateway adds is the difference of their percentiles. The direct ones show how much
of it is the machine's and the load generator's own: where they are above a bound themselves, a
difference below it shows nothing, and the target does not hold.

A request waits for the store before it goes to the app (law 3), so a write's way there and back is
measured too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

from tests.bench.figure import Figure
from tests.bench.fleet import Fleet
from tests.bench.percentile import percentile
from tests.bench.rows import GOVERNED
from tests.bench.tools import BenchFailed

_STEADY = 200
_P50, _P99, _P99_BUSY = 0.5, 3.0, 10.0
"""What may be added, in milliseconds: at the steady rate, and at half of the top rate."""


def latency(fleet: Fleet, top: float, rounds: int, seconds: float) -> list[Figure]:
    """Measure it at 200 requests a second, and at half of `top`, the most that were reached.

    Raises:
        BenchFailed: there was no answer, or one was an error or without a record.
    """
    steady = _Rate(f"at {_STEADY}/s", _STEADY)
    busy = _Rate("at half of top rate", top / 2)
    writes = []
    for _ in range(rounds):
        writes.append(percentile(fleet.store.round_trips(_STEADY, seconds), 50))
        for rate in (steady, busy):
            rate.measure(fleet, seconds)
    return [
        steady.added(50, _P50),
        steady.added(99, _P99),
        busy.added(99, _P99_BUSY),
        steady.direct(50, _P50),
        steady.direct(99, _P99),
        busy.direct(99, _P99_BUSY),
        *(rate.through(percent) for rate in (steady, busy) for percent in (50, 99)),
        Figure(5, f"one write to the store at {_STEADY}/s, p50", tuple(writes), "ms"),
        Figure(5, "half of top rate", (top / 2,), "req/s"),
    ]


class _Rate:
    """The latencies of each round at one rate, direct and through the gateway."""

    def __init__(self, name: str, per_second: float) -> None:
        self._name = name
        self._per_second = per_second
        self._apps: list[list[float]] = []
        self._ours: list[list[float]] = []

    def measure(self, fleet: Fleet, seconds: float) -> None:
        """One round."""
        proxy, store = fleet.proxies[GOVERNED.proxy], fleet.store
        records = store.records()
        self._apps.append(self._run(fleet.app_port, {"Host": "app"}, seconds))
        self._ours.append(self._run(proxy.port, proxy.headers, seconds))
        store.must_hold(records + len(self._ours[-1]), f"steady load {self._name}")

    def added(self, percent: int, bound: float) -> Figure:
        """What the gateway adds, round by round."""
        rounds = zip(self._ours, self._apps, strict=True)
        values = [percentile(ours, percent) - percentile(bare, percent) for ours, bare in rounds]
        return Figure(5, f"added {self._name}, p{percent}", tuple(values), "ms", bound)

    def direct(self, percent: int, bound: float) -> Figure:
        """The app's own latency."""
        values = tuple(percentile(each, percent) for each in self._apps)
        return Figure(5, f"direct {self._name}, p{percent}", values, "ms", bound)

    def through(self, percent: int) -> Figure:
        """The latency through the gateway."""
        values = tuple(percentile(each, percent) for each in self._ours)
        return Figure(5, f"through the gateway {self._name}, p{percent}", values, "ms")

    def _run(self, port: int, headers: Mapping[str, str], seconds: float) -> list[float]:
        said = (str(port), GOVERNED.path, json.dumps(dict(headers)))
        numbers = (str(self._per_second), str(seconds))
        command = [sys.executable, "-m", "tests.bench.steady", *said, *numbers]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise BenchFailed(f"Steady load {self._name} failed:\n{ran.stderr}")
        taken: list[float] = json.loads(ran.stdout)
        return taken
