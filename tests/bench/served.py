"""The gateway as people run it: `impersonation-gateway serve`, a process of its own."""

from __future__ import annotations

import compileall
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

import gateway
from tests.e2e.harness import written
from tests.servers import unused_port

COMMAND = (sys.executable, "-c", "from gateway.cli import main; main()")
"""What the installed command runs."""
_PATIENCE = 60.0  # seconds until a gateway that is not ready counts as failed


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that is ready. `seconds` and `cpu_seconds`: from its start until it was."""

    pid: int
    port: int
    key: ec.EllipticCurvePrivateKey
    seconds: float
    cpu_seconds: float


@contextmanager
def served(folder: Path, *sites: dict[str, Any], **more: Any) -> Iterator[Served]:
    """Run a gateway for these sites with its own store; `more` goes over the config's defaults."""
    port, ops = unused_port(), unused_port()
    listens = {"listen": f"127.0.0.1:{port}", "ops_listen": f"127.0.0.1:{ops}"}
    path, key = written(folder, "embedded", port, *sites, **listens, **more)
    compile_as_installed()
    started = time.perf_counter()
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(
            [*COMMAND, "serve", "--config", path], stderr=log, env=environment()
        )
    try:
        _wait_until_ready(child, f"http://127.0.0.1:{ops}/readyz", started + _PATIENCE)
        seconds = time.perf_counter() - started
        yield Served(child.pid, port, key, seconds, cpu(child.pid))
    except BaseException as error:
        error.add_note(f"The gateway said: {(folder / 'log').read_text()[-2000:]}")
        raise
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def compile_as_installed() -> None:
    """Compile the package's files, as an installer does; nothing where it was done."""
    compileall.compile_dir(Path(gateway.__file__).parent, quiet=1)


def environment() -> dict[str, str]:
    """Ours, without what would keep a start from using the compiled files."""
    return {name: value for name, value in os.environ.items() if "BYTECODE" not in name}


def _wait_until_ready(child: subprocess.Popen[bytes], url: str, give_up: float) -> None:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
                return
        except (urllib.error.URLError, OSError):
            if child.poll() is not None or time.perf_counter() > give_up:
                raise RuntimeError("the gateway does not get ready") from None
            time.sleep(0.005)


def cpu(pid: int) -> float:
    """User and system time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
