"""A desk of tickets on a real socket, which does what a test says and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import RawTestServer

Reply = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Desk:
    """Answers `/tickets/NUMBER` with what it has, unless `reply` is set."""

    def __init__(self, tickets: Mapping[str, Any]) -> None:
        self.tickets = dict(tickets)
        self.reply: Reply | None = None
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.url = ""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        self.headers.append(dict(request.headers))
        await self.may_answer.wait()
        if self.reply is not None:
            return await self.reply(request)
        ticket = self.tickets.get(request.path.rpartition("/")[2])
        return web.json_response(ticket, status=200 if ticket else 404)


@asynccontextmanager
async def a_desk(tickets: Mapping[str, Any]) -> AsyncIterator[Desk]:
    desk = Desk(tickets)
    async with RawTestServer(desk.answer) as server:
        desk.url = f"http://127.0.0.1:{server.port}"
        yield desk
        desk.may_answer.set()
