"""The targets of speed and size, and which figures show each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench import emitter, growth, memory, start, workers
from tests.bench.figure import Figure
from tests.bench.rounds import Measured
from tests.bench.rows import (
    AIOHTTP,
    CADDY,
    GOVERNED,
    GOVERNED_HTML,
    MITMPROXY,
    NGINX,
    NGINX_HTML,
    NGINX_SMALL,
    PASSING,
    PASSING_SMALL,
    Row,
)

SUBJECTS: tuple[Callable[[bool], list[Figure]], ...] = (
    memory.measure,
    growth.measure,
    emitter.measure,
    start.measure,
    workers.measure,
)
"""What measures targets 6 to 10: `measure` of each module, told whether to be quick."""

TARGETS: Mapping[int, str] = {
    1: "pass-through costs little more than nginx, and half of Caddy and of aiohttp",
    2: "governed JSON, redacted and on record, costs less than 4 nginx and less than a bare Caddy",
    3: "governed HTML with the bar and on record costs about as much as nginx's sub_filter",
    4: "governed JSON costs a 15th of mitmproxy with an addon",
    5: "an answer in a session takes hardly longer",
    6: "memory of a worker, of connections, and of large bodies",
    7: "cost does not grow with sessions, sites, rules and users",
    8: "audit: 20,000 records a second by one worker",
    9: "start of the command, and until it serves",
    10: "two workers on two cores",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A target: its number, what it asks, and the figures that show it."""

    number: int
    asks: str
    figures: tuple[Figure, ...]

    @property
    def holds(self) -> bool | None:
        """Whether every figure with a bound keeps it; None where nothing was measured."""
        kept = [figure.holds for figure in self.figures if figure.holds is not None]
        return all(kept) if kept else None


def targets(figures: Sequence[Figure]) -> list[Target]:
    """Every target with its figures."""
    return [
        Target(number, asks, tuple(figure for figure in figures if figure.target == number))
        for number, asks in TARGETS.items()
    ]


def of_rows(measured: Measured) -> list[Figure]:
    """The figures of targets 1 to 4: ratios of CPU for a request, round by round."""

    def ratio(
        target: int, name: str, row: Row, to: Row, bound: float, *, at_least: bool = False
    ) -> Figure:
        rounds = zip(measured[row], measured[to], strict=True)
        values = tuple(ours.cpu_us / theirs.cpu_us for ours, theirs in rounds)
        return Figure(target, name, values, "x", bound, at_least)

    of_store = tuple(each.store_us or 0.0 for each in measured[GOVERNED])
    return [
        ratio(1, "pass-through / nginx proxy_pass, 2.3 KB", PASSING, NGINX, 1.5),
        ratio(1, "pass-through / nginx proxy_pass, 2 B", PASSING_SMALL, NGINX_SMALL, 1.5),
        ratio(1, "Caddy / pass-through, 2.3 KB", CADDY, PASSING, 2, at_least=True),
        ratio(1, "aiohttp / pass-through, 2.3 KB", AIOHTTP, PASSING, 2, at_least=True),
        ratio(2, "governed JSON / nginx proxy_pass", GOVERNED, NGINX, 4),
        ratio(2, "governed JSON / Caddy reverse_proxy", GOVERNED, CADDY, 1),
        Figure(2, "the store's own CPU for such a request", of_store, "us"),
        ratio(3, "governed HTML / nginx sub_filter", GOVERNED_HTML, NGINX_HTML, 1.2),
        ratio(4, "mitmproxy / governed JSON", MITMPROXY, GOVERNED, 15, at_least=True),
    ]
