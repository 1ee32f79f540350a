"""The data folder of the embedded store: one gateway, one server, no orphan.

Two locks say who is there, and a lock cannot be left behind by a dead process. `owner.lock` is held
by the gateway; `store.pid` by the server itself (see `guard`). The first free and the second held
means an orphan: its gateway is gone.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from gateway.errors import GatewayError

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's own limits are 107 (Linux) and 103 (macOS)."""

GRACE = 10.0
"""Seconds that a server has for a clean stop before it is killed: its log is on disk already."""

_LOOK_AGAIN = 0.02


class DataFolder:
    """`path`, made when missing, for this user alone."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.pid_file = self.path / "store.pid"
        self.log = self.path / "store.log"
        self._owner: int | None = None
        self._elsewhere: Path | None = None

    async def claim(self) -> None:
        """Make the folder ours, and stop a server that a dead gateway left behind.

        Raises:
            GatewayError: another gateway uses it, or it cannot be written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            owner = os.open(self.path / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise GatewayError(
                "data_dir",
                f"The data folder cannot be used: {fault}.",
                "Let data_dir name a folder that the gateway's user may write to.",
            ) from fault
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            os.close(owner)
            raise GatewayError(
                "data_dir_in_use",
                f"Another gateway that runs on this machine uses {self.path}.",
                "Stop it first, or give this one a data_dir of its own.",
            ) from fault
        self._owner = owner
        await self._stop_orphan()

    def socket(self) -> Path:
        """Where the server listens; outside the folder when its path is too long for a socket."""
        inside = self.path / "store.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        if self._elsewhere is None:
            self._elsewhere = Path(tempfile.mkdtemp(prefix="gateway-"))
        return self._elsewhere / "store.sock"

    def release(self) -> None:
        """Let go of the folder; the server must be gone."""
        if self._elsewhere is not None:
            shutil.rmtree(self._elsewhere, ignore_errors=True)
            self._elsewhere = None
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None

    async def _stop_orphan(self) -> None:
        kill_after = asyncio.get_running_loop().time() + GRACE
        asked: int | None = None
        while self._server_lock_held():
            pid = self._server_pid()
            late = asyncio.get_running_loop().time() > kill_after
            if pid is not None and (late or pid != asked):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
                asked = pid
            await asyncio.sleep(_LOOK_AGAIN)

    def _server_lock_held(self) -> bool:
        try:
            with self.pid_file.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def _server_pid(self) -> int | None:
        """The lock's holder; None while a child of it, saving to disk, keeps the lock alone."""
        written = self.pid_file.read_text()
        if not written.isdigit():
            return None
        if sys.platform != "linux":
            return int(written)
        for name in Path(f"/proc/{written}/fd").glob("*"):
            try:
                if name.samefile(self.pid_file):
                    return int(written)
            except OSError:  # closed meanwhile, or not a file
                continue
        return None
