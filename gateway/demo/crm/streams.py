"""What the CRM pushes: deal changes as server-sent events and over a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from gateway.demo.crm.web import DATA, user_of

routes = web.RouteTableDef()
Listener = tuple[str, asyncio.Queue[Any]]
LISTENERS: web.AppKey[set[Listener]] = web.AppKey("listeners")


def announce(app: web.Application, account: str, change: dict[str, Any]) -> None:
    """Tell everybody of an account who listens."""
    for listening, queue in app[LISTENERS]:
        if listening == account:
            queue.put_nowait(change)


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    """Send deal changes as they happen, and a tick in between."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    queue: asyncio.Queue[Any] = asyncio.Queue()
    listener: Listener = (user_of(request)["account"], queue)
    request.app[LISTENERS].add(listener)
    try:
        await response.write(b"event: hello\ndata: {}\n\n")
        while True:
            try:
                async with asyncio.timeout(10):
                    change = await queue.get()
            except TimeoutError:
                await response.write(b": tick\n\n")
                continue
            if change is None:
                return response
            await response.write(f"event: deal\ndata: {json.dumps(change)}\n\n".encode())
    except ConnectionError:
        return response
    finally:
        request.app[LISTENERS].discard(listener)


@routes.get("/ws")
async def socket(request: web.Request) -> web.WebSocketResponse:
    """Answer `deals` with the deals, anything else with itself; push changes."""
    response = web.WebSocketResponse(heartbeat=30)
    await response.prepare(request)
    queue: asyncio.Queue[Any] = asyncio.Queue()
    listener: Listener = (user_of(request)["account"], queue)
    request.app[LISTENERS].add(listener)
    pushing = asyncio.create_task(_push(response, queue))
    try:
        async for message in response:
            if message.type is not WSMsgType.TEXT:
                continue
            if message.data == "deals":
                await response.send_json(request.app[DATA].deals(user_of(request)))
            else:
                await response.send_str(message.data)
    finally:
        request.app[LISTENERS].discard(listener)
        pushing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pushing
    return response


async def _push(response: web.WebSocketResponse, queue: asyncio.Queue[Any]) -> None:
    while (change := await queue.get()) is not None:
        await response.send_json(change)
    await response.close()


async def stop_listening(app: web.Application) -> None:
    """Let everybody go who listens, so that the CRM can stop."""
    for _, queue in app[LISTENERS].copy():
        queue.put_nowait(None)
