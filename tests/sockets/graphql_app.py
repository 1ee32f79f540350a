"""A GraphQL server over WebSocket, in both subprotocols, and over HTTP; by graphql-core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from graphql import ExecutionResult, build_schema, execute, parse, subscribe

CANARY = "canary-4d81c6"
NEW, OLD = "graphql-transport-ws", "graphql-ws"
ANSWERS = {NEW: "next", OLD: "data"}
STARTS = {NEW: "subscribe", OLD: "start"}
SCHEMA = """
type Contact { id: ID  name: String  ssn: String }
type Query { contact: Contact }
type Mutation { rename(name: String): Contact }
type Subscription { changes: Contact }
"""


@dataclass
class GraphQLApp:
    """What it runs is in `ran`; what is put in `changes` goes to who has subscribed."""

    port: int = 0
    ran: list[str] = field(default_factory=list)
    changes: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)
    speaks: tuple[str, ...] = (NEW, OLD)

    def __post_init__(self) -> None:
        self._schema = build_schema(SCHEMA)
        kind = self._schema.subscription_type
        assert kind is not None
        kind.fields["changes"].subscribe = self._subscribed
        self._contact = {"id": "7", "name": "Ann", "ssn": CANARY}
        self._root = {"contact": self._contact, "rename": self._renamed}

    async def http(self, request: web.Request) -> web.StreamResponse:
        """GET alone: a WebSocket, or a query."""
        if "query" in request.query:
            return web.json_response(self._once(request.query["query"], {}))
        socket = web.WebSocketResponse(protocols=self.speaks, compress=False)
        await socket.prepare(request)
        tasks: dict[str, asyncio.Task[None]] = {}
        try:
            async for message in socket:
                await self._heard(socket, message.json(), tasks)
        finally:
            for task in tasks.values():
                task.cancel()
        return socket

    async def _heard(
        self,
        socket: web.WebSocketResponse,
        said: dict[str, Any],
        tasks: dict[str, asyncio.Task[None]],
    ) -> None:
        match said["type"]:
            case "connection_init":
                await socket.send_json({"type": "connection_ack"})
                if socket.ws_protocol == OLD:
                    await socket.send_json({"type": "ka"})
            case "ping":
                await socket.send_json({"type": "pong"})
            case "subscribe" | "start":
                tasks[said["id"]] = asyncio.create_task(self._run(socket, said))
            case "complete" | "stop":
                tasks.pop(said["id"]).cancel()

    async def _run(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        kind = ANSWERS[socket.ws_protocol or ""]
        query = said["payload"]["query"]
        if query.startswith("subscription"):
            self.ran.append(query)
            source = subscribe(self._schema, parse(query))
            assert isinstance(source, AsyncIterator)
            async for result in source:
                told = {"id": said["id"], "type": kind, "payload": {"data": result.data}}
                await socket.send_json(told)
        payload = self._once(query, said["payload"].get("variables") or {})
        await socket.send_json({"id": said["id"], "type": kind, "payload": payload})
        await socket.send_json({"id": said["id"], "type": "complete"})

    def _once(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        self.ran.append(query)
        result = execute(self._schema, parse(query), self._root, variable_values=variables)
        assert isinstance(result, ExecutionResult)
        return {"data": result.data}

    def _renamed(self, _: Any, name: str) -> dict[str, str]:
        self._contact["name"] = name
        return self._contact

    async def _subscribed(self, *_: Any) -> AsyncIterator[dict[str, Any]]:
        while True:
            yield {"changes": await self.changes.get()}


@asynccontextmanager
async def graphql_app() -> AsyncIterator[GraphQLApp]:
    app, served = GraphQLApp(), web.Application()
    for path in ("/graphql", "/live", "/other"):
        served.router.add_get(path, app.http)
    async with TestServer(served) as server:
        assert server.port is not None
        app.port = server.port
        yield app
