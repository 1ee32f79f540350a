"""Targets on an answer's way out: framing, heads, cookies, codings, policies, pages and data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from gateway.banner.csp import widen
from gateway.banner.inject import Injector
from gateway.errors import Unreadable, UpstreamError
from gateway.middleware.governed_response import governed_head_of
from gateway.middleware.links.mapper import Kind, LinkMapper
from gateway.middleware.origins import Origins
from gateway.middleware.response_to_client import lines
from gateway.redaction.charsets import Text, text_encoding
from gateway.redaction.encodings import decoder
from gateway.redaction.formats import FORMATS
from gateway.redaction.json import redact_json
from gateway.redaction.json_stream import JsonStream
from gateway.redaction.redactor import Body, Redactor
from gateway.upstream.response_reader import ResponseReader
from tests.fuzz.cutting import cut
from tests.redaction.support import rule, select

_ORIGINS = Origins("http", "crm.example.com", "k3f9.crm.example.com")
SELECTION = select(rule("ssn", fields=["ssn"], html=[".ssn", "td[data-k=ssn]"], text=["/[0-9]+x/"]))
_CAP = 4096
_BAR = b"<bar>"
KINDS: tuple[Kind, ...] = ("markup", "text")
_MAPPED = re.compile(rb"https?|wss?|:80|:443|k3f9\.", re.IGNORECASE)
_CODINGS = ("gzip", "deflate", "br", "zstd", "")


class _Reader(Protocol):
    def feed(self, data: bytes) -> bytes: ...
    def close(self) -> bytes: ...


def run(make: Callable[[], _Reader], pieces: list[bytes]) -> bytes | None:
    """What comes out in the end, None where it was blocked."""
    reader = make()
    try:
        return b"".join([*(reader.feed(piece) for piece in pieces), reader.close()])
    except Unreadable:
        return None


def alike(make: Callable[[], _Reader], data: bytes) -> bytes | None:
    """As `run`, and the same in any chunking."""
    whole, pieces = cut(data)
    once, again = run(make, [whole]), run(make, pieces)
    assert once == again, "the output depends on the chunking"
    return once


def framing(data: bytes) -> None:
    """An answer is read alike in any chunking, and its head leaves as fields of one line each."""

    def read(pieces: list[bytes]) -> tuple[object, bytes, bool]:
        reader, body = ResponseReader("GET", 2000), b""
        try:
            for piece in pieces:
                if reader.done:
                    raise UpstreamError("surplus", "bytes after the end")
                body += reader.feed(piece)
            reader.eof()
        except UpstreamError:
            return reader.head, b"", True
        return reader.head, body, False

    whole, pieces = cut(data)
    once, again = read([whole]), read(pieces)
    assert once == again, "the answer depends on the chunking"
    if not once[2]:
        _leaves(whole)


def _leaves(data: bytes) -> None:
    reader = ResponseReader("GET", 2000)
    reader.feed(data)
    assert reader.head is not None
    try:
        answer = governed_head_of(reader.head, _ORIGINS)
    except UpstreamError:
        return
    written = lines(widen(tuple(answer.fields), bar_base="http://k/_gateway/", nonce="bm9uY2U"))
    fields = written.split(b"\r\n")
    assert fields.pop() == b""
    assert not [field for field in fields if b"\n" in field or b"\r" in field or b"\0" in field]
    assert len(fields) == len(answer.fields)
    assert b"set-cookie" not in {field.partition(b":")[0].lower() for field in fields}


def policies(data: bytes) -> None:
    """A policy still holds all it held, and lets the bar in."""
    value = data.replace(b"\r", b" ").replace(b"\n", b" ")
    ((_, once),) = widen(
        ((b"Content-Security-Policy", value),), bar_base="http://k/_gateway/", nonce="bm9uY2U"
    )
    assert once.count(b",") == value.count(b","), "a policy was lost or made"
    ((_, twice),) = widen(
        ((b"Content-Security-Policy", once),), bar_base="http://k/_gateway/", nonce="bm9uY2U"
    )
    assert twice == once, "what lets the bar in was not seen to do so"


def codings(data: bytes) -> None:
    """No coding makes more than it may, and what is cut differently gives the same."""
    if not data:
        return
    coding = _CODINGS[data[0] % len(_CODINGS)]
    out = alike(lambda: decoder(coding, cap=100_000, ratio=200), data[1:])
    assert out is None or len(out) <= 100_000


def bars(data: bytes) -> None:
    """The bar goes in once, and not one byte of the page is lost."""
    out, page = alike(lambda: Injector(_BAR), data), cut(data)[0]
    if out is not None:
        places = [place.start() for place in re.finditer(re.escape(_BAR), out)]
        # A page that ends within a comment gets its end: else the bar would be a part of it.
        ends = (b"", b"-", b">", b"->", b"-->")
        assert any(out[:at] + out[at + len(_BAR) :] == page + end for at in places for end in ends)


def links(data: bytes) -> None:
    """Links are mapped, and everything else stays as it was."""
    for kind in KINDS:
        out = alike(lambda kind=kind: LinkMapper(kind, _ORIGINS), data)  # type: ignore[misc]
        assert out is not None
        assert _MAPPED.sub(b"", out).lower() == _MAPPED.sub(b"", cut(data)[0]).lower()


def charsets(data: bytes) -> None:
    """Text of a charset comes back as the bytes that it was read from, or is refused."""
    head, _, body = data.partition(b"\n")
    try:
        charset = text_encoding(b"text/html; charset=" + head, body, html=True)
    except Unreadable:
        return
    alike(lambda: _Through(Text(charset.source or charset.codec)), body)


class _Through:
    def __init__(self, text: Text) -> None:
        self._text = text

    def feed(self, data: bytes) -> bytes:
        return self._text.read(data).encode(errors="surrogatepass")

    def close(self) -> bytes:
        return self._text.read(b"", last=True).encode(errors="surrogatepass")


def objects(data: bytes) -> None:
    """JSON gives the same as a whole and as a stream, and nothing hidden is in it."""
    text = cut(data)[0]
    try:
        whole: bytes | None = redact_json(text, SELECTION)[0] if text else None
    except Unreadable:
        whole = None
    streamed = alike(lambda: JsonStream(SELECTION, "utf-8", _CAP), data)
    if streamed is not None:
        shown = _decoded(streamed)
        assert "ssn" not in _names(shown)
        assert whole is None or _decoded(whole) == shown
    if whole is not None:
        assert "ssn" not in _names(_decoded(whole))


def _decoded(text: bytes) -> Any:
    return json.loads(text.removeprefix(b"\xef\xbb\xbf"), parse_int=str, parse_float=str)


def _names(value: Any) -> set[str]:
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.update(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def formats(data: bytes) -> None:
    """Every format gives the same in any chunking, or blocks."""
    if not data:
        return
    kinds = sorted(FORMATS)
    kind = kinds[data[0] % len(kinds)]
    types = {"multipart": b"multipart/mixed; boundary=x"}
    body = Body(types.get(kind, b""), "utf-8", _CAP)

    def make() -> Redactor:
        return FORMATS[kind].make(SELECTION, body)

    alike(make, data[1:])
