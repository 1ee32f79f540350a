"""What runs beside the requests: it goes on whatever it fails of, until it is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

_AGAIN = 0.5
"""Seconds until a task that goes on is cancelled again."""

_REST = 1.0
"""Seconds until what failed begins anew."""

_log = structlog.get_logger("tasks")


def lasting(work: Callable[[], Awaitable[None]], name: str) -> asyncio.Task[None]:
    """Start what must go on for as long as the gateway serves.

    Whatever it fails of is logged at once, and a second later it begins anew: the gateway would
    else serve on without it, and nobody would know. It is over when `work` returns, or by `end`.
    """
    return asyncio.create_task(_again_and_again(work, name), name=name)


async def _again_and_again(work: Callable[[], Awaitable[None]], name: str) -> None:
    while True:
        try:
            return await work()
        except Exception:  # noqa: BLE001 - whatever it is, it is told and tried again
            _log.exception("task.failed", task=name, again_in=_REST)
        await asyncio.sleep(_REST)


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
