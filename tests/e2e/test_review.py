"""What an attacker and an unlucky user tried on a whole gateway."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientError

from gateway.proxy import _IN_BAND
from tests.e2e.harness import CONSOLE, HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def reading(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    """A gateway whose site lets a POST that only reads pass in look-only mode."""
    rules = [{"id": "search", "allow": ["POST"], "path": "/search"}]
    async with running(tmp_path, store_url, site(app.port, rules=rules)) as gateway:
        yield gateway


@pytest.mark.parametrize("type_", [FORM, "application/json", None, "text/plain"])
async def test_an_allowed_post_arrives_with_its_whole_body(
    reading: Running, app: RecorderApp, type_: str | None
) -> None:
    entered = await reading.enter()
    body = b'{"payment_method": "sepa"}' if type_ == "application/json" else b"q=all&page=2"
    headers = entered.headers | ({"Content-Type": type_} if type_ else {})
    answer = await reading.request("POST", "/search", headers, data=body)
    assert answer.status == 200
    assert [seen.body for seen in app.seen] == [body]


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("/search?+_method=DELETE", {"Content-Type": "text/plain"}, b"q=1"),
        ("/search?%20_method=DELETE", {"Content-Type": "text/plain"}, b"q=1"),
        ("/search", {"Content-Type": FORM}, b"q=1&_method=DELETE"),
        ("/search", {"Content-Type": "application/json"}, b'{"\\u005fmethod": "DELETE"}'),
        ("/search", {"Content-Type": "application/json"}, b'{"_method": "DELETE", }'),
        (
            "/search",
            {"Content-Type": "application/json", "Connection": "content-type"},
            b"_method=DELETE",
        ),
        (
            "/search",
            {"Content-Type": "multipart/mixed; boundary=b"},
            b'--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--b--',
        ),
        (
            "/search",
            {"Content-Type": FORM, "Content-Encoding": "gzip"},
            gzip.compress(b"_method=DELETE", mtime=0),
        ),
        (
            "/search",
            {"Content-Type": f"{FORM}; charset=utf-16"},
            "_method=DELETE".encode("utf-16"),
        ),
    ],
)
async def test_no_spelling_of_a_method_override_passes_in_look_only_mode(
    reading: Running, app: RecorderApp, target: str, headers: dict[str, str], body: bytes
) -> None:
    entered = await reading.enter()
    sent = "".join(f"{n}: {v}\r\n" for n, v in (entered.headers | headers).items())
    head = f"POST {target} HTTP/1.1\r\n{sent}Content-Length: {len(body)}\r\n"
    if "Connection" not in headers:
        head += "Connection: close\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", reading.port)
    writer.write(head.encode() + b"\r\n" + body)
    line = await reader.readline()
    writer.close()
    assert line.startswith(b"HTTP/1.1 403 ")
    assert app.seen == []


@pytest.mark.threat(43)
async def test_a_request_that_waits_for_the_app_is_never_sent_after_the_end(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    go = asyncio.Event()

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target == "/slow":
            await go.wait()
        writer.write(http())

    app.answer = slowly
    upstream = {"url": f"http://127.0.0.1:{app.port}", "max_connections": 1}
    async with running(tmp_path, store_url, site(app.port, upstream=upstream)) as gw:
        entered = await gw.enter(mode="read_write")
        slow = asyncio.create_task(gw.get("/slow", {"Host": HOST}))
        await asyncio.sleep(0.2)
        change = asyncio.create_task(gw.request("POST", "/change", entered.headers, data=b"x"))
        await asyncio.sleep(0.2)
        assert [seen.target for seen in app.seen] == ["/slow"]
        assert gw.gateway.live.under_way() == 1
        assert (await gw.api("DELETE", f"sessions/{entered.id}")).status == 204
        go.set()
        assert (await slow).status == 200
        with pytest.raises(ClientError):
            await change
        assert (await gw.get("/next", {"Host": HOST})).status == 200
        assert [seen.target for seen in app.seen] == ["/slow", "/next"]
        outcomes = [r for r in await gw.records() if r["kind"] == "request.outcome"]
        assert [(r["target"], r["reason"], r["complete"]) for r in outcomes] == [
            ("/change", "cut", False)
        ]


@pytest.mark.threat(7)
@pytest.mark.parametrize(
    "name", ["X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Method", "X-Original-Method"]
)
async def test_no_claim_about_a_requests_way_or_user_passes(
    gw: Running, app: RecorderApp, name: str
) -> None:
    entered = await gw.enter()
    for headers in ({"Host": HOST}, entered.headers):
        assert (await gw.get("/", headers | {name: "root"})).status == 200
    assert [seen.all(name) for seen in app.seen] == [[], []]


@pytest.mark.threat(8)
async def test_no_cookie_of_the_gateway_reaches_the_app(gw: Running, app: RecorderApp) -> None:
    ours = "; ".join(f"__Host-gateway_{name}={'a' * 32}" for name in ("operator", "form"))
    cookie = f"a=b; {ours}; __Host-gateway_jar=3; c=d"
    assert (await gw.get("/", {"Host": HOST, "Cookie": cookie})).status == 200
    assert app.seen[0].all("cookie") == [b"a=b; c=d"]


@pytest.mark.threat(40)
async def test_leaving_takes_the_jars_cookie_back(gw: Running, app: RecorderApp) -> None:
    entered = await gw.enter()
    app.reply = http(headers=("Set-Cookie: sid=1",))
    await gw.get("/", entered.headers)
    page = await gw.get("/_gateway/leave", entered.headers)
    token = (await page.text()).partition('name="token" value="')[2].partition('"')[0]
    left = await gw.request("POST", "/_gateway/leave", entered.headers, data={"token": token})
    dropped = [line.partition("=")[0] for line in left.headers.getall("Set-Cookie")]
    assert dropped == ["__Host-gateway_session", "__Host-gateway_jar"]


@pytest.mark.threat(22)
async def test_a_form_for_the_gateway_has_a_deadline(
    gw: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.proxy._IN_BAND", replace(_IN_BAND, body_timeout=0.1))
    for host, path in ((f"{'a' * 16}.{HOST}", "enter"), (CONSOLE, "sign-in")):
        answer = await gw.raw(
            f"POST /_gateway/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            f"Content-Type: {FORM}\r\nContent-Length: 20\r\n\r\na".encode()
        )
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"stood still for 0.1 seconds" in answer
