"""CPU time of another process: user and system, of all its threads, those that ended included.

The kernel's clock of a process (clock_getcpuclockid(3)) counts in nanoseconds; /proc/PID/stat says
the same in hundredths of a second, which is too coarse for short rounds.
"""

from __future__ import annotations

import ctypes
import os
import time

_libc = ctypes.CDLL(None)


def cpu(pid: int) -> float:
    """Seconds that the process has used.

    Raises:
        OSError: there is no such process.
    """
    clock = ctypes.c_int()
    fault = _libc.clock_getcpuclockid(pid, ctypes.byref(clock))
    if fault:
        raise OSError(fault, os.strerror(fault))
    return time.clock_gettime(clock.value)
