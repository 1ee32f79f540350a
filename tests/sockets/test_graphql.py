"""GraphQL over WebSocket in sessions, in both subprotocols, in front of a real server of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.e2e.harness import Entered, Running, running, site
from tests.sockets.graphql_app import ANSWERS, CANARY, NEW, OLD, STARTS, GraphQLApp, graphql_app
from tests.sockets.support import KEY

SITE: dict[str, Any] = {
    "graphql": [{"path": "/graphql"}, {"path": "/other"}],
    "websockets": [
        {"id": "graph", "path": "/graphql", "graphql": "/graphql"},
        {"id": "live", "path": "/live", "graphql": "/graphql"},
        {"id": "any", "path": "/*", "open": True},
    ],
    "categories": {"secrets": "Secrets"},
    "redaction": [{"id": "ssn", "category": "secrets", "fields": ["ssn"], "action": "mask"}],
}


@pytest.fixture
async def app() -> AsyncIterator[GraphQLApp]:
    async with graphql_app() as one:
        yield one


@pytest.fixture
async def gw(app: GraphQLApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **SITE)) as gateway:
        yield gateway


class Speaker:
    """A client of one socket, which remembers all the bytes it was sent."""

    def __init__(self, socket: ClientWebSocketResponse, subprotocol: str) -> None:
        self.heard = ""
        self.socket = socket
        self._protocol = subprotocol

    async def ask(self, id_: str, query: str, **more: Any) -> None:
        payload = {"query": query, **more}
        await self.say({"id": id_, "type": STARTS[self._protocol], "payload": payload})

    async def say(self, message: dict[str, Any]) -> None:
        await self.socket.send_json(message)

    async def hear(self) -> dict[str, Any]:
        message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, message
        self.heard += message.data
        said: dict[str, Any] = message.json()
        return said

    async def answer(self, id_: str) -> Any:
        """The data of the next answer, which must be to this operation."""
        said = await self.hear()
        assert (said["id"], said["type"]) == (id_, ANSWERS[self._protocol])
        return said["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        message = await self.socket.receive()
        assert message.type is WSMsgType.CLOSE, message
        return message.data, message.extra or ""


def opening(gw: Running, session: Entered, subprotocol: str) -> dict[str, str]:
    host = f"{session.host}:{gw.port}"
    fields = {"Host": host, "Origin": f"http://{host}", "Cookie": session.cookie}
    fields |= {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    fields["Sec-WebSocket-Key"] = KEY
    return fields | ({"Sec-WebSocket-Protocol": subprotocol} if subprotocol else {})


@asynccontextmanager
async def speaking(
    gw: Running, session: Entered, subprotocol: str, path: str = "/graphql"
) -> AsyncIterator[Speaker]:
    host = f"{session.host}:{gw.port}"
    async with gw.client.ws_connect(
        f"http://127.0.0.1:{gw.port}{path}",
        headers={**session.headers, "Host": host, "Origin": f"http://{host}"},
        protocols=(subprotocol,),
    ) as socket:
        assert socket.protocol == subprotocol
        speaker = Speaker(socket, subprotocol)
        await speaker.say({"type": "connection_init"})
        assert await speaker.hear() == {"type": "connection_ack"}
        if subprotocol == OLD:
            assert await speaker.hear() == {"type": "ka"}
        yield speaker


async def of(gw: Running, kind: str) -> list[dict[str, Any]]:
    """The records of a kind, once each intent has its outcome."""
    while True:
        records = [json.loads(line) for line in await gw.stream()]
        kinds = [record["kind"] for record in records]
        if kinds.count("request.intent") == kinds.count("request.outcome"):
            return [record for record in records if record["kind"] == kind]


@pytest.mark.threat(27)
@pytest.mark.threat(29)
@pytest.mark.parametrize("subprotocol", [NEW, OLD])
async def test_rows_27_and_29_queries_run_under_their_names_and_no_alias_leaks(
    gw: Running, app: GraphQLApp, subprotocol: str
) -> None:
    async with speaking(gw, await gw.enter(), subprotocol, "/live") as client:
        await client.ask("1", "query First { contact { id x: ssn } }")
        assert await client.answer("1") == {"contact": {"id": "7", "x": "•••"}}
        assert (await client.hear())["type"] == "complete"
        await client.ask("2", "query Second { contact { name y: ssn x: name ssn } }")
        shown = {"name": "Ann", "y": "•••", "x": "•••", "ssn": "•••"}
        assert await client.answer("2") == {"contact": shown}, "x stays hidden on this socket"
        assert (await client.hear())["type"] == "complete"
        if subprotocol == NEW:
            await client.say({"type": "ping"})
            assert await client.hear() == {"type": "pong"}
        await client.ask("3", 'mutation Rename { rename(name: "Eve") { id } }')
        code, reason = await client.closed()
    assert (code, reason) == (
        1008,
        "In look-only mode only queries run, so 'mutation Rename' was not sent to the app.",
    )
    assert CANARY not in client.heard
    assert [query.split()[1] for query in app.ran] == ["First", "Second"]
    sent = [(each["rule"], each.get("detail", "")) for each in await of(gw, "message.sent")]
    assert [each for each in sent if each[1]] == [
        ("live", "query First"),
        ("live", "query Second"),
    ]
    (refused,) = await of(gw, "message.refused")
    assert refused["rule"] == "read_only.graphql_queries"
    assert "'mutation Rename'" in refused["detail"]
    (outcome,) = await of(gw, "request.outcome")
    assert outcome["redactions"] == [{"rule": "ssn", "category": "secrets", "count": 4}]


@pytest.mark.threat(27)
async def test_row_27_nothing_but_plain_queries_passes_in_a_look_only_session(
    gw: Running, app: GraphQLApp
) -> None:
    session = await gw.enter()
    query = {"query": "{ contact { id } }"}
    for message in (
        {"id": "1", "type": "subscribe", "payload": {"query": "subscription { changes { id } }"}},
        {"id": "1", "type": "subscribe", "payload": {"query": "{ __schema { types { name } } }"}},
        {"id": "1", "type": "subscribe", "payload": {"id": "unknown"}},
        {"id": "1", "type": "start", "payload": query},  # the other subprotocol's
        {"id": "1", "type": "subscribe", "payload": [query]},
        {"id": "1", "type": "subscribe", "payload": query, "Payload": {"query": "mutation { a }"}},
        {"type": "anything"},
    ):
        async with speaking(gw, session, NEW) as client:
            await client.say(message)
            assert (await client.closed())[0] == 1008, message
    async with speaking(gw, session, NEW) as client:
        await client.socket.send_bytes(b'{"type": "ping"}')
        assert (await client.closed()) == (1008, "GraphQL has no messages of bytes.")
    assert app.ran == []
    assert len(await of(gw, "message.refused")) == 8


@pytest.mark.threat(28)
@pytest.mark.threat(36)
@pytest.mark.parametrize("subprotocol", [NEW, OLD])
async def test_rows_28_and_36_a_subscription_is_redacted_message_by_message(
    gw: Running, app: GraphQLApp, subprotocol: str
) -> None:
    async with speaking(gw, await gw.enter(mode="read_write"), subprotocol) as client:
        await client.ask("s", "subscription S { changes { name secret: ssn } }")
        for name in ("Ann", "Eve"):
            app.changes.put_nowait({"id": "7", "name": name, "ssn": CANARY})
            assert await client.answer("s") == {"changes": {"name": name, "secret": "•••"}}
        await client.ask(
            "m",
            "mutation M($n: String) { rename(name: $n) { a: ssn name } }",
            variables={"n": "Bob"},
        )
        assert await client.answer("m") == {"rename": {"a": "•••", "name": "Bob"}}
        assert (await client.hear())["type"] == "complete"
        app.changes.put_nowait({"id": "7", "name": "late", "ssn": CANARY})
        assert await client.answer("s") == {"changes": {"name": "late", "secret": "•••"}}
        names = " ".join(f"n{number}: ssn" for number in range(64))
        await client.ask("q", f"{{ contact {{ {names} }} }}")
        code, reason = await client.closed()
        assert (code, reason[:21]) == (1008, "Values are hidden her"), (
            "more names than are looked for"
        )
    assert CANARY not in client.heard
    (outcome,) = await of(gw, "request.outcome")
    assert outcome["reason"] == "message_unreadable"


@pytest.mark.threat(28)
async def test_row_28_without_a_subprotocol_of_graphql_it_is_not_opened(
    gw: Running, app: GraphQLApp
) -> None:
    session = await gw.enter()
    for offered in ("", "chat"):
        answer = await gw.get("/graphql", opening(gw, session, offered))
        assert answer.status == 403
        assert (await gw.records())[-1]["reason"] == "websocket_subprotocol"
    app.speaks = ("chat",)
    answer = await gw.get("/graphql", opening(gw, session, f"chat, {NEW}"))
    assert answer.status == 502
    (outcome,) = await of(gw, "request.outcome")
    assert (outcome["reason"], outcome["status"]) == ("upstream_malformed", 502)
    answer = await gw.get("/other", opening(gw, session, NEW))
    assert answer.status == 403
    refused = (await gw.records())[-1]
    assert refused["reason"] == "websocket_closed"
    assert "does not say that this WebSocket is one too" in refused["detail"]


@pytest.mark.threat(27)
@pytest.mark.threat(29)
async def test_rows_27_and_29_an_opening_that_asks_for_something_is_a_request_too(
    gw: Running, app: GraphQLApp
) -> None:
    """An app that ignores the upgrade answers what the address asks for."""
    session = await gw.enter(mode="read_write")
    fields = opening(gw, session, NEW)
    answer = await gw.get("/graphql?query=mutation{rename{id}}", fields)
    assert (answer.status, await answer.json())[0] == 403
    assert app.ran == []
    answer = await gw.get("/graphql?query={contact{x:ssn}}", fields)
    assert await answer.json() == {"data": {"contact": {"x": "•••"}}}
    plain = {name: fields[name] for name in ("Host", "Cookie")}
    answer = await gw.get("/graphql?query={contact{x:ssn}}", plain)
    assert await answer.json() == {"data": {"contact": {"x": "•••"}}}
