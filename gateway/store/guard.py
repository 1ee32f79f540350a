"""Becomes the embedded store's program, once it is sure not to outlive the gateway.

Run by path, without the package: `python -I -S guard.py PARENT PID_FILE PROGRAM ARGUMENT…`.
It asks the kernel to end this process with its parent, takes the data folder's lock, and only then
turns into the program, which inherits all three: the wish, the lock and the process id.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)
IN_USE = 75  # EX_TEMPFAIL of sysexits.h: somebody else holds the lock


def die_with(parent: int, number: int) -> None:
    """Be sent the signal `number` when `parent`, which started this process, ends."""
    if sys.platform == "linux":  # elsewhere an orphan is found by its lock at the next start
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # the gateway died before it could be asked for
        sys.exit(IN_USE)


def main(parent: str, pid_file: str, program: str, *arguments: str) -> None:
    """Lock `pid_file`, write the process id there, and become `program`."""
    die_with(int(parent), signal.SIGTERM)
    lock = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(IN_USE)
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    os.set_inheritable(lock, True)
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
