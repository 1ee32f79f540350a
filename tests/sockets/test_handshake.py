"""Two handshakes: what a client may ask, what the app is asked, and what it may agree to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Running, running, site
from tests.sockets.support import KEY, Peer, SocketApp, accept, knock, opened, socket_app, value

ASKED = "Sec-WebSocket-Protocol: chat, v2.chat"
EXTENDED = "Sec-WebSocket-Extensions: permessage-deflate"


@pytest.fixture
async def app() -> AsyncIterator[SocketApp]:
    async with socket_app() as one:
        yield one


@pytest.fixture
async def gw(app: SocketApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    said = site(app.port, websockets=[{"id": "live", "path": "/ws"}])
    async with running(tmp_path, store_url, said) as gateway:
        yield gateway


async def refusal(gw: Running, client: Peer) -> tuple[bytes, str]:
    """The status that a client got, and the reason on the last record."""
    records = await gw.records()
    return client.head.split(b" ")[1], str(records[-1]["reason"])


@pytest.mark.threat(44)
async def test_row_44_only_the_sessions_own_origin_opens_a_websocket(
    gw: Running, app: SocketApp
) -> None:
    session = await gw.enter()
    own = f"http://{session.host}:{gw.port}"
    other = await gw.enter()
    for origin in (
        None,
        "null",
        own.upper(),
        own + "/",
        own + ".evil.example",
        own.replace("http", "https"),
        f"http://{session.host}",
        f"http://{other.host}:{gw.port}",
        f"http://crm.localhost:{gw.port}",
    ):
        client = await knock(gw, app, session, origin=origin)
        assert await refusal(gw, client) == (b"403", "websocket_origin"), origin
    client = await knock(gw, app, session, "/ws", "Connection: origin")
    assert (await refusal(gw, client))[1] in ("websocket_origin", "ambiguous_header")
    assert app.heads == []
    assert (await gw.records())[-1]["session"] == session.id


async def test_what_is_no_opening_is_refused(gw: Running, app: SocketApp) -> None:
    session = await gw.enter()
    for key, more in (
        ("", ()),
        ("c2hvcnQ=", ()),
        ("not base64 at all", ()),
        (KEY, ("Sec-WebSocket-Version: 8",)),
        (KEY, (f"Sec-WebSocket-Key: {KEY}",)),
        (KEY, ("Sec-WebSocket-Protocol: chat, chat",)),
        (KEY, ("Sec-WebSocket-Protocol: a b",)),
        (KEY, ("Sec-WebSocket-Protocol: chat,",)),
    ):
        client = await knock(gw, app, session, "/ws", *more, key=key)
        assert await refusal(gw, client) == (b"400", "malformed_request"), (key, more)
    assert app.heads == []


@pytest.mark.threat(17)
async def test_row_17_the_app_is_asked_as_the_subject_by_a_handshake_of_its_own(
    gw: Running, app: SocketApp
) -> None:
    app.fields = ("Sec-WebSocket-Protocol: v2.chat", "X-App: secret", "Set-Cookie: crm=1; HttpOnly")
    session = await gw.enter()
    client, at_app = await opened(gw, app, session, "/ws?a=1", ASKED, EXTENDED, "X-Own: 1")
    assert at_app.head.startswith(b"GET /ws?a=1 HTTP/1.1\r\nHost: crm.localhost")
    assert value(at_app.head, "X-Remote-User") == b"jonas"
    assert value(at_app.head, "X-Own") == b"1"
    assert value(at_app.head, "Origin") == f"http://crm.localhost:{gw.port}".encode()
    assert value(at_app.head, "Sec-WebSocket-Protocol") == b"chat, v2.chat"
    assert b"extensions" not in at_app.head.lower()
    assert value(at_app.head, "Sec-WebSocket-Key") not in (b"", KEY.encode())
    assert at_app.head.lower().count(b"sec-websocket-") == 3
    assert value(client.head, "Sec-WebSocket-Accept") == accept(KEY.encode())
    assert value(client.head, "Sec-WebSocket-Protocol") == b"v2.chat"
    assert b"secret" not in client.head
    assert b"crm=1" not in client.head, "it is in the session's jar"
    app.fields = ()
    _, second = await opened(gw, app, session)
    assert value(second.head, "Cookie") == b"crm=1"
    for each in (client, at_app, second):
        each.writer.close()


async def test_an_app_that_agrees_to_something_else_is_no_peer(gw: Running, app: SocketApp) -> None:
    session = await gw.enter()
    for accepts, *fields in (
        (False,),
        (True, EXTENDED),
        (True, "Sec-WebSocket-Protocol: v3.chat"),
        (True, "Sec-WebSocket-Protocol: CHAT"),
        (True, "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: v2.chat"),
        (True, "Sec-WebSocket-Protocol: chat, v2.chat"),
    ):
        app.accepts, app.fields = bool(accepts), tuple(map(str, fields))
        client = await knock(gw, app, session, "/ws", ASKED)
        assert await refusal(gw, client) == (b"502", "upstream_malformed"), fields
        assert await (await app.next()).left()


@pytest.mark.threat(17)
async def test_row_17_what_comes_before_the_101_is_judged_like_the_rest(
    gw: Running, app: SocketApp
) -> None:
    session = await gw.enter()
    smuggled = "\r\nGET /admin HTTP/1.1\r\nHost: a"
    client = await knock(gw, app, session, "/ws", f"X-End: 1\r\n{smuggled}")
    at_app = await app.next()
    assert (await client.closed())[0] == 1002
    assert (await at_app.closed())[0] == 1002
    assert b"admin" not in at_app.wire
    client.writer.close()
    assert await at_app.left()
