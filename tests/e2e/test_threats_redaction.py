"""Threat rows 30 and 32 to 38: a hidden value leaves in no spelling, coding, part, copy or place.

The canary is hidden everywhere by rule. A test looks for it in every byte that came back.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import pytest
import zstandard

from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http

CANARY = "K4N4R1-5d2e"
RULES: dict[str, Any] = {
    "categories": {"secret": "Secrets"},
    "max_readable": "1MiB",
    "redaction": [
        {
            "id": "ssn",
            "category": "secret",
            "fields": ["ssn"],
            "html": [".ssn"],
            "headers": ["X-Ssn", "Link"],
        }
    ],
}
JSON = "application/json"
HTML = "text/html; charset=utf-8"
PAGE = f"<!doctype html><title>Page</title><p>Hi <b class=ssn>{CANARY}</b></p>".encode()
ENCODINGS = ("utf-8", "utf-7", "utf-16-le", "utf-16-be", "utf-32-le", "iso2022_jp")


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gateway:
        yield gateway


class Operator:
    """Sends requests of one session as bytes, and searches all bytes of each answer."""

    def __init__(self, gw: Running, session: Entered) -> None:
        self._gw = gw
        self._own = (f"Host: {session.host}", f"Cookie: {session.cookie}", "Connection: close")

    async def ask(self, start: str = "GET /", *lines: str) -> tuple[int, bytes, bytes]:
        """Give status, head in lower case, and body; nothing of the canary is in the answer."""
        head = "\r\n".join([f"{start} HTTP/1.1", *self._own, *lines])
        answer = await self._gw.raw(f"{head}\r\n\r\n".encode())
        head_bytes, _, body = answer.partition(b"\r\n\r\n")
        if b"\r\ntransfer-encoding: chunked" in head_bytes.lower():
            body = unchunked(body)
        if b"\r\ncontent-encoding: gzip" in head_bytes.lower():
            body = gzip.decompress(body)
        for encoding in ENCODINGS:
            assert CANARY.encode(encoding) not in body + head_bytes, encoding
        return int(head_bytes.split(b" ", 2)[1]), head_bytes.lower(), body


def unchunked(data: bytes) -> bytes:
    """A chunked body as a client reads it; without the last chunk it is cut short."""
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        if size == b"0":
            return body
        body, data = body + data[: int(size, 16)], data[int(size, 16) + 2 :]
    return body + b"<cut>"


@pytest.fixture
async def operator(gw: Running) -> Operator:
    return Operator(gw, await gw.enter())


@pytest.mark.threat(30)
async def test_row_30_json_is_read_strictly_and_written_from_what_was_read(
    app: RecorderApp, operator: Operator
) -> None:
    kept = '{"n":12345678901234567890123,"f":1.50,"e":1e400,"z":-0.0}'
    for body, left in (
        (f'{{"ssn":"{CANARY}",{kept[1:]}', kept),
        (f'{{"\\u0073\\u0073n":"{CANARY}",{kept[1:]}', kept),
        (f'{{"a":{{"a":[[{{"ss\\u006E":["{CANARY}"]}}]]}}}}', '{"a":{"a":[[{}]]}}'),
        ("[" * 90 + f'{{"ssn":"{CANARY}"}}' + "]" * 90, "[" * 90 + "{}" + "]" * 90),
    ):
        app.reply = http(body.encode(), type_=JSON)
        status, _, answered = await operator.ask()
        assert (status, answered) == (200, left.encode())


@pytest.mark.threat(30)
async def test_row_30_what_two_parsers_could_read_differently_is_502(
    app: RecorderApp, operator: Operator
) -> None:
    own = f'"ssn":"{CANARY}"'
    for body in (
        f'{{"ssn":null,"ssn":"{CANARY}"}}',
        f'{{"a":NaN,{own}}}',
        f'{{"a":Infinity,{own}}}',
        f"\ufeff\ufeff{{{own}}}",
        f'{{{own},"a":"\ud800"}}',
        f'{{{own},"\\ud800":1}}',
        f"{{{own}}}{{{own}}}",
        f"{{{own}",
        f"{{{own},}}",
        f"{{'ssn':'{CANARY}'}}",
        f"{{ssn:'{CANARY}'}}",
        f"{{/**/{own}}}",
        f'{{"a":01,{own}}}',
        f'{{"a":"\t",{own}}}',
        "[" * 100_000 + f"{{{own}}}" + "]" * 100_000,
        '{"a":' * 5_000 + f"{{{own}}}" + "}" * 5_000,
        f")]}}'\n{{{own}}}",
    ):
        app.reply = http(body.encode("utf-8", "surrogatepass"), type_=JSON)
        status, _, left = await operator.ask()
        assert status == 502 or b"ssn" not in left, body[:80]


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=1),
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.threat(32)
async def test_row_32_the_app_is_asked_for_what_is_read_and_a_known_coding_is_undone(
    app: RecorderApp, operator: Operator
) -> None:
    for coding, coder in CODERS.items():
        for type_, body in ((JSON, f'{{"ssn":"{CANARY}","a":1}}'.encode()), (HTML, PAGE)):
            packed = coder(body)
            app.reply = http(packed, type_=type_, headers=(f"Content-Encoding: {coding}",))
            for said, asked in (("br, zstd, *;q=0", b"identity"), ("gzip, br", b"gzip")):
                status, _, left = await operator.ask("GET /", f"Accept-Encoding: {said}")
                assert (status, b"Hi" in left or left == b'{"a":1}') == (200, True), coding
                assert app.seen[-1].all("Accept-Encoding") == [asked]


@pytest.mark.threat(32)
async def test_row_32_an_unknown_doubled_or_broken_coding_is_502(
    app: RecorderApp, operator: Operator
) -> None:
    body = f'{{"ssn":"{CANARY}"}}'.encode()
    packed = gzip.compress(body)
    for codings, sent in (
        (("gzip, gzip",), gzip.compress(packed)),
        (("gzip", "gzip"), gzip.compress(packed)),
        (("gzip", "br"), brotli.compress(packed)),
        (("compress",), body),
        (("aes128gcm",), body),
        (("gzip;q=1",), packed),
        (('"gzip"',), packed),
        (("gzip",), body),
        (("gzip",), packed[:-9]),
        (("gzip",), packed + body),
        (("br",), packed),
    ):
        headers = tuple(f"Content-Encoding: {coding}" for coding in codings)
        app.reply = http(sent, type_=JSON, headers=headers)
        assert (await operator.ask())[0] == 502, codings


@pytest.mark.threat(32)
async def test_row_32_a_bomb_ends_at_the_cap(app: RecorderApp, operator: Operator) -> None:
    for coding, coder in CODERS.items():
        bomb = coder(b"[" + b"0," * (8 << 20) + b'{"ssn":"' + CANARY.encode() + b'"}]')
        app.reply = http(bomb, type_=JSON, headers=(f"Content-Encoding: {coding}",))
        assert (await operator.ask())[0] == 502, coding


@pytest.mark.threat(33)
async def test_row_33_nobody_asks_for_a_part_and_a_part_is_502(
    app: RecorderApp, operator: Operator
) -> None:
    whole = f'{{"ssn":"{CANARY}"}}'.encode()
    app.reply = http(whole, type_=JSON)
    asked = ("Range: bytes=9-", 'If-Range: "v1"')
    assert (await operator.ask("GET /", *asked))[2] == b"{}"
    assert app.seen[-1].all("Range") + app.seen[-1].all("If-Range") == []
    part = f"Content-Range: bytes 9-{len(whole) - 1}/{len(whole)}"
    for piece in (whole[9:], b'{"a":1}'):  # one that can be read is as little the whole
        app.reply = http(piece, status="206 Partial Content", type_=JSON, headers=(part,))
        assert (await operator.ask("GET /", *asked))[0] == 502
    parts = b"--b\r\n" + part.encode() + b"\r\n\r\n" + whole[9:] + b"\r\n--b--\r\n"
    for status in ("206 Partial Content", "200 OK"):
        app.reply = http(parts, status=status, type_="multipart/byteranges; boundary=b")
        assert (await operator.ask("GET /", *asked))[0] == 502


@pytest.mark.threat(34)
async def test_row_34_a_copy_of_somebody_else_is_never_asked_for_kept_or_believed(
    gw: Running, app: RecorderApp
) -> None:
    async def own(seen: Seen, writer: asyncio.StreamWriter) -> None:
        (user,) = seen.all("X-Remote-User")
        copy = ('ETag: "v1"', "Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT", "Age: 9")
        keep = ("Cache-Control: public, max-age=9", "Expires: Fri, 01 Jan 2038 00:00:00 GMT")
        writer.write(http(user, type_="text/css", headers=(*copy, *keep, "Vary: Accept-Language")))

    app.answer = own
    asked = (
        *('If-None-Match: "v1"', "If-Modified-Since: Sun, 22 Nov 2026 00:00:00 GMT"),
        *('If-Match: "v1"', "If-Unmodified-Since: Sun, 22 Nov 2026 00:00:00 GMT", "A-IM: vcdiff"),
    )
    for subject in ("jonas", "priya", "jonas"):
        operator = Operator(gw, await gw.enter(subject=subject))
        status, head, body = await operator.ask("GET /same.css", *asked)
        assert (status, body) == (200, subject.encode())
        assert b"\r\ncache-control: no-store" in head
        assert b"\r\nvary: accept-language" in head
        for gone in (b"etag", b"last-modified", b"age", b"expires", b"public"):
            assert b"\r\n" + gone + b":" not in head
        for line in asked:
            assert app.seen[-1].all(line.partition(":")[0]) == []
    app.answer, app.reply = None, b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
    assert (await operator.ask("GET /same.css", *asked))[0] == 502


@pytest.mark.threat(35)
async def test_row_35_a_charset_that_is_not_known_is_blocked(
    app: RecorderApp, operator: Operator
) -> None:
    for label, codec in (
        ("utf-7", "utf-7"),
        ("iso-2022-jp", "iso2022_jp"),
        ("hz-gb-2312", "hz"),
        ("utf-32", "utf-32"),
        ("ibm037", "cp037"),
        ("x-user-defined", "latin-1"),
        ("none-such", "utf-8"),
        ("utf-8; charset=utf-7", "utf-7"),
    ):
        for essence, text in (("text/html", PAGE.decode()), (JSON, f'{{"ssn":"{CANARY}"}}')):
            app.reply = http(text.encode(codec), type_=f"{essence}; charset={label}")
            assert (await operator.ask())[0] == 502, (label, essence)


@pytest.mark.threat(35)
async def test_row_35_a_wrong_or_missing_charset_hides_nothing(
    app: RecorderApp, operator: Operator
) -> None:
    for text, essence in ((PAGE.decode(), "text/html"), (f'{{"ssn":"{CANARY}"}}', JSON)):
        for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"):
            for label in ("", "; charset=utf-8", "; charset=windows-1252"):
                app.reply = http(text.encode(codec), type_=essence + label)
                await operator.ask()
    for meta in ("utf-7", "iso-2022-jp", "x-user-defined"):
        page = PAGE.replace(b"<title>", f"<meta charset={meta}><title>".encode())
        app.reply = http(page, type_="text/html")
        assert (await operator.ask())[0] == 502, meta


@pytest.mark.threat(37)
async def test_row_37_heads_errors_redirects_and_headers_are_under_the_same_rules(
    app: RecorderApp, operator: Operator
) -> None:
    body = f'{{"ssn":"{CANARY}","a":1}}'.encode()
    hidden = (
        f"X-SSN: {CANARY}",
        f"Link: </{CANARY}>; rel=next",
        f"Set-Cookie: ssn={CANARY}; HttpOnly",
    )
    for status in ("200 OK", "404 Not Found", "500 Oops", "401 Unauthorized", "302 Found"):
        app.reply = http(body, status=status, type_=JSON, headers=(*hidden, "Location: /next"))
        said, head, left = await operator.ask()
        assert (said, left) == (int(status[:3]), b'{"a":1}')
        assert b"\r\nx-ssn" not in head
        assert b"\r\nset-cookie: ssn" not in head
        app.reply = http(PAGE, status=status, type_=HTML, headers=hidden)
        said, _, left = await operator.ask()
        assert (said, b"Hi" in left) == (int(status[:3]), True)
    app.reply = http(b"", type_=JSON, headers=hidden).replace(b"Length: 0", b"Length: 35")
    said, head, left = await operator.ask("HEAD /")
    assert (said, left) == (200, b"")
    assert b"content-length" not in head  # it would tell how much is hidden
    app.reply = http(CANARY.encode(), status="302 Found", headers=("Location: /next",))
    said, head, left = await operator.ask()
    assert (said, left) == (302, b"")
    assert b"\r\nlocation: /next" in head


@pytest.mark.threat(38)
async def test_row_38_no_document_leaves_without_the_bar(
    app: RecorderApp, operator: Operator
) -> None:
    def chunked(page: bytes) -> bytes:
        pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in page)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head.encode() + pieces + b"0\r\n\r\n"

    until_close = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nConnection: close\r\n\r\n".encode()
    coded = (
        http(coder(PAGE), type_=HTML, headers=(f"Content-Encoding: {coding}",))
        for coding, coder in CODERS.items()
    )
    document = ("Accept: text/html", "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate")
    for reply in (
        *coded,
        chunked(PAGE),
        http(PAGE, type_="TEXT/HTML"),
        http(PAGE, type_="text/html;x", status="503 Away"),
        http(b"", type_=HTML),
        http(b"just text", type_=HTML),
    ):
        app.reply = reply
        _, _, page = await operator.ask("GET /", *document)
        assert b"/_gateway/bar.js" in page, reply[:200]

    async def and_close(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(until_close + PAGE)
        writer.close()

    app.answer = and_close
    assert b"/_gateway/bar.js" in (await operator.ask("GET /", *document))[2]


@pytest.mark.threat(38)
async def test_row_38_a_document_that_cannot_carry_the_bar_is_refused(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:  # no rules: the bar alone
        operator = Operator(gw, await gw.enter())
        document = ("Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate")
        page = PAGE.replace(CANARY.encode(), b"x")
        for type_, body in (
            ("application/xhtml+xml", page),
            ("text/xml", page),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("multipart/x-mixed-replace; boundary=b", page),
            ("text/plain, text/html", page),
            ("text/html; charset=utf-16", page.decode().encode("utf-16-le")),
            ("text/html; charset=iso-2022-jp", page),
        ):
            app.reply = http(body, type_=type_)
            assert (await operator.ask("GET /", *document))[0] == 502, type_
        for coding in ("gzip, gzip", "compress"):
            app.reply = http(page, type_=HTML, headers=(f"Content-Encoding: {coding}",))
            assert (await operator.ask("GET /", *document))[0] == 502, coding
        reasons = {r["reason"] for r in await gw.records() if r["kind"] == "request.outcome"}
        assert "document_without_bar" in reasons
