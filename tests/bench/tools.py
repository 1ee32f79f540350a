"""The programs of others that the benchmark runs, and where they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SBIN = "/usr/local/sbin:/usr/sbin"
"""Where Debian puts servers, and where a user's PATH does not look."""
MITMPROXY = Path("build/mitmproxy/bin")
"""An environment of its own: its pins of shared libraries are not ours."""
_VERSION = {
    "nginx": ("-v",),
    "haproxy": ("-v",),
    "caddy": ("version",),
    "wrk": ("-v",),
    "mitmdump": ("--version",),
}


class BenchFailed(Exception):
    """Nothing can be measured; the text says why and what to do."""


def tool(name: str) -> str:
    """The path of a program.

    Raises:
        BenchFailed: it is not installed.
    """
    path = os.pathsep.join((str(MITMPROXY), os.environ.get("PATH", os.defpath), _SBIN))
    found = shutil.which(name, path=path)
    if found is None:
        raise BenchFailed(f"{name} is not installed. `make bench` installs all that it needs.")
    return found


def versions() -> dict[str, str]:
    """What each program says of its version, by name.

    Raises:
        BenchFailed: one is not installed.
    """
    said = {}
    for name, words in _VERSION.items():
        ran = subprocess.run([tool(name), *words], capture_output=True, text=True, check=False)
        said[name] = (ran.stdout + ran.stderr).strip().partition("\n")[0]
    return said


@contextmanager
def running(
    log: Path, *command: str | Path, reads: bool = False, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program while the block runs; what it says goes to `log`.

    Args:
        log: is written afresh.
        command: the program and its arguments.
        reads: whether its standard output is for the caller to read.
        env: goes over this process's environment.
    """
    with log.open("w") as file:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE if reads else file,
            stderr=file,
            text=True,
            env={**os.environ, **(env or {})},
        )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate()
