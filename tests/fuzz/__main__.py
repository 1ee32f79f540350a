"""`python -m tests.fuzz [--minutes 10] [TARGET ...]`: fuzz every target for its part of the time.

What leads to new code is kept in `.fuzz/corpus/TARGET` and is where the next run goes on; what was
found is in `.fuzz/findings`. The exit status is 1 when something was found.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.targets import TARGETS

FOLDER: Final = Path(".fuzz")
SWEEP, WHOLE = "sweep", "whole"
"""The first takes as long as it takes: every planted value in every combination."""
_LONGEST: Final = 20
"""Seconds for one input: more is a hang."""
_RUNS: Final = re.compile(rb"Done (\d+) runs|executed_units: (\d+)|(\d+) requests")


class Result(NamedTuple):
    """How one target went."""

    name: str
    found: bool
    runs: str
    log: Path


def main() -> int:
    """Fuzz, print a line for each target, and say whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("targets", nargs="*", default=[SWEEP, *TARGETS, WHOLE])
    said = parser.parse_args()
    workers = min(len(said.targets), os.cpu_count() or 1)
    seconds = max(1, int(said.minutes * 60 * workers / len(said.targets)))
    print(f"{len(said.targets)} targets, {seconds} s each, {workers} at a time")
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda name: _fuzz(name, seconds), said.targets))
    found = [result for result in results if result.found]
    print(f"{len(results) - len(found)}/{len(results)} targets without a finding")
    return 1 if found else 0


def _fuzz(name: str, seconds: int) -> Result:
    findings, corpus = FOLDER / "findings", FOLDER / "corpus" / name
    for folder in (findings, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    log = FOLDER / f"{name}.log"
    with log.open("wb") as out:
        ended = subprocess.run(
            _command(name, seconds, corpus, findings),
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    runs = [next(filter(None, match.groups())) for match in _RUNS.finditer(log.read_bytes())]
    result = Result(name, ended.returncode != 0, runs[-1].decode() if runs else "?", log)
    verdict = f"FOUND, see {log}" if result.found else "nothing found"
    print(f"{name:12} {result.runs:>10} runs   {verdict}", flush=True)
    return result


def _command(name: str, seconds: int, corpus: Path, findings: Path) -> list[str]:
    if name in (SWEEP, WHOLE):
        limit = "0" if name == SWEEP else str(seconds)
        return [sys.executable, "-m", "tests.fuzz.whole", limit, str(findings)]
    for seed in TARGETS[name].seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return [
        sys.executable,
        "-m",
        "tests.fuzz.one",
        name,
        str(corpus),
        f"-max_total_time={seconds}",
        f"-timeout={_LONGEST}",
        f"-artifact_prefix={findings}/{name}-",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]


if __name__ == "__main__":
    sys.exit(main())
