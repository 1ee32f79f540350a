"""How long a start takes: the command's help, and a gateway until it is ready with its own store.

    python -m tests.bench.start [quick]

The files of the programs were read before, but for `files not in memory`: then the kernel is asked
to drop them from its page cache. The CPU of a start says more on a machine that does other things.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import gateway
from tests.bench.figure import Figure
from tests.bench.served import COMMAND, compile_as_installed, environment, served
from tests.e2e.harness import site
from tests.scratch import scratch

HELP, READY = 0.2, 1.5  # seconds


def measure(quick: bool) -> list[Figure]:
    """Measure target 9."""
    rounds = 2 if quick else 5
    compile_as_installed()
    starts = _starts(rounds)
    said = tuple(_seconds_of_help() for _ in range(rounds + 1))[1:]
    figures = [
        Figure(9, "--help", said, "s", HELP),
        Figure(9, "ready to serve", tuple(wall for wall, _ in starts), "s", READY),
        Figure(9, "ready to serve, CPU", tuple(cpu for _, cpu in starts), "s"),
    ]
    if not quick:
        cold = tuple(wall for wall, _ in _starts(rounds, forget=True))
        figures.append(Figure(9, "ready to serve, files not in memory", cold, "s"))
    return figures


def _seconds_of_help() -> float:
    started = time.perf_counter()
    subprocess.run([*COMMAND, "--help"], stdout=subprocess.DEVNULL, check=True, env=environment())
    return time.perf_counter() - started


def _starts(rounds: int, *, forget: bool = False) -> list[tuple[float, float]]:
    """Start with the embedded store, each time in a new folder; seconds, and CPU seconds."""
    taken = []
    for _ in range(rounds):
        with scratch() as name:
            if forget:
                _forget_files()
            with served(Path(name), site(9)) as running:
                taken.append((running.seconds, running.cpu_seconds))
    return taken


def _forget_files() -> None:
    """Ask the kernel to drop our files and those of the packages from its page cache."""
    packages = [Path(path) for path in sys.path if path.endswith("site-packages")]
    for folder in (Path(gateway.__file__).parent, *packages):
        for path in folder.rglob("*"):
            if path.is_file():
                opened = os.open(path, os.O_RDONLY)
                os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(opened)


if __name__ == "__main__":
    for figure in measure("quick" in sys.argv):
        sys.stdout.write(f"{figure}\n")
