"""Load by wrk: one thread, 16 keep-alive connections, each with its next request at once."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.payloads import VARIED
from tests.bench.proxy import Proxy
from tests.bench.rows import Row
from tests.bench.tools import BenchFailed, tool

_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk counted: answers, how many a second, and latencies in milliseconds."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


def load(row: Row, proxy: Proxy, seconds: float, least: int) -> Load:
    """Send load for some seconds.

    Args:
        row, proxy: what to ask whom.
        seconds: how long; wrk itself counts in tenths.
        least: bytes that a right answer has at least.

    Raises:
        BenchFailed: answers were errors, or too short to be right.
    """
    headers = [word for name, value in proxy.headers.items() for word in ("-H", f"{name}: {value}")]
    url = f"http://127.0.0.1:{proxy.port}{row.path}"
    varied = ("--", VARIED) if row.varied else ()
    child = subprocess.Popen(
        [
            tool("wrk"),
            "-t1",
            "-c16",
            "-d1h",
            "--timeout",
            "20s",
            "-s",
            _SCRIPT,
            *headers,
            url,
            *varied,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while child.poll() is None and not _catches_interrupts(child.pid):
        time.sleep(0.005)
    time.sleep(seconds)
    child.send_signal(signal.SIGINT)  # it then stops and reports; by itself it knows whole seconds
    said, _ = child.communicate()
    counted = _counted(row, said)
    count = counted["requests"]
    if counted["wrong"]:
        errors = f"{counted['wrong']} errors among {count} answers"
        raise BenchFailed(f"{row.label}: {errors} under load.{proxy.last_words()}")
    if counted["bytes"] < count * least:
        raise BenchFailed(f"{row.label}: answers under load are shorter than {least} bytes.")
    return Load(
        requests=count,
        per_second=count / counted["us"] * 1e6,
        p50_ms=counted["p50_us"] / 1000,
        p99_ms=counted["p99_us"] / 1000,
    )


def _catches_interrupts(pid: int) -> bool:
    """Whether a process is so far that an interrupt is an order to it (proc(5), SigCgt)."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = status.partition("SigCgt:")[2].split(maxsplit=1)
    return bool(mask) and bool(int(mask[0], 16) >> (signal.SIGINT - 1) & 1)


def _counted(row: Row, said: str) -> dict[str, int]:
    try:
        counted: dict[str, int] = json.loads(said.strip().rpartition("\n")[2])
    except ValueError as fault:
        raise BenchFailed(f"{row.label}: wrk did not count:\n{said}") from fault
    return counted
