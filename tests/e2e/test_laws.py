"""The laws, on a whole gateway: a real store, real sockets, an app that records what it sees."""

from __future__ import annotations

import asyncio
import gzip
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app
from tests.servers import StoreServer

PAGE = b"<!doctype html><html><body><p>Hi</p></body></html>"
RULES: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"], "html": [".note"]}],
}


def intents(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["kind"] == "request.intent"]


@pytest.mark.threat(11)
async def test_law_1_policy_bytes_are_wire_bytes_are_audited_bytes(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    target = "/%7Euser/%41;v=1/b"
    assert (await gw.get(target, session.headers)).status == 200
    assert app.seen[0].target == target
    assert intents(await gw.records())[0]["target"] == target


async def test_law_2_a_stage_that_fails_refuses_the_request(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    said = site(app.port)
    said["identity"]["headers"]["X-Remote-Name"] = "{subject.name}"
    async with running(tmp_path, store_url, said) as gw:
        session = await gw.enter()
        app.reply = http(b"x", headers=("Content-Type: text/html", "Content-Type: text/plain"))
        answer = await gw.get("/", session.headers)
        assert answer.status == 502
        outcome = [r for r in await gw.records() if r["kind"] == "request.outcome"][-1]
        assert outcome["reason"] == "ambiguous_answer"


async def test_law_3_the_record_is_durable_before_the_app_sees_the_request(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter(mode="read_write")
    at_app: list[int] = []

    async def look(seen: Seen, writer: asyncio.StreamWriter) -> None:
        at_app.append(sum(b'"request.intent"' in line for line in await gw.stream()))
        writer.write(http())

    app.answer = look
    await gw.request("POST", "/a", session.headers, data=b"x")
    await gw.get("/b", session.headers)
    assert at_app == [1, 2]


@pytest.mark.threat(52)
async def test_law_3_without_a_store_nothing_governed_moves_and_ordinary_users_pass(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    said: dict[str, Any] = {"audit": {"timeout": "500ms"}}
    async with running(tmp_path, store_server.url, site(app.port), **said) as gw:
        session = await gw.enter()
        store_server.kill()
        answer = await gw.get("/governed", session.headers)
        assert answer.status == 503
        assert (await answer.json())["title"] == "Acting on behalf is paused"
        assert (await gw.get("/ordinary", {"Host": HOST})).status == 200
        assert [seen.target for seen in app.seen] == ["/ordinary"]
        store_server.start()
        async with asyncio.timeout(20):
            while (await gw.get("/again", session.headers)).status != 200:
                pass
        records = await gw.records()
        recorded = {record["target"] for record in intents(records)}
        assert {seen.target for seen in app.seen} - {"/ordinary"} <= recorded


@pytest.mark.threat(52)
async def test_law_3_a_store_killed_under_load_loses_no_record_and_lets_nothing_unrecorded_through(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    said: dict[str, Any] = {"audit": {"timeout": "500ms"}}
    async with running(tmp_path, store_server.url, site(app.port), **said) as gw:
        session = await gw.enter(mode="read_write")
        answered: dict[str, int] = {}
        news = asyncio.Condition()
        stop = False

        async def load(worker: int) -> None:
            number = 0
            while not stop:
                target = f"/{worker}/{number}"
                method = "POST" if number % 2 else "GET"
                try:
                    status = (await gw.request(method, target, session.headers)).status
                except ClientError:  # it was under way when this worker lost touch with the store
                    status = 0
                async with news:
                    answered[target] = status
                    news.notify_all()
                number += 1

        def count(status: int) -> int:
            return sum(each == status for each in answered.values())

        workers = [asyncio.create_task(load(n)) for n in range(4)]
        async with asyncio.timeout(60), news:
            await news.wait_for(lambda: count(200) >= 80)
            store_server.kill()
            await news.wait_for(lambda: count(503) > 0)
            store_server.start()
            before = count(200)
            await news.wait_for(lambda: count(200) >= before + 80)
        stop = True
        await asyncio.gather(*workers)
        records = await gw.records()
        recorded = [record["target"] for record in intents(records)]
        assert len(recorded) == len(set(recorded))
        seen = {each.target for each in app.seen}
        succeeded = {target for target, status in answered.items() if status == 200}
        assert seen - set(recorded) == set()
        assert succeeded - set(recorded) == set()
        outcomes = [r["request"] for r in records if r["kind"] == "request.outcome"]
        assert sorted(outcomes) == sorted(r["request"] for r in intents(records))


async def test_law_4_one_request_reaches_the_app_once_whatever_it_does(
    gw: Running, app: RecorderApp
) -> None:
    async def hang_up(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.close()

    session = await gw.enter(mode="read_write")
    app.answer = hang_up
    for method in ("GET", "DELETE", "POST"):
        answer = await gw.request(method, f"/{method}", session.headers)
        assert answer.status == 502
    assert [seen.target for seen in app.seen] == ["/GET", "/DELETE", "/POST"]


@pytest.mark.threat(40)
async def test_law_6_the_apps_cookies_live_in_the_jar(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, isolation="cookie")) as gw:
        session = await gw.enter()
        app.reply = http(headers=("Set-Cookie: sessionid=subjects; Path=/; HttpOnly",))
        answer = await gw.get("/", session.headers | {"Cookie": f"sessionid=own; {session.cookie}"})
        cookies = answer.headers.getall("Set-Cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-gateway_jar"]
        app.reply = http()
        jar = cookies[0].partition(";")[0]
        await gw.get("/", session.headers | {"Cookie": f"{session.cookie}; {jar}; sessionid=own"})
        assert app.seen[-1].all("Cookie") == [b"sessionid=subjects"]
        await gw.api("DELETE", f"sessions/{session.id}")
        await gw.get("/", {"Host": HOST, "Cookie": "sessionid=own"})
        assert app.seen[-1].all("Cookie") == [b"sessionid=own"]
        assert await gw.store.redis.keys("gateway:jar:*") == []


@pytest.mark.threat(31)
@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_law_7_what_cannot_be_read_is_blocked(
    app: RecorderApp, tmp_path: Path, store_url: str, coding: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gw:
        session = await gw.enter()

        async def get(body: bytes, kind: str | None) -> tuple[int, bytes]:
            packed = gzip.compress(body) if coding else body
            headers = (f"Content-Encoding: {coding}",) if coding else ()
            app.reply = http(packed, type_=kind, headers=headers)
            answer = await gw.get("/", session.headers)
            return answer.status, await answer.read()

        status, body = await get(b'{"a": 1, "note": "SECRET"}', "application/json")
        assert (status, body) == (200, b'{"a":1}')
        status, body = await get(PAGE.replace(b"Hi", b"<b class=note>SECRET</b>"), "text/html")
        assert status == 200
        assert b"SECRET" not in body
        for kind in ("text/csv", "application/pdf", "text/plain", "application/x-unknown", None):
            status, body = await get(b"note\nSECRET", kind)
            assert status == 502
            assert b"SECRET" not in body
        status, body = await get(b'{"note": "SECRET", "note": "SECRET"', "application/json")
        assert status == 502
        assert b"SECRET" not in body


@pytest.mark.threat(38)
async def test_law_8_every_document_carries_the_bar_or_is_refused(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    app.reply = http(gzip.compress(PAGE), type_="text/html", headers=("Content-Encoding: gzip",))
    assert b"/_gateway/bar.js" in await (await gw.get("/", session.headers)).read()
    app.reply = http(b"<svg xmlns='http://www.w3.org/2000/svg'/>", type_="image/svg+xml")
    refused = await gw.get("/", session.headers | {"Sec-Fetch-Dest": "document"})
    assert refused.status == 502
    shown = await gw.get("/", session.headers | {"Sec-Fetch-Dest": "image"})
    assert shown.status == 200
    app.reply = http(PAGE, type_="application/xhtml+xml")
    assert (await gw.get("/", session.headers)).status == 502


async def stream_until_cut(gw: Running, app: RecorderApp, session: Entered) -> asyncio.Task[bytes]:
    """Open an event stream in a session; the task ends with what came until it was cut."""
    first = asyncio.Event()

    async def events(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"data: tick\n\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    app.answer = events

    async def read() -> bytes:
        got = b""
        async with await gw.get("/events", session.headers, stream=True) as answer:
            try:
                async for data in answer.content.iter_any():
                    got += data
                    first.set()
            except ClientError:
                return got
        return got + b"<clean end>"

    task = asyncio.create_task(read())
    await first.wait()
    return task


@pytest.mark.threat(43)
async def test_law_9_after_end_no_byte_passes_on_any_worker(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with (
        running(tmp_path / "a", store_url, site(app.port)) as one,
        running(tmp_path / "b", store_url, site(app.port)) as two,
    ):
        session = await one.enter()
        streams = [await stream_until_cut(gw, app, session) for gw in (one, two)]
        began = asyncio.get_running_loop().time()
        ended = await one.api("DELETE", f"sessions/{session.id}")
        assert ended.status == 204
        assert asyncio.get_running_loop().time() - began < 1
        for gw in (one, two):
            assert gw.gateway.live.under_way() == 0
            assert (await gw.get("/", session.headers)).status == 403
        for stream in streams:
            assert b"<clean end>" not in await stream


@pytest.mark.threat(43)
async def test_law_9_a_worker_that_cannot_be_told_serves_no_session(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    async with running(tmp_path, store_server.url, site(app.port)) as gw:
        session = await gw.enter()
        stream = await stream_until_cut(gw, app, session)
        store_server.kill()
        async with asyncio.timeout(10):
            assert b"<clean end>" not in await stream
        assert (await gw.get("/", session.headers)).status == 503
        store_server.start()  # or the stop would wait for it, to write what is unwritten


async def test_law_10_memory_stays_flat_while_bodies_stream(tmp_path: Path, store_url: str) -> None:
    size = 64 << 20
    piece = b"x" * 65536

    async def download(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(piece)):
            writer.write(piece)
            await writer.drain()

    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.answer = download
        before = resident()
        total = 0
        async with await gw.get("/", {"Host": HOST}, stream=True) as answer:
            async for data in answer.content.iter_any():
                total += len(data)
        assert total == size
        assert resident() - before < 32 << 20


def resident() -> int:
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_law_11_actor_and_subject_are_on_every_record_of_a_session(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    await gw.get("/", session.headers | {"X-Remote-Actor": "nobody"})
    await gw.request("POST", "/", session.headers)
    await gw.api("DELETE", f"sessions/{session.id}")
    records = [record for record in await gw.records() if record.get("session") == session.id]
    assert len(records) == 6
    assert {record["actor"]["id"] for record in records} == {"ada"}
    assert {record["subject"]["id"] for record in records} == {"jonas"}


@pytest.mark.threat(44)
async def test_law_12_nothing_starts_by_get(gw: Running, app: RecorderApp) -> None:
    started = await (await gw.start()).json()
    host = started["enter_url"].split("/")[2].partition(":")[0]
    target = "/" + started["enter_url"].split("/", 3)[3]
    shown = await gw.get(target, {"Host": host})
    assert shown.status == 200
    assert "Set-Cookie" not in shown.headers
    elsewhere = await gw.request("POST", target, {"Host": host, "Origin": "https://evil.example"})
    assert elsewhere.status == 403
    entered = await gw.request("POST", target, {"Host": host})
    assert entered.status == 303
    again = await gw.request("POST", target, {"Host": host})
    assert again.status == 410


@pytest.mark.threat(38)
async def test_law_8_two_types_in_one_field_are_refused(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    app.reply = http(PAGE, type_="text/plain, text/html")
    assert (await gw.get("/", session.headers)).status == 502


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("/", "X_Remote_User: root"),
        ("/", "Expect: tea"),
        ("/", "Range: a\r\nRange: b"),
        ("/a/../b", "X-A: b"),
    ],
)
async def test_law_11_a_request_refused_before_it_was_decided_names_both(
    gw: Running, app: RecorderApp, target: str, line: str
) -> None:
    entered = await gw.enter()
    head = [f"GET {target} HTTP/1.1", f"Host: {entered.host}", f"Cookie: {entered.cookie}", line]
    answer = await gw.raw("\r\n".join([*head, "Connection: close", "", ""]).encode())
    assert answer.startswith(b"HTTP/1.1 4")
    refused = [each for each in await gw.records() if each["kind"] == "request.refused"]
    assert [(each["actor"]["id"], each["subject"]["id"]) for each in refused] == [("ada", "jonas")]
    assert app.seen == []


@pytest.mark.threat(43)
async def test_law_9_what_is_still_on_its_way_is_dropped_at_the_end(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    size = 32 << 20
    app.reply = http(b"x" * size, type_="text/css")
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    head = f"GET /x HTTP/1.1\r\nHost: {entered.host}\r\nCookie: {entered.cookie}\r\n\r\n"
    writer.write(head.encode())
    got = len(await reader.read(1))
    assert (await gw.api("DELETE", f"sessions/{entered.id}")).status == 204
    with suppress(ConnectionResetError):
        while piece := await reader.read(1 << 20):
            got += len(piece)
    writer.close()
    assert got < size
    (outcome,) = [each for each in await gw.records() if each["kind"] == "request.outcome"]
    assert (outcome["complete"], outcome["reason"]) == (False, "cut")


@pytest.mark.threat(2)
async def test_law_5_the_app_sees_one_value_of_each_identity_header_the_audited_subject(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    claims = {"X-Remote-User": "root", "X-Remote-Email": "root@x", "x-remote-groups": "admins"}
    assert (await gw.get("/a", entered.headers | claims)).status == 200
    (seen,) = app.seen
    (intent,) = intents(await gw.records())
    assert seen.folded("X-Remote-User") == [intent["subject"]["id"].encode()] == [b"jonas"]
    assert seen.folded("X-Remote-Email") == [intent["subject"]["email"].encode()]
    assert seen.folded("X-Remote-Groups") == [b"sales,emea"]
