"""Ending what runs beside the requests."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

_AGAIN = 0.5
"""Seconds until a task that goes on is cancelled again."""

_log = structlog.get_logger("tasks")


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and return when it has ended; what it failed of is logged.

    Once is not enough for a task that tries again whatever fails: on its way out a library may
    fail too, and that hides the cancellation.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN)
    if not task.cancelled() and (failure := task.exception()) is not None:
        _log.error("task.failed", task=task.get_name(), exc_info=failure)
