"""Where tests and measured programs keep a store's files: in memory, where there is such a place.

A store that syncs each write does so here too, at once. How fast a disk is is nothing that the
gateway can help, and a disk that others use stops everything now and then.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Make a folder that goes with its block; its name is short enough for sockets in it."""
    return tempfile.TemporaryDirectory(prefix="gw-", dir=_MEMORY if _MEMORY.is_dir() else None)
