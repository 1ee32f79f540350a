"""The gateway: one worker, for ordinary clients and for one in a session."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.proxy import Proxy
from tests.bench.tools import BenchFailed, running

_PROGRAM = f"{__package__}.gateway_program"


@contextmanager
def gateway(folder: Path, store: str, app_port: int) -> Iterator[tuple[Proxy, Proxy]]:
    """Run it in front of the app; give it to ordinary clients, and to one in a session.

    Raises:
        BenchFailed: it does not start.
    """
    log = folder / "gateway.log"
    command = (sys.executable, "-m", _PROGRAM, folder / "data", store, str(app_port))
    with running(log, *command, reads=True) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        if not said:
            raise BenchFailed(f"The gateway does not start:\n{log.read_text()}")
        at = json.loads(said)
        passing = Proxy(child.pid, at["port"], log, at["ordinary"])
        yield passing, replace(passing, headers=at["governed"])
