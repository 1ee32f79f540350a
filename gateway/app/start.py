"""Start a gateway: in this process, or as workers under a supervisor."""

from __future__ import annotations

import asyncio
import os
from typing import Literal

import uvloop

from gateway.app.log import log_as_json
from gateway.config import Config


def serve(config: Config) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        GatewayError: it cannot start; the detail says why.
    """
    log_as_json()
    count = processes(config.workers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if count > 1:
            from gateway.app.supervisor import supervise

            runner.run(supervise(config, count))
        else:
            from gateway.app.serve import serve_alone, spare_the_collector

            spare_the_collector()
            runner.run(serve_alone(config))


def processes(workers: int | Literal["auto"]) -> int:
    """Give how many workers there are: `auto` is one for each CPU that this process may use."""
    if workers != "auto":
        return workers
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
