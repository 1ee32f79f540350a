"""Ends of processes as events."""

from __future__ import annotations

import asyncio
import os


async def ended(pid: int) -> None:
    """Return when process `pid`, of whoever's, is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
