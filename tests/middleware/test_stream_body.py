"""A governed body gives the same bytes in any chunking, also compressed (laws 7 and 8)."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.middleware.governed_response import GovernedHead
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import plan_body
from gateway.middleware.read_body import read_whole
from gateway.middleware.stream_body import BodyStream
from gateway.redaction.rules import RedactionRule, compile_rules

RULES = compile_rules(
    [RedactionRule(id="n", category="notes", json=("$..note",), html=(".note",))],
    hash_key=b"k" * 32,
)
ORIGINS = Origins("https", "crm.example.com", "k.crm.example.com")
SELECTION = RULES.select("/", ())
PAGE = b"<!doctype html><p class=note>secret</p><p>open \xc3\xa9</p>" * 3
DATA = b'{"a": [{"note": "secret", "b": 1}]}'


class Pieces:
    def __init__(self, data: bytes, cuts: list[int]) -> None:
        edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        self._left = [data[start:end] for start, end in pairwise(edges)]

    def give(self, piece: bytes) -> None:
        self._left.append(piece)

    async def read(self) -> bytes:
        return self._left.pop(0) if self._left else b""


def head(kind: bytes, coding: bytes, status: int = 200) -> GovernedHead:
    return GovernedHead(status=status, fields=[], content_type=kind, coding=coding, cookies=[])


async def page(coding: bytes, cuts: list[int]) -> bytes:
    said = head(b"text/html; charset=utf-8", coding)
    plan = plan_body(said, SELECTION, document=True, max_readable=1 << 20, length=None)
    body = gzip.compress(PAGE) if coding else PAGE
    stream = BodyStream(plan, Pieces(body, cuts), b"<bar>")
    await stream.open()
    return await stream.rest()


@pytest.mark.threat(36)
@settings(max_examples=30)
@given(st.sampled_from([b"", b"gzip"]), st.lists(st.integers(0, 500), max_size=8))
def test_a_page_is_the_same_in_any_chunking(coding: bytes, cuts: list[int]) -> None:
    out = asyncio.run(page(coding, cuts))
    assert out == asyncio.run(page(b"", []))
    assert out.startswith(b"<!doctype html><bar>")
    assert b"secret" not in out
    assert out.count(b"open \xc3\xa9") == 3


@pytest.mark.threat(36)
@settings(max_examples=30)
@given(st.sampled_from([b"", b"gzip"]), st.lists(st.integers(0, 100), max_size=8))
def test_json_is_the_same_in_any_chunking(coding: bytes, cuts: list[int]) -> None:
    said = head(b"application/json", coding)
    plan = plan_body(said, SELECTION, document=False, max_readable=1 << 20, length=None)
    body = gzip.compress(DATA) if coding else DATA
    read = asyncio.run(read_whole(plan, Pieces(body, cuts)))
    assert b"secret" not in read.body
    assert [remark.count for remark in read.remarks] == [1]


@pytest.mark.threat(38)
@pytest.mark.parametrize(
    "kind",
    [
        b"application/xhtml+xml",
        b"image/svg+xml",
        b"text/xml",
        b"application/xhtml+xml charset=utf-8",
        b"image/svg+xml(x)",
        b"text/xml\tx",
    ],
)
def test_row_38_a_document_without_room_for_the_bar_is_refused(kind: bytes) -> None:
    with pytest.raises(Unreadable):
        plan_body(head(kind, b""), None, document=True, max_readable=1 << 20, length=None)


@pytest.mark.threat(38)
@pytest.mark.parametrize(
    "kind", [b"text/html charset=utf-8", b"TEXT/HTML (x)", b"text/html(x)", b"text/html\tx"]
)
async def test_row_38_a_type_that_browsers_take_for_html_gets_the_bar(kind: bytes) -> None:
    plan = plan_body(head(kind, b""), None, document=True, max_readable=1 << 20, length=None)
    stream = BodyStream(plan, Pieces(b"<p>hello", []), b"<bar>")
    await stream.open()
    assert await stream.read() == b"<bar><p>hello"
    assert stream.content_type == b"text/html; charset=utf-8"


def test_without_rules_or_bar_a_body_passes_in_its_own_coding() -> None:
    plan = plan_body(head(b"text/css", b"br"), None, document=False, max_readable=1, length=None)
    assert (plan.way, plan.coding) == ("pass", b"br")


@pytest.mark.parametrize("kind", [b"text/plain; charset=utf-8", b""])
def test_what_a_redirect_says_beside_its_address_stays_behind(kind: bytes) -> None:
    def plan(status: int) -> str:
        said = head(kind, b"", status)
        return plan_body(said, SELECTION, document=True, max_readable=1, length=9).way

    assert plan(302) == "drop"
    with pytest.raises(Unreadable):
        plan(200)


OLD_PAGES = {
    "shift_jis": "<!doctype html><p class=note>秘密</p><p>表示ソ</p>",
    "euc-jp": "<!doctype html><p class=note>秘密</p><p>表示</p>",
    "euc-kr": "<!doctype html><p class=note>비밀</p><p>보기</p>",
    "gbk": "<!doctype html><p class=note>秘密</p><p>显示</p>",
    "gb18030": "<!doctype html><p class=note>秘密</p><p>显示\U00020000</p>",
}


@pytest.mark.threat(35)
@pytest.mark.parametrize("label", OLD_PAGES)
async def test_row_35_a_page_is_read_in_its_own_charset(label: str) -> None:
    text = OLD_PAGES[label]
    source = Pieces(text.encode(label), list(range(1, 200)))
    plan = plan_body(
        head(b"text/html; charset=" + label.encode(), b""),
        SELECTION,
        document=True,
        max_readable=1 << 20,
        length=None,
    )
    stream = BodyStream(plan, source, b"<bar>")
    await stream.open()
    out = (await stream.rest()).decode(label)
    assert stream.content_type == b"text/html; charset=" + label.encode()
    assert out == "<!doctype html><bar><p>" + text.rpartition("<p>")[2]


@pytest.mark.threat(35)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 5000])
async def test_row_35_what_is_marked_as_utf_16_leaves_in_utf_8(codec: str, size: int) -> None:
    text = "\ufeff<!doctype html><p class=note>秘密</p><p>shown</p>" + "é" * size
    plan = plan_body(
        head(b"text/html", b""), SELECTION, document=True, max_readable=1 << 20, length=None
    )
    stream = BodyStream(plan, Pieces(text.encode(codec), list(range(1, 3000))), b"<bar>")
    await stream.open()
    out = (await stream.rest()).decode()
    assert stream.content_type == b"text/html; charset=utf-8"
    assert out == "<!doctype html><bar><p>shown</p>" + "é" * size


@pytest.mark.threat(35)
async def test_row_35_json_that_is_marked_as_utf_16_leaves_in_utf_8() -> None:
    body = '\ufeff{"note": "秘密", "b": "é"}'.encode("utf-16-le")
    said = head(b"application/json; charset=utf-16", b"")
    plan = plan_body(said, SELECTION, document=False, max_readable=1 << 20, length=None)
    read = await read_whole(plan, Pieces(body, [1, 5]))
    assert read.body.decode() == '{"b":"é"}'
    assert read.content_type == b"application/json; charset=utf-8"


def _zlib(wbits: int) -> Callable[[], Callable[[bytes], bytes]]:
    def make() -> Callable[[bytes], bytes]:
        engine = zlib.compressobj(wbits=wbits)
        return lambda data: engine.compress(data) + engine.flush(zlib.Z_SYNC_FLUSH)

    return make


def _brotli() -> Callable[[bytes], bytes]:
    engine = brotli.Compressor()
    return lambda data: engine.process(data) + engine.flush()


def _zstd() -> Callable[[bytes], bytes]:
    engine = zstandard.ZstdCompressor().compressobj()
    return lambda data: engine.compress(data) + engine.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


FLUSHING: dict[bytes, Callable[[], Callable[[bytes], bytes]]] = {
    b"": lambda: bytes,
    b"gzip": _zlib(31),
    b"deflate": _zlib(15),
    b"br": _brotli,
    b"zstd": _zstd,
}
STREAMS = {
    b"text/event-stream": (b'data: {"note": "secret"}\n\n', b"data: {}\n\n"),
    b"application/x-ndjson": (b'{"note": "secret"}\n', b"{}\n"),
    b"application/json-seq": (b'\x1e{"note": "secret"}\n', b"\x1e{}\n"),
    b"multipart/mixed; boundary=a": (
        b'\r\n--a\r\nContent-Type: application/json\r\n\r\n{"note": "secret"}\r\n--a',
        b"\r\n--a\r\nContent-Type: application/json\r\n\r\n{}\r\n--a",
    ),
}


@pytest.mark.threat(36)
@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("coding", FLUSHING)
async def test_row_36_a_part_of_a_stream_waits_for_nothing(coding: bytes, kind: bytes) -> None:
    plan = plan_body(
        head(kind, coding), SELECTION, document=False, max_readable=1 << 20, length=None
    )
    part, left = STREAMS[kind]
    pack = FLUSHING[coding]()
    source = Pieces(b"", [])
    stream = BodyStream(plan, source)
    await stream.open()  # reads nothing: an empty source would be the body's end
    source.give(pack(part))
    assert await stream.read() == left
    part, left = part.removeprefix(b"\r\n--a"), left.removeprefix(b"\r\n--a")
    source.give(pack(part))
    assert await stream.read() == left


@pytest.mark.parametrize(
    ("kind", "selected", "body", "shown"),
    [
        (
            b"text/html; charset=utf-8",
            True,
            b"<!doctype html><p class=note>%b</p><a href='%b/'>%b</a>",
            b"<!doctype html><bar><a href='%b/'>https://crm.example.com</a>",
        ),
        (b"text/javascript", False, b"api = '%b/'", b"api = '%b/'"),
        (b"application/json", False, b'{"api": "%b/"}', b'{"api": "https://crm.example.com/"}'),
    ],
)
def test_links_are_mapped_after_what_is_hidden_and_before_the_bar(
    kind: bytes, selected: bool, body: bytes, shown: bytes
) -> None:
    selection = SELECTION if selected else None
    said = body.replace(b"%b", b"https://crm.example.com")
    plan = plan_body(
        head(kind, b""),
        selection,
        document=selected,
        max_readable=1 << 20,
        length=len(said),
        map_links=True,
    )

    async def read() -> bytes:
        stream = BodyStream(plan, Pieces(said, [7, 20]), b"<bar>", ORIGINS)
        await stream.open()
        return await stream.rest()

    assert (plan.way == "pass") == (kind == b"application/json")
    assert asyncio.run(read()) == shown.replace(b"%b", b"https://k.crm.example.com")
