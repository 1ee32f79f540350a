"""The same small app in three server stacks, each as a process on a socket that already listens."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE = Path(__file__).parent
_GUNICORN = ("-m", "gunicorn", "--worker-class=gthread", "--threads=4", "--log-level=error")

COMMANDS: Final[dict[str, Callable[[int], tuple[str, ...]]]] = {
    "aiohttp": lambda fd: (sys.executable, "-m", f"{__package__}.aiohttp_app", str(fd)),
    "gunicorn": lambda fd: (
        *(sys.executable, *_GUNICORN),
        *(f"--bind=fd://{fd}", f"{__package__}.wsgi_app:app"),
    ),
    "node": lambda fd: ("node", str(HERE / "node_app.mjs"), str(fd)),
}
"""How each stack is started on the listening socket of a number."""


@contextmanager
def running_server(stack: str) -> Iterator[int]:
    """Serve the app while the block runs; give its port. Who connects early waits in the queue."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        child = subprocess.Popen(COMMANDS[stack](fd), pass_fds=[fd])
        try:
            yield listening.getsockname()[1]
        finally:
            child.terminate()
            child.wait()
