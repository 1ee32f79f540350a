"""What the CRM pushes: server-sent events and a WebSocket.

`/events` tells of deals and tasks. `/events/notes` tells of what people wrote down: its events hold
`private_notes` and `meeting_notes`. `/ws` tells of both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSMsgType, web

from gateway.demo.crm.database import Row
from gateway.demo.crm.records.deals import deals
from gateway.demo.crm.web import DB, now, user_of

WORK: Final = frozenset(("deal", "task"))
NOTES: Final = frozenset(("note", "meeting"))
TICK_SECONDS: Final = 5
WAITING: Final = 200

routes = web.RouteTableDef()


@dataclass(frozen=True, eq=False)
class Listener:
    """Somebody of an account who is told of some kinds of events; None ends it."""

    account: str
    kinds: frozenset[str]
    events: asyncio.Queue[tuple[str, Row] | None] = field(
        default_factory=lambda: asyncio.Queue(WAITING)
    )


LISTENERS: Final[web.AppKey[set[Listener]]] = web.AppKey("listeners")


def announce(request: web.Request, kind: str, event: Row) -> None:
    """Tell everybody of the user's account who listens; who reads too slowly misses it."""
    user = user_of(request)
    for listener in request.app[LISTENERS]:
        if listener.account == user["account"] and kind in listener.kinds:
            with contextlib.suppress(asyncio.QueueFull):
                listener.events.put_nowait((kind, {**event, "by": user["name"]}))


@routes.get("/events")
async def work(request: web.Request) -> web.StreamResponse:
    """Tell of deals that moved and tasks that were done."""
    return await _stream(request, WORK)


@routes.get("/events/notes")
async def notes(request: web.Request) -> web.StreamResponse:
    """Tell of notes and minutes as they are written."""
    return await _stream(request, NOTES)


@routes.get("/ws")
async def socket(request: web.Request) -> web.WebSocketResponse:
    """Answer `deals` with the deals, and any other text with itself; tell of everything."""
    response = web.WebSocketResponse(heartbeat=30)
    with _listening(request, WORK | NOTES) as listener:
        await response.prepare(request)
        pushing = asyncio.create_task(_push(response, listener))
        try:
            async for message in response:
                if message.type is WSMsgType.TEXT and message.data == "deals":
                    await response.send_json({"deals": deals(request.app[DB], user_of(request))})
                elif message.type is WSMsgType.TEXT:
                    await response.send_str(message.data)
        finally:
            pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pushing
    return response


async def stop_listening(app: web.Application) -> None:
    """Let everybody go who listens, so that the CRM can stop."""
    for listener in app[LISTENERS]:
        while listener.events.full():
            listener.events.get_nowait()
        listener.events.put_nowait(None)


async def _stream(request: web.Request, kinds: frozenset[str]) -> web.StreamResponse:
    fields = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=fields)
    with _listening(request, kinds) as listener, contextlib.suppress(ConnectionError):
        await response.prepare(request)
        said: tuple[str, Row] | None = ("tick", {"at": now()})
        while said is not None:
            kind, event = said
            await response.write(f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode())
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    said = await listener.events.get()
            except TimeoutError:
                said = ("tick", {"at": now()})
    return response


async def _push(response: web.WebSocketResponse, listener: Listener) -> None:
    while (said := await listener.events.get()) is not None:
        kind, event = said
        await response.send_json({"event": kind, **event})
    await response.close()


@contextlib.contextmanager
def _listening(request: web.Request, kinds: frozenset[str]) -> Iterator[Listener]:
    listener = Listener(user_of(request)["account"], kinds)
    listeners = request.app[LISTENERS]
    listeners.add(listener)
    try:
        yield listener
    finally:
        listeners.discard(listener)
