"""`make bench`: what a request costs in the gateway and in other proxies, and the targets.

One machine, one run, the same app (nginx with fixed files) and client (wrk, 16 keep-alive
connections) for all. docs/performance.md says how it measures. Writes a table to standard output,
build/bench.json, and a chart; a full run writes its figures into that page too. A missed target is
a finding and no error.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from os import getloadavg
from pathlib import Path
from statistics import median

from tests.bench import page, report
from tests.bench.chart import chart
from tests.bench.figure import Figure
from tests.bench.fleet import fleet
from tests.bench.latency import latency
from tests.bench.rounds import Measured, measured
from tests.bench.rows import GOVERNED, ROWS
from tests.bench.targets import SUBJECTS, of_rows, targets
from tests.bench.tools import BenchFailed, versions
from tests.scratch import scratch

JSON = Path("build/bench.json")
_BUSY = 0.5
"""Processes that run already, on average of the last minute."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: rounds of the rows and of the latencies, and seconds for each."""

    rounds: int
    seconds: float
    latency_rounds: int
    latency_seconds: float
    chart: Path
    quick: bool


FULL = Plan(5, 3, 5, 3, chart=Path("docs/images/performance.svg"), quick=False)
QUICK = Plan(2, 0.3, 1, 1, chart=Path("build/bench.svg"), quick=True)


def main() -> None:
    """Measure everything, and report it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="take under a minute; the figures are rough"
    )
    plan = QUICK if parser.parse_args().quick else FULL
    try:
        tools, load = versions(), getloadavg()[0]
        if load > _BUSY:
            say(f"this machine does other things (load {load:.1f}): expect little of the figures")
        rows, figures = of_proxies(plan)
        for measure in SUBJECTS:
            say(f"{measure.__module__}")
            figures += measure(plan.quick)
    except BenchFailed as fault:
        sys.exit(f"bench: {fault}")
    found = targets(figures)
    JSON.parent.mkdir(exist_ok=True)
    measuring = asdict(plan) | {"chart": str(plan.chart)}
    said = report.as_json(rows, found, tools, plan=measuring, load_before=load)
    JSON.write_text(json.dumps(said, indent=2) + "\n")
    plan.chart.write_text(chart(rows))
    written = [JSON, plan.chart]
    if not plan.quick:
        page.PAGE.write_text(page.refreshed(page.PAGE.read_text(), rows, found, said["about"]))
        written.append(page.PAGE)
    sys.stdout.write(f"\n{report.table(rows)}\n\n{report.verdicts(found)}\n")
    say(f"wrote {', '.join(map(str, written))}")


def of_proxies(plan: Plan) -> tuple[Measured, list[Figure]]:
    """The rows, and the figures of targets 1 to 5.

    Raises:
        BenchFailed: a proxy does not run or answers wrongly, or records are missing.
    """
    say("starting the app, the store and the proxies")
    with scratch() as name, fleet(Path(name)) as running:
        rows = measured(ROWS, running, plan.rounds, plan.seconds, say)
        top = median(each.per_second for each in rows[GOVERNED])
        say("latency")
        added = latency(running, top, plan.latency_rounds, plan.latency_seconds)
    return rows, of_rows(rows) + added


def say(progress: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(f"bench: {progress}\n")


if __name__ == "__main__":
    main()
