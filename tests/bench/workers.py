"""Target 10: two workers against one, pass-through of a 2.3 KB answer.

The load, the app and the workers share this machine's cores, so what is seen of throughput says
little on a machine of two. What scaling costs shows in CPU: as long as a request costs two workers
no more than it costs one, two free cores carry twice as many.

    python -m tests.bench.workers
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figure import Figure
from tests.e2e.harness import HOST
from tests.e2e.served import Served, served
from tests.scratch import scratch
from tests.servers import unused_port

TARGET = 10
TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 64
"""Enough for the kernel to spread them over the workers nearly evenly."""
NGINX = """
daemon off; master_process off; error_log stderr error; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def measure(quick: bool) -> list[Figure]:
    """Load one worker and two in turn; they are started together, and rest while not loaded."""
    rounds, seconds = (1, 1) if quick else (5, 3)
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        app = stack.enter_context(_app())
        folders = (_folder(stack), _folder(stack))
        gateways = [served(folder, app, count) for count, folder in enumerate(folders, 1)]
        one, two = pool.map(stack.enter_context, gateways)
        pairs = [(_loaded(one, seconds), _loaded(two, seconds)) for _ in range(rounds)]
    alone, both = zip(*pairs, strict=True)
    return [
        Figure(TARGET, "CPU a request, one worker", _each(alone, "cost"), "us"),
        Figure(TARGET, "CPU a request, two workers together", _each(both, "cost"), "us"),
        Figure(
            TARGET,
            "two workers over one on two free cores, by CPU a request",
            tuple(2 * a.cost / b.cost for a, b in pairs),
            "x",
            bound=1.8,
            at_least=True,
        ),
        Figure(
            TARGET,
            "two workers over one as seen, load and app on the same cores",
            tuple(b.rate / a.rate for a, b in pairs),
            "x",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Load:
    """What one round showed: CPU microseconds a request, and requests a second."""

    cost: float
    rate: float


def _each(loads: tuple[Load, ...], what: str) -> tuple[float, ...]:
    return tuple(getattr(each, what) for each in loads)


def _loaded(gateway: Served, seconds: int) -> Load:
    """Send load; the CPU is that of all its processes but the store's."""
    pids = [gateway.process.pid, *gateway.workers()]
    before = sum(map(_cpu, pids))
    load = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Host: {HOST}")
    said = subprocess.run(
        [*load, f"http://127.0.0.1:{gateway.port}/a.json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"(\d+) requests in", said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    count = int(found[1])
    return Load((sum(map(_cpu, pids)) - before) / count * 1e6, count / seconds)


def _cpu(pid: int) -> float:
    """User and system time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(scratch()))


@contextmanager
def _app() -> Iterator[int]:
    """nginx with a file of 2.3 KB; gives its port."""
    with scratch() as name:
        folder, port = Path(name), unused_port()
        folder.chmod(0o755)
        (folder / "a.json").write_text('{"contacts": "' + "x" * 2300 + '"}')
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        child = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder])
        try:
            yield port
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        sys.stdout.write(f"{figure.name}: {figure.median:.2f} {figure.unit} {figure.values}\n")
