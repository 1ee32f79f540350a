"""The figures of a full run, as docs/performance.md shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figure import Figure
from tests.bench.report import missed, ratio_to_base
from tests.bench.rounds import Measured
from tests.bench.targets import Target

PAGE = Path("docs/performance.md")

_PLACE = re.compile(r"(<!-- figures: `make bench` writes them -->\n).*(<!-- end -->\n)", re.DOTALL)

_VERSION = re.compile(r"\d+(?:\.\d+)+")


def refreshed(
    page: str, measured: Measured, found: Sequence[Target], about: Mapping[str, Any]
) -> str:
    """Give the page with these figures in the place of older ones.

    Args:
        about: the run, as `report.as_json` says it.

    Raises:
        ValueError: the page has no place for them.
    """
    parts = [_run(about), _rows(measured), _targets(found)]
    fresh, places = _PLACE.subn(lambda at: at[1] + "\n".join(parts) + at[2], page)
    if not places:
        raise ValueError(f"{PAGE} has no place for the figures")
    return fresh


def _run(about: Mapping[str, Any]) -> str:
    tools = ", ".join(
        f"{name} {_VERSION.findall(said)[0]}" for name, said in about["tools"].items()
    )
    return (
        f"A run of {about['at'][:10]}, on {about['cores']} cores of {about['machine']}, with "
        f"Python {about['python']}, {tools}:\n"
    )


def _rows(measured: Measured) -> str:
    lines = [
        "| CPU, µs a request | median | least | most | ratio | req/s | p50 ms | p99 ms |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row, rounds in measured.items():
        cost = [each.cpu_us for each in rounds]
        lines.append(
            f"| {row.label} | {median(cost):,.0f} | {min(cost):,.0f} | {max(cost):,.0f} "
            f"| {ratio_to_base(measured, row):.2f} "
            f"| {median(each.per_second for each in rounds):,.0f} "
            f"| {median(each.p50_ms for each in rounds):.2f} "
            f"| {median(each.p99_ms for each in rounds):.2f} |"
        )
    return "\n".join(lines) + "\n"


def _targets(found: Sequence[Target]) -> str:
    lines = [
        "| target | what | median | least to most | bound | |",
        "|---|---|--:|--:|--:|---|",
    ]
    for target in found:
        lines += [f"| {target.number} | {_cells(figure)} |" for figure in target.figures]
    return "\n".join(lines) + "\n"


def _cells(figure: Figure) -> str:
    name = figure.name.replace("*", r"\*")
    said = f"{name} | {_number(figure.median)} {figure.unit}"
    spread = ""
    if len(figure.values) > 1:
        spread = f"{_number(min(figure.values))} to {_number(max(figure.values))}"
    if figure.bound is None:
        return f"{said} | {spread} | |"
    bound = f"{'≥' if figure.at_least else '≤'} {figure.bound:,g}"
    verdict = "holds" if figure.holds else f"**{missed(figure)}**"
    return f"{said} | {spread} | {bound} | {verdict}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
