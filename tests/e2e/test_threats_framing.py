"""Threat rows 9 to 22: one reading of every request, or none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http


async def send(gw: Running, data: str | bytes) -> bytes:
    return await gw.raw(data if isinstance(data, bytes) else data.encode("latin-1"))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def get(gw: Running, target: str, host: str = HOST, *lines: str) -> int:
    more = "".join(f"{line}\r\n" for line in lines)
    head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"
    return status(await send(gw, head))


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    "target",
    ["/a/../admin", "/%2e%2e/admin", "/.%2E/x", "/x/..;y/", "/a/./b", "/..", "/a/%2e", "/.;a=b/x"],
)
async def test_row_9_dot_segments_in_any_spelling_are_400(
    gw: Running, app: RecorderApp, target: str
) -> None:
    assert await get(gw, target) == 400
    assert app.seen == []


@pytest.mark.threat(10)
@pytest.mark.parametrize(
    "target",
    ["/a%2fb", "/a%5Cb", "/a%00", "/a%3bb", "/a%2541", "/a%3f", "/a%23", "/a//b", "/a\\b", "/%zz"],
)
async def test_row_10_what_two_parsers_may_read_differently_is_400(
    gw: Running, app: RecorderApp, target: str
) -> None:
    assert await get(gw, target) == 400
    assert app.seen == []


@pytest.mark.threat(10)
async def test_row_10_a_site_may_allow_some_by_name(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, allow_target=["%2f", "//"])) as gw:
        assert await get(gw, "/a%2Fb//c") == 200
        assert await get(gw, "/a%5cb") == 400
    assert [seen.target for seen in app.seen] == ["/a%2Fb//c"]


@pytest.mark.threat(11)
@pytest.mark.parametrize(
    "target", ["/%41dmin", "/a?q=%27", "/a?q='", "/~a/%7Eb", "/a?", "/a?b=%2F"]
)
async def test_row_11_targets_are_forwarded_byte_for_byte(
    gw: Running, app: RecorderApp, target: str
) -> None:
    assert await get(gw, target) == 200
    session = await gw.enter()
    assert await get(gw, target, session.host, f"Cookie: {session.cookie}") == 200
    assert [seen.target for seen in app.seen] == [target, target]


@pytest.mark.threat(12)
async def test_row_12_rules_match_the_path_alone(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    rules = [
        {"id": "out", "block": ["ANY"], "path": "/logout"},
        {"id": "search", "allow": ["POST"], "path": "/search"},
    ]
    async with running(tmp_path, store_url, site(app.port, rules=rules)) as gw:
        session = await gw.enter()
        cookie = f"Cookie: {session.cookie}"
        assert await get(gw, "/public?x=/logout", session.host, cookie) == 200
        assert await get(gw, "/logout?x=/public", session.host, cookie) == 403
        assert await get(gw, "/%6cogout", session.host, cookie) == 403
        assert await get(gw, "/LOGOUT/", session.host, cookie) == 403
        assert await get(gw, "/public#/logout", session.host, cookie) == 400
        other = await gw.request("POST", "/x?p=/search", session.headers)
        assert other.status == 403
        search = await gw.request("POST", "/search?q=1", session.headers)
        assert search.status == 200


@pytest.mark.threat(13)
@pytest.mark.parametrize(
    "target", ["http://evil/x", "//evil/x", "*", "evil:80", "https://crm.localhost/"]
)
async def test_row_13_only_origin_form_and_the_configs_upstream(
    gw: Running, app: RecorderApp, target: str
) -> None:
    assert await get(gw, target) == 400
    assert app.seen == []


@pytest.mark.threat(14)
@pytest.mark.parametrize(
    "host",
    [
        "a/../b?x#",
        "u@crm.localhost",
        "evil.example",
        "",
        "crm.localhost.",
        "x.crm.localhost",
        "crm.localhost:x",
        "aaaaaaaaaaaaaaaa.evil",
        "crm.localhost,evil",
    ],
)
async def test_row_14_unknown_hosts_are_421(gw: Running, app: RecorderApp, host: str) -> None:
    assert await get(gw, "/", host) == 421
    assert app.seen == []


@pytest.mark.threat(14)
async def test_row_14_a_missing_host_is_refused(gw: Running, app: RecorderApp) -> None:
    assert status(await send(gw, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) in (400, 421)
    assert app.seen == []


@pytest.mark.threat(15)
async def test_row_15_every_refusal_is_on_record(gw: Running, app: RecorderApp) -> None:
    assert await get(gw, "/a%0ab") == 400
    assert await get(gw, "/", "evil.example") == 421
    assert status(await send(gw, "NONSENSE\r\n\r\n")) == 400
    assert status(await send(gw, f"GET / HTTP/1.1\r\nHost: {HOST}\r\nbad name: x\r\n\r\n")) == 400
    refused = [r for r in await gw.records() if r["kind"] == "request.refused"]
    assert [(r["reason"], r["status"]) for r in refused] == [
        ("ambiguous_target", 400),
        ("unknown_host", 421),
        ("malformed_request", 400),
        ("malformed_request", 400),
    ]
    assert refused[0]["target"] == "/a%0ab"
    assert app.seen == []


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: crm.localhost\r\n\r\n"
POST = "POST / HTTP/1.1\r\n{h}"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "cl_and_te": POST + "Content-Length: 4\r\n" + CHUNKED + "0\r\n\r\n",
    "te_and_cl": POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two_lengths": POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "equal_lengths": POST + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "length_list": POST + "Content-Length: 1, 1\r\n\r\na",
    "signed_length": POST + "Content-Length: +1\r\n\r\na",
    "spaced_te": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "te_list": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two_te": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "te_1_0": "POST / HTTP/1.0\r\n{h}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk_size": POST + CHUNKED + "0x1\r\na\r\n0\r\n\r\n",
    "chunk_extension": POST + CHUNKED + "1;a=b\r\na\r\n0\r\n\r\n",
    "chunk_lf": POST + CHUNKED + "1\na\r\n0\r\n\r\n",
    "chunk_long": POST + CHUNKED + "1\r\nab\r\n0\r\n\r\n",
    "obs_fold": "GET / HTTP/1.1\r\n{h}X-A: b\r\n c\r\n\r\n",
    "bare_lf": "GET / HTTP/1.1\n{h}\r\n",
    "bare_lf_field": "GET / HTTP/1.1\r\n{h}X-A: b\nX-B: c\r\n\r\n",
    "bare_cr": "GET / HTTP/1.1\r\n{h}X-A: b\rX-B: c\r\n\r\n",
    "nul": "GET / HTTP/1.1\r\n{h}X-A: b\x00\r\n\r\n",
    "http_0_9": "GET /\r\n\r\n",
    "http_2_0": "GET / HTTP/2.0\r\n{h}\r\n",
    "http_1_2": "GET / HTTP/1.2\r\n{h}\r\n",
    "spaced_name": "GET / HTTP/1.1\r\n{h}X-A : b\r\n\r\n",
    "leading_space": "GET / HTTP/1.1\r\n X-A: b\r\n{h}\r\n",
    "no_colon": "GET / HTTP/1.1\r\n{h}X-A\r\n\r\n",
    "two_spaces": "GET  / HTTP/1.1\r\n{h}\r\n",
    "tab": "GET\t/ HTTP/1.1\r\n{h}\r\n",
    "empty_line_first": "\r\nGET / HTTP/1.1\r\n{h}\r\n",
}


@pytest.mark.threat(16)
@pytest.mark.parametrize("name", MALFORMED)
async def test_row_16_malformed_framing_is_400_and_close(
    gw: Running, app: RecorderApp, name: str
) -> None:
    data = MALFORMED[name].replace("{h}", f"Host: {HOST}\r\n") + SMUGGLED
    answer = await send(gw, data)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert app.seen == []


@pytest.mark.threat(16)
async def test_row_16_the_app_gets_our_own_framing(gw: Running, app: RecorderApp) -> None:
    chunked = "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n"
    head = f"POST /a HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{CHUNKED}"
    assert status(await send(gw, head + chunked)) == 200
    assert app.seen[0].body == b"hello world"
    assert app.seen[0].all("X-Trailer") == []
    assert len(app.seen[0].all("Transfer-Encoding") + app.seen[0].all("Content-Length")) == 1


@pytest.mark.threat(17)
async def test_row_17_bytes_after_an_upgrade_reach_nobody_before_101(
    gw: Running, app: RecorderApp
) -> None:
    head = (
        f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    answer = await send(gw, head + SMUGGLED)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert [seen.target for seen in app.seen] == ["/ws"]


@pytest.mark.threat(17)
async def test_row_17_an_upgrade_with_a_body_is_400(gw: Running, app: RecorderApp) -> None:
    head = (
        f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Content-Length: 5\r\n\r\nhello"
    )
    assert status(await send(gw, head)) == 400
    assert app.seen == []


@pytest.mark.threat(17)
@pytest.mark.parametrize(
    ("version", "connection"), [("1.1", "close"), ("1.1", "keep-alive"), ("1.0", "Upgrade")]
)
async def test_row_17_an_upgrade_that_is_not_for_us_is_dropped(
    gw: Running, app: RecorderApp, version: str, connection: str
) -> None:
    head = (
        f"GET /ws HTTP/{version}\r\nHost: {HOST}\r\nConnection: {connection}\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    answer = await send(gw, head + SMUGGLED)
    assert status(answer) == 200
    assert [seen.target for seen in app.seen] == ["/ws"]
    assert app.seen[0].all("Upgrade") == []


@pytest.mark.threat(17)
async def test_row_17_h2c_is_dropped(gw: Running, app: RecorderApp) -> None:
    head = (
        f"GET /a HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )
    answer = await send(gw, head + SMUGGLED)
    assert status(answer) == 200
    assert [seen.target for seen in app.seen] == ["/a"]
    assert app.seen[0].all("Upgrade") == []
    assert app.seen[0].all("HTTP2-Settings") == []


@pytest.mark.threat(18)
@pytest.mark.parametrize("method", ["CONNECT", "TRACE"])
async def test_row_18_connect_and_trace_are_not_spoken(
    gw: Running, app: RecorderApp, method: str
) -> None:
    answer = await send(gw, f"{method} / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
    assert status(answer) in (405, 501)
    assert app.seen == []


@pytest.mark.threat(18)
async def test_row_18_a_surplus_response_never_answers_another_request(
    gw: Running, app: RecorderApp
) -> None:
    async def twice(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"mine") + http(b"poison"))

    app.answer = twice
    for _ in range(3):
        answer = await gw.get("/a", {"Host": HOST})
        assert b"poison" not in await answer.read()


LIES = {
    "obs_fold": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "bare_lf": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "cl_and_te": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + CHUNKED.encode() + b"0\r\n\r\n",
    "two_lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "no_http": b"hello\r\n\r\n",
}


@pytest.mark.threat(19)
@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("governed", [False, True])
async def test_row_19_an_app_that_lies_is_502(
    gw: Running, app: RecorderApp, name: str, governed: bool
) -> None:
    session = await gw.enter() if governed else None
    app.reply = LIES[name]
    answer = await gw.get("/", session.headers if session else {"Host": HOST})
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.threat(19)
@pytest.mark.parametrize("governed", [False, True])
@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n"],
    ids=["length", "chunked"],
)
async def test_row_19_a_truncated_body_never_looks_complete(
    gw: Running, app: RecorderApp, head: bytes, governed: bool
) -> None:
    async def cut(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n5\r\nhello\r\n"
        )
        writer.close()

    session = await gw.enter() if governed else None
    app.answer = cut
    host = session.host if session else HOST
    cookie = f"Cookie: {session.cookie}\r\n" if session else ""
    data = f"GET / HTTP/1.1\r\nHost: {host}\r\n{cookie}Connection: close\r\n\r\n"
    try:
        answer = await send(gw, data)
    except ConnectionError:
        return
    if answer and status(answer) == 200:
        assert b"\r\n0\r\n\r\n" not in answer
        head_part, _, body = answer.partition(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head_part.lower() or len(body) < 100


@pytest.mark.threat(20)
async def test_row_20_100_continue_comes_after_the_decision(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    head = (
        f"POST /a HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
        "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    answer = await send(gw, head)
    assert status(answer) == 403
    assert b"100 Continue" not in answer
    assert app.seen == []


@pytest.mark.threat(20)
async def test_row_20_expect_never_reaches_the_app(gw: Running, app: RecorderApp) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    writer.write(
        f"POST /a HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(b"hello")
    assert status(await reader.read()) == 200
    writer.close()
    assert app.seen[0].all("Expect") == []
    assert app.seen[0].body == b"hello"


@pytest.mark.threat(21)
async def test_row_21_trailers_and_interim_responses_are_dropped(
    gw: Running, app: RecorderApp
) -> None:
    async def chatty(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n")
        writer.write(b"2\r\nok\r\n0\r\nX-T: 1\r\n\r\n")

    app.answer = chatty
    answer = await send(gw, f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"X-T" not in answer
    assert b"Early" not in answer


@pytest.mark.threat(22)
async def test_row_22_too_large_a_head_is_431(gw: Running, app: RecorderApp) -> None:
    cookie = "Cookie: a=" + "b" * 70_000
    assert await get(gw, "/", HOST, cookie) == 431
    many = [f"X-{n}: {'v' * 8}" for n in range(8_000)]
    assert await get(gw, "/", HOST, *many) == 431
    assert app.seen == []


@pytest.mark.threat(22)
async def test_row_22_slow_heads_are_408(gw: Running, app: RecorderApp) -> None:
    gw.gateway.listener.head_timeout = 0.2
    assert status(await send(gw, "GET / HTTP/1.1\r\nHost: crm")) == 408
    assert app.seen == []


@pytest.mark.threat(22)
async def test_row_22_slow_and_large_bodies_are_refused(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    said = site(app.port, max_body="1KiB", body_timeout="1s")
    async with running(tmp_path, store_url, said) as gw:
        head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n"
        assert status(await send(gw, head + "Content-Length: 1025\r\n\r\n")) == 413
        chunks = "400\r\n" + "a" * 1024 + "\r\n1\r\na\r\n0\r\n\r\n"
        endless = head + "Transfer-Encoding: chunked\r\n\r\n" + chunks
        assert status(await send(gw, endless)) == 413
        assert status(await send(gw, head + "Content-Length: 10\r\n\r\nabc")) == 408
    assert app.seen == []
