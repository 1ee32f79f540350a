"""The listener for operations: /livez, /readyz, /metrics. It never faces the public."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from gateway.app.metrics import Metrics


class Served(Protocol):
    """A gateway, in one process or in several."""

    async def metrics(self) -> Metrics:
        """Count."""
        ...

    async def unready(self) -> str:
        """Why acting on behalf does not work; empty when it does."""
        ...


@asynccontextmanager
async def answering(opened: socket.socket, served: Served) -> AsyncIterator[None]:
    """Answer what a supervisor or Prometheus asks, while the block runs.

    `/livez`: the process answers. `/readyz`: 200 when acting on behalf works, 503 with the reason
    when it does not; ordinary users pass either way.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/livez":
            return web.Response(text="alive\n")
        if request.path == "/readyz":
            why = await served.unready()
            if why:
                return web.Response(status=503, text=f"not ready: {why}\n")
            return web.Response(text="ready\n")
        if request.path == "/metrics":
            return await asyncio.to_thread(_exposed, await served.metrics())
        return web.Response(status=404, text="There is /livez, /readyz and /metrics.\n")

    handler = web.Server(answer, access_log=None)
    server = await asyncio.get_running_loop().create_server(handler, sock=opened)
    try:
        yield
    finally:
        server.close()
        await handler.shutdown(1.0)


def _exposed(metrics: Metrics) -> web.Response:
    from gateway.app.exposition import CONTENT_TYPE, exposition

    return web.Response(body=exposition(metrics), headers={"Content-Type": CONTENT_TYPE})
