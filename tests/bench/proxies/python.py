"""Proxies that are programs of Python here, in this environment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.proxy import Proxy
from tests.bench.tools import running
from tests.servers import unused_port


def program(name: str) -> Callable[[Path, int], AbstractContextManager[Proxy]]:
    """How the module `name` of this package is run in front of the app."""

    @contextmanager
    def run(folder: Path, app_port: int) -> Iterator[Proxy]:
        port, log = unused_port(), folder / f"{name}.log"
        command = (sys.executable, "-m", f"{__package__}.{name}", str(port), str(app_port))
        with running(log, *command) as child:
            yield Proxy(child.pid, port, log)

    return run
