"""Operators see the button in the app's own pages; nobody else sees a byte of it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import HOST, running, site
from tests.e2e.recorder_app import RecorderApp, http

PLACES = [{"path": "/employees/{id}", "selector": ".profile h1", "position": "after"}]
PAGE = b"<!doctype html><html><body><div class=profile><h1>Jonas</h1></div></body></html>"
HTML = "text/html; charset=utf-8"
PLAIN = {"Host": HOST, "Accept-Encoding": "gzip"}
ADA = PLAIN | {"X-Auth-User": "ada"}
SIGN_IN: dict[str, dict[str, Any]] = {
    "local": {},
    "trusted_header": {"name": "X-Auth-User", "peers": ["127.0.0.1"]},
    "jwt": {
        "header": "X-Auth-Token",
        "issuer": "test",
        "audience": "gateway",
        "algorithm": "ES256",
        "jwks_file": "jwks.json",
    },
}
BEARER = SIGN_IN | {"jwt": {k: v for k, v in SIGN_IN["jwt"].items() if k != "header"}}
CACHED = (
    'ETag: "1"',
    "Cache-Control: public, max-age=60",
    "Content-Security-Policy: default-src x",
)


async def test_operators_get_the_button_by_header_and_by_token(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML, headers=CACHED)
    said = site(app.port, act_button=PLACES)
    async with running(tmp_path, store_url, said, sign_in=SIGN_IN) as gw:
        for proof in ({"X-Auth-User": "ada"}, {"X-Auth-Token": gw.token()}):
            asks = {"If-None-Match": '"1"', "Range": "bytes=0-5"}
            answer = await gw.get("/employees/jonas?tab=1", PLAIN | proof | asks)
            body = await answer.read()
            url = f"http://{HOST}/_gateway/act.js"
            tag = body.removeprefix(b"<!doctype html>").partition(b"</script>")[0]
            assert tag.startswith(f"<script src='{url}'".encode())
            assert body.replace(tag + b"</script>", b"") == PAGE
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert "ETag" not in answer.headers
            assert answer.headers["Content-Security-Policy"] == (
                f"default-src x; script-src-elem x {url}"
            )
            seen = app.seen[-1]
            assert seen.all("Accept-Encoding") == [b"identity"]
            assert not seen.all("If-None-Match")
            assert not seen.all("Range")
            script = await gw.get("/_gateway/act.js", PLAIN | proof)
            assert b"/employees/" in await script.read()
            assert script.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Auth-User": "nobody"},
        {"X-Auth-Token": "forged"},
        {"X-Auth-User": "ada", "X_Auth_User": "ada"},
    ],
)
async def test_nobody_else_sees_a_byte_changed(
    app: RecorderApp, tmp_path: Path, store_url: str, headers: dict[str, str]
) -> None:
    said = site(app.port, act_button=PLACES)
    async with running(tmp_path, store_url, said, sign_in=SIGN_IN) as gw:
        for reply in (
            http(PAGE, type_=HTML, headers=CACHED),
            http(gzip.compress(PAGE), type_=HTML, headers=("Content-Encoding: gzip",)),
            http(PAGE, type_=HTML, status="404 Not Found"),
        ):
            app.reply = reply
            answer = await gw.get("/employees/jonas", PLAIN | headers)
            assert await answer.read() == reply.partition(b"\r\n\r\n")[2]
            assert answer.headers.get("ETag") == ('"1"' if b"ETag" in reply else None)
            assert app.seen[-1].all("Accept-Encoding") == [b"gzip"]
        script = await gw.get("/_gateway/act.js", PLAIN | headers)
        assert await script.read() == b""


@pytest.mark.parametrize(
    ("path", "type_", "body", "more"),
    [
        ("/employees", HTML, PAGE, ()),
        ("/employees/jonas", "text/html", PAGE, ()),
        ("/employees/jonas", "text/html; charset=utf-16le", PAGE, ()),
        ("/employees/jonas", "application/json", b"{}", ()),
        ("/employees/jonas", HTML, b"\xff\xfe<\0h\0", ()),
        ("/employees/jonas", HTML, b"<!-- never ends", ()),
        ("/employees/jonas", HTML, b"", ()),
        ("/employees/jonas", HTML, b"sealed", ("Content-Encoding: zz",)),
    ],
)
async def test_what_is_no_page_that_can_be_read_passes_untouched(
    app: RecorderApp,
    tmp_path: Path,
    store_url: str,
    path: str,
    type_: str,
    body: bytes,
    more: tuple[str, ...],
) -> None:
    app.reply = http(body, type_=type_, headers=more)
    said = site(app.port, act_button=PLACES)
    async with running(tmp_path, store_url, said, sign_in=SIGN_IN) as gw:
        data = await gw.raw(
            f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Auth-User: ada\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert b"act.js" not in data
        answer = await gw.get(path, ADA | {"Accept-Encoding": "br"})
        assert await answer.read() == body


async def test_a_question_about_a_page_and_an_answer_without_one_pass_untouched(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    said = site(app.port, act_button=PLACES)
    asks = {"If-None-Match": '"1"'}
    async with running(tmp_path, store_url, said, sign_in=SIGN_IN) as gw:
        app.reply = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
        for method in ("HEAD", "GET"):
            answer = await gw.request(method, "/employees/jonas", ADA | asks)
            assert (answer.status, answer.headers["ETag"]) == (304, '"1"')
            assert app.seen[-1].all("If-None-Match") == ([b'"1"'] if method == "HEAD" else [])
        app.reply = http(PAGE, type_=HTML, status="206 Partial Content", headers=CACHED)
        answer = await gw.get("/employees/jonas", ADA)
        assert (await answer.read(), answer.headers["ETag"]) == (PAGE, '"1"')


async def test_no_button_where_the_config_names_no_place(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML)
    async with running(tmp_path, store_url, site(app.port), sign_in=SIGN_IN) as gw:
        assert await (await gw.get("/employees/jonas", ADA)).read() == PAGE


async def test_no_button_inside_a_session(app: RecorderApp, tmp_path: Path, store_url: str) -> None:
    app.reply = http(PAGE, type_=HTML)
    said = site(app.port, act_button=PLACES)
    async with running(tmp_path, store_url, said, sign_in=BEARER) as gw:
        session = await gw.enter()
        answer = await gw.get("/employees/jonas", session.headers | {"X-Auth-User": "ada"})
        body = await answer.read()
        assert b"bar.js" in body
        assert b"act.js" not in body
