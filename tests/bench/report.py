"""What was found: as a table for people, and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tests.bench.figure import Figure
from tests.bench.rounds import Measured
from tests.bench.rows import BASES, Row
from tests.bench.targets import Target

_WIDTH = 52


def table(measured: Measured) -> str:
    """The rows: CPU for a request (least, median, most), its ratio to nginx, rate and latencies."""
    heads = ("min", "median", "max", "ratio", "req/s", "p50 ms", "p99 ms")
    lines = [f"{'CPU us a request':{_WIDTH}}" + "".join(f"{head:>8}" for head in heads)]
    for row, rounds in measured.items():
        if row in BASES.values():
            lines.append("")
        cost = [each.cpu_us for each in rounds]
        lines.append(
            f"{row.label:{_WIDTH}}{min(cost):8.1f}{median(cost):8.1f}{max(cost):8.1f}"
            f"{ratio_to_base(measured, row):8.2f}"
            f"{median(each.per_second for each in rounds):8.0f}"
            f"{median(each.p50_ms for each in rounds):8.2f}"
            f"{median(each.p99_ms for each in rounds):8.2f}"
        )
    return "\n".join(lines)


def ratio_to_base(measured: Measured, row: Row) -> float:
    """How many times the CPU of nginx's own answer of this kind a row takes, round by round."""
    rounds = zip(measured[row], measured[BASES[row.payload]], strict=True)
    return median(ours.cpu_us / theirs.cpu_us for ours, theirs in rounds)


def verdicts(found: Sequence[Target]) -> str:
    """The targets: each figure with its bound, and whether it holds or by how much it misses."""
    said = {True: "holds", False: "MISSED", None: "not measured"}
    lines = []
    for target in found:
        lines.append(f"{target.number:2} {said[target.holds]}: {target.asks}")
        lines += [f"     {_line(figure)}" for figure in target.figures]
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    low, high = min(figure.values), max(figure.values)
    line = f"{figure.name:{_WIDTH - 5}}{low:10.2f}{figure.median:10.2f}{high:10.2f} {figure.unit}"
    if figure.bound is None:
        return line
    bound = f"{'at least' if figure.at_least else 'at most'} {figure.bound:g}"
    return f"{line:{_WIDTH + 34}}{bound:16}{'holds' if figure.holds else missed(figure)}"


def missed(figure: Figure) -> str:
    """By how much a figure misses its bound."""
    assert figure.bound is not None
    off = abs(figure.median - figure.bound) / figure.bound if figure.bound else 1.0
    return f"misses by {off:.0%}"


def as_json(
    measured: Measured, found: Sequence[Target], tools: Mapping[str, str], **about: Any
) -> dict[str, Any]:
    """All of it, as `build/bench.json` holds it; CPU in microseconds a request."""
    return {
        "about": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "tools": dict(tools),
            **about,
        },
        "rows": [
            {
                "name": row.name,
                "answer": row.payload.label,
                "audited": row.audited,
                "rounds": [asdict(each) for each in rounds],
            }
            for row, rounds in measured.items()
        ],
        "targets": [
            {
                "number": target.number,
                "asks": target.asks,
                "holds": target.holds,
                "figures": [
                    asdict(figure) | {"median": figure.median, "holds": figure.holds}
                    for figure in target.figures
                ],
            }
            for target in found
        ],
    }
