"""WebSockets of sessions, end to end: what each side sees of the other, byte for byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import Batch
from gateway.listener.connection import Connection
from gateway.wire.frames import Frame, Opcode, frame_bytes
from tests.e2e.harness import Running, running, site
from tests.servers import StoreServer
from tests.sockets.support import MASK, SocketApp, knock, opened, socket_app

SITE: dict[str, Any] = {
    "websockets": [
        {"id": "live", "path": "/ws", "messages": ["deals", {"type": "watch", "id": "*"}]},
        {"id": "open", "path": "/open", "messages": ["deals"], "open": True},
        {"id": "plain", "path": "/plain", "messages": ["deals"]},
        {"id": "html", "path": "/html"},
    ],
    "categories": {"notes": "Notes"},
    "redaction": [
        {"id": "n", "category": "notes", "fields": ["note"], "action": "mask", "paths": ["/ws"]},
        {"id": "h", "category": "notes", "html": [".note"], "paths": ["/html"]},
    ],
    "max_readable": "64KiB",
}
CANARY = "canary-7f3a91"


@pytest.fixture
async def app() -> AsyncIterator[SocketApp]:
    async with socket_app() as one:
        yield one


@pytest.fixture
async def gw(app: SocketApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **SITE)) as gateway:
        yield gateway


def of(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in records if record["kind"] == kind]


@pytest.mark.threat(28)
async def test_row_28_a_listed_message_is_on_record_before_it_reaches_the_app(
    gw: Running, app: SocketApp
) -> None:
    session = await gw.enter()
    client, at_app = await opened(gw, app, session)
    live = await gw.gateway.live.find(session.cookie.partition("=")[2], 0)
    assert live is not None
    for text in ("deals", '{"id": 7, "type": "watch"}'):
        live.seen_at = 0
        client.text(text)
        assert await at_app.said() == text
        assert live.seen_at > 0, "the session is in use"
        lines = [json.loads(line) for line in await gw.stream()]
        sent = of(lines, "message.sent")[-1]
        assert sent["bytes_in"] == len(text)
        assert (sent["actor"]["id"], sent["subject"]["id"]) == ("ada", "jonas")
    at_app.text('{"ok": true}')
    assert json.loads(await client.said()) == {"ok": True}
    client.close(1000, "done")
    assert await at_app.closed() == (1000, "")
    assert await client.closed() == (1000, "")
    assert await client.left()
    records = await gw.records()
    assert [record["rule"] for record in of(records, "message.sent")] == ["live.1", "live.2"]
    (intent,), (outcome,) = of(records, "request.intent"), of(records, "request.outcome")
    assert intent["rule"] == "live"
    assert {record["request"] for record in of(records, "message.sent")} == {intent["request"]}
    told = {
        "status": 101,
        "complete": True,
        "messages_in": 2,
        "messages_out": 1,
        "bytes_in": 31,
        "bytes_out": 12,
        "detail": "The client closed it with 1000.",
    }
    assert {key: outcome[key] for key in told} == told


@pytest.mark.threat(28)
@pytest.mark.parametrize(
    ("path", "mode", "message"),
    [
        ("/ws", "read_only", Frame(Opcode.TEXT, b'{"type": "delete", "id": 7}')),
        ("/ws", "read_only", Frame(Opcode.BINARY, b"deals")),
        ("/ws", "read_write", Frame(Opcode.TEXT, b"drop")),
        ("/open", "read_only", Frame(Opcode.TEXT, b"drop")),
    ],
)
async def test_row_28_any_other_message_closes_both_sides_and_goes_no_further(
    gw: Running, app: SocketApp, path: str, mode: str, message: Frame
) -> None:
    client, at_app = await opened(gw, app, await gw.enter(mode=mode), path)
    client.send(*message)
    code, reason = await client.closed()
    assert (code, reason) == (1008, "This message is not one that passes while acting for a user.")
    assert (await at_app.closed())[0] == 1008
    assert await client.left()
    assert await at_app.left()
    records = await gw.records()
    assert of(records, "message.sent") == []
    (refused,), (outcome,) = of(records, "message.refused"), of(records, "request.outcome")
    assert (refused["decision"], refused["reason"]) == ("deny", "message_refused")
    assert (outcome["reason"], outcome["complete"]) == ("message_refused", False)


@pytest.mark.threat(28)
async def test_row_28_messages_that_come_together_are_on_record_together_and_go_on_in_order(
    gw: Running, app: SocketApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    append = RedisSink.append

    async def counted(sink: RedisSink, batch: Batch) -> int:
        held = await append(sink, batch)
        written.append(sum(b'"kind":"message.' in line for line in batch.lines))
        return held

    monkeypatch.setattr(RedisSink, "append", counted)
    client, at_app = await opened(gw, app, await gw.enter())
    texts = [json.dumps({"type": "watch", "id": number}) for number in range(30)]
    sent = [*texts, "drop", texts[0]]
    client.raw(b"".join(frame_bytes(Opcode.TEXT, text.encode(), MASK) for text in sent))
    assert await at_app.said() == texts[0]
    assert sum(written) == 31, "all are on record before the first goes on"
    assert len([count for count in written if count]) <= 2
    assert [await at_app.said() for _ in texts[1:]] == texts[1:]
    assert (await at_app.closed())[0] == (await client.closed())[0] == 1008
    assert await client.left()
    (outcome,) = of(await gw.records(), "request.outcome")
    assert (outcome["messages_in"], outcome["reason"]) == (30, "message_refused")


@pytest.mark.threat(28)
async def test_row_28_an_open_socket_takes_anything_where_changes_are_allowed(
    gw: Running, app: SocketApp
) -> None:
    client, at_app = await opened(gw, app, await gw.enter(mode="read_write"), "/open")
    for message in (Frame(Opcode.TEXT, "lösche".encode()), Frame(Opcode.BINARY, bytes(60_000))):
        client.send(*message)
        assert await at_app.frame() == message
    client.close(4001, "so long")
    assert await at_app.closed() == (4001, "so long")
    assert await client.closed() == (4001, "")


@pytest.mark.threat(36)
async def test_row_36_a_secret_in_fragments_is_hidden_in_the_whole_message(
    gw: Running, app: SocketApp
) -> None:
    client, at_app = await opened(gw, app, await gw.enter())
    whole = json.dumps({"id": 1, "note": CANARY}).encode()
    for cut in range(1, len(whole)):
        at_app.raw(b"\x01" + bytes((cut,)) + whole[:cut])
        at_app.send(Opcode.PING, b"between")
        at_app.raw(b"\x80" + bytes((len(whole) - cut,)) + whole[cut:])
        assert json.loads(await client.said()) == {"id": 1, "note": "•••"}
        assert await at_app.frame() == Frame(Opcode.PONG, b"between")
    at_app.close(4002, CANARY)
    assert await client.closed() == (4002, "")
    assert await client.left()
    assert CANARY.encode() not in client.wire
    (outcome,) = of(await gw.records(), "request.outcome")
    assert outcome["redactions"] == [{"rule": "n", "category": "notes", "count": len(whole) - 1}]


@pytest.mark.threat(36)
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/ws", Frame(Opcode.TEXT, f"note {CANARY}".encode())),
        ("/ws", Frame(Opcode.TEXT, f'{{"a": 1}}{{"note": "{CANARY}"}}'.encode())),
        ("/ws", Frame(Opcode.BINARY, f'{{"note": "{CANARY}"}}'.encode())),
        ("/html", Frame(Opcode.TEXT, f'{{"note": "{CANARY}"}}'.encode())),  # no rule speaks of JSON
    ],
)
async def test_row_36_a_message_that_cannot_be_read_closes_the_socket(
    gw: Running, app: SocketApp, path: str, message: Frame
) -> None:
    client, at_app = await opened(gw, app, await gw.enter(), path)
    at_app.send(*message)
    code, reason = await client.closed()
    assert (code, reason[:21]) == (1008, "Values are hidden her")
    assert (await at_app.closed())[0] == 1008
    assert await client.left()
    assert CANARY.encode() not in client.wire
    (outcome,) = of(await gw.records(), "request.outcome")
    assert (outcome["reason"], outcome["complete"]) == ("message_unreadable", False)


async def test_without_rules_all_messages_pass_and_codes_and_reasons_too(
    gw: Running, app: SocketApp
) -> None:
    client, at_app = await opened(gw, app, await gw.enter(), "/plain")
    for message in (Frame(Opcode.TEXT, b""), Frame(Opcode.BINARY, bytes(range(256)))):
        at_app.send(*message)
        assert await client.frame() == message
    at_app.close(4003, "geschlossen – für heute")
    assert await client.closed() == (4003, "geschlossen – für heute")
    assert (await at_app.closed())[0] == 4003
    assert await client.left()
    (outcome,) = of(await gw.records(), "request.outcome")
    assert outcome["complete"] is True
    assert outcome["detail"] == "The app closed it with 4003."


async def test_pings_are_answered_here_and_go_no_further(gw: Running, app: SocketApp) -> None:
    client, at_app = await opened(gw, app, await gw.enter())
    client.send(Opcode.PING, b"delete all")
    client.send(Opcode.PONG, b"delete all")
    assert await client.frame() == Frame(Opcode.PONG, b"delete all")
    client.text("deals")
    assert await at_app.said() == "deals"
    client.send(Opcode.CLOSE)
    assert await at_app.closed() == (1005, "")
    assert await client.closed() == (1005, "")
    assert b"delete" not in at_app.wire


@pytest.mark.threat(36)
async def test_row_36_a_message_has_a_cap_both_ways(gw: Running, app: SocketApp) -> None:
    session = await gw.enter(mode="read_write")
    for sender in ("client", "app"):
        client, at_app = await opened(gw, app, session, "/open")
        at_fault, other = (client, at_app) if sender == "client" else (at_app, client)
        at_fault.send(Opcode.TEXT, b"x" * 65537)
        assert (await client.closed())[0] == 1009
        assert (await at_app.closed())[0] == 1009
        at_fault.writer.close()  # nothing more is read of it, and it is not waited for
        assert await other.left()
    outcomes = of(await gw.records(), "request.outcome")
    assert [outcome["reason"] for outcome in outcomes] == ["message_too_large"] * 2


async def test_frames_that_break_the_rfc_close_both_sides(gw: Running, app: SocketApp) -> None:
    client, at_app = await opened(gw, app, await gw.enter())
    client.raw(frame_bytes(Opcode.TEXT, b"deals"))  # not masked
    assert (await client.closed())[0] == 1002
    assert (await at_app.closed())[0] == 1002
    client.writer.close()
    assert await at_app.left()
    (outcome,) = of(await gw.records(), "request.outcome")
    assert outcome["reason"] == "message_malformed"


async def test_whoever_leaves_without_a_word_is_not_covered_up(gw: Running, app: SocketApp) -> None:
    session = await gw.enter()
    client, at_app = await opened(gw, app, session)
    at_app.writer.close()
    assert await client.closed() == (1006, "")
    client, at_app = await opened(gw, app, session)
    client.writer.close()
    assert await at_app.closed() == (1006, "")
    while len(outcomes := of(list(map(json.loads, await gw.stream())), "request.outcome")) < 2:
        pass  # the store is asked again
    reasons = [(outcome["reason"], outcome["complete"]) for outcome in outcomes]
    assert reasons == [("upstream_cut_short", False), ("client_gone", False)]


@pytest.mark.threat(43)
async def test_row_43_the_sessions_end_closes_its_sockets_with_a_reason(
    gw: Running, app: SocketApp
) -> None:
    session = await gw.enter()
    client, at_app = await opened(gw, app, session)
    assert (await gw.api("DELETE", f"sessions/{session.id}")).status == 204
    at_app.text('{"late": 1}')
    client.text("deals")
    assert await at_app.left(), "the app is cut off, and gets nothing more"
    assert await client.closed() == (1008, "The session has ended.")
    assert await client.left()
    assert b"late" not in client.wire
    assert at_app.wire == b""
    records = await gw.records()
    assert of(records, "message.sent") == []
    (outcome,) = of(records, "request.outcome")
    assert (outcome["reason"], outcome["complete"]) == ("cut", False)


@pytest.mark.threat(43)
async def test_row_43_what_a_slow_client_has_not_taken_goes_with_the_session(
    gw: Running, app: SocketApp
) -> None:
    session = await gw.enter()
    client, at_app = await opened(gw, app, session, "/plain")
    for _ in range(400):
        at_app.send(Opcode.BINARY, bytes(60_000))
    connections = gw.gateway.listener.connections
    while not any(cast("Connection", each).unsent for each in connections):
        await gw.stream()  # as long as it takes to fill what the system holds for both
    assert (await gw.api("DELETE", f"sessions/{session.id}")).status == 204
    taken = 0
    while (frame := await client.frame()) is not None:
        taken += len(frame.data)
        assert frame.opcode is Opcode.BINARY, "no goodbye behind what came before the end"
    assert taken < 400 * 60_000


async def test_law_3_without_a_store_no_message_goes_on(
    app: SocketApp, tmp_path: Path, store_server: StoreServer
) -> None:
    said: dict[str, Any] = {"audit": {"timeout": "300ms"}}
    async with running(tmp_path, store_server.url, site(app.port, **SITE), **said) as gw:
        client, at_app = await opened(gw, app, await gw.enter())
        store_server.kill()
        client.text("deals")
        code, _ = await client.closed()
        assert code in (1013, 1008), "the record is not confirmed, or the sessions are cut first"
        await at_app.closed()
        assert b"deals" not in at_app.wire
        store_server.start()


async def test_an_app_that_does_not_agree_answers_as_to_any_request(
    gw: Running, app: SocketApp
) -> None:
    body = json.dumps({"note": CANARY, "error": "full"}).encode()
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    app.refusal = (
        b"HTTP/1.1 503 Full\r\nUpgrade: websocket\r\nSet-Cookie: a=1; HttpOnly\r\n" + kind + body
    )
    client = await knock(gw, app, await gw.enter())
    assert client.head.startswith(b"HTTP/1.1 503 Full\r\n")
    assert b"a=1" not in client.head, "it is in the session's jar"
    assert json.loads(await client.reader.read()) == {"note": "•••", "error": "full"}
    (outcome,) = of(await gw.records(), "request.outcome")
    assert (outcome["status"], outcome["redactions"][0]["count"]) == (503, 1)


@pytest.mark.threat(28)
async def test_row_28_what_is_not_listed_stays_closed(gw: Running, app: SocketApp) -> None:
    session = await gw.enter(mode="read_write")
    client = await knock(gw, app, session, "/other")
    assert client.head.startswith(b"HTTP/1.1 403 ")
    assert app.heads == []
    assert (await gw.records())[-1]["reason"] == "websocket_closed"
