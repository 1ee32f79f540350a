"""Answers with a planted value in every place that rules hide, in every format and charset.

`RULES` hides all of them, so the value must not be in one byte that an operator receives: neither
as it is nor in any spelling of it (escapes, references, percent, other charsets, compressed).
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import zstandard

CANARY: Final = "4242-Canary-9817"
RULES: Final[dict[str, Any]] = {
    "categories": {"ids": "identity numbers"},
    "redaction": [
        {
            "id": "ids",
            "category": "ids",
            "fields": ["ssn"],
            "html": [".ssn"],
            "text": [f"/{CANARY}/"],
            "headers": ["X-Ssn", "X-Trace"],
        }
    ],
}
SHOWN: Final = "Shown-5532"


class Sample(NamedTuple):
    """A body with the canary, of a type that rules read, or block (`readable`: which)."""

    name: str
    content_type: str | None
    body: bytes
    readable: bool


def samples() -> Iterator[Sample]:
    """Give every format, with the canary in each place that the rules hide there."""
    row = {"ssn": CANARY, "open": SHOWN, "in": [{"ssn": {"deep": [CANARY]}}]}
    text = json.dumps(row)
    spelled = text.replace('"ssn"', '"\\u0073\\u0073n"')
    for name, content_type, body in (
        ("json", "application/json", text),
        ("json, escaped", "application/json", spelled),
        ("json, twice", "application/json", text.replace("{", f'{{"ssn": "{CANARY}", ', 1)),
        ("json, suffix", "application/problem+json", text),
        ("graphql", "application/graphql-response+json", json.dumps({"data": row})),
        ("page", "text/html", _page()),
        ("table", "text/csv", f'open;"in";S S N\r\n{SHOWN};"x\n;";"{CANARY}"\r\n'),
        ("table, tabs", "text/tab-separated-values", f"ssn\topen\n{CANARY}\t{SHOWN}\n"),
        ("plain text", "text/plain", f"{SHOWN}, {CANARY}\n{CANARY}"),
    ):
        yield Sample(name, content_type, body.encode(), True)
        yield Sample(f"{name}, BOM", content_type, b"\xef\xbb\xbf" + body.encode(), True)
        marked = "\ufeff" + body
        for codec in ("utf-16-le", "utf-16-be"):
            yield Sample(f"{name}, {codec}", content_type, marked.encode(codec), True)
        for label in ("iso-8859-1", "shift_jis", "euc-jp", "euc-kr", "gbk", "gb18030"):
            said = f"{content_type}; charset={label}"
            yield Sample(f"{name}, {label}", said, body.encode(label), True)
        for label in ("utf-7", "iso-2022-jp", "utf-16", "utf-32", "x-none"):
            said = f"{content_type}; charset={label}"
            yield Sample(f"{name}, {label}", said, body.encode(), False)
    yield from _in_other_clothes(text, spelled)
    form = f"open={SHOWN}&in%5Bssn%5D={CANARY}&s%73n={CANARY}"
    yield Sample("form", "application/x-www-form-urlencoded", form.encode(), True)
    yield Sample("json, text/plain", "text/plain", text.encode(), False)
    yield Sample("json, text/csv", "text/csv", text.encode(), False)
    for unread in (
        "application/pdf",
        "application/zip",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/msgpack",
        "application/octet-stream",
        "application/xml",
        "multipart/byteranges; boundary=x",
        "image/svg+xml",
        "text/html, application/json",
        "x",
        None,
    ):
        yield Sample(f"unread {unread}", unread, text.encode(), False)
    for passed in ("text/css", "text/javascript", "image/png", "font/woff2", "application/wasm"):
        yield Sample(f"mislabelled {passed}", passed, text.encode(), False)
        yield Sample(f"a page as {passed}", passed, _page().encode(), False)


def _in_other_clothes(*texts: str) -> Iterator[Sample]:
    """JSON in streams, in scripts and in parts; as it may come, and as nobody can be sure of it."""
    wide = " " * 2000
    part = "\r\n--x\r\nContent-Type: {}\r\n\r\n{}"
    for text in texts:
        for name, content_type, body in (
            ("lines", "application/x-ndjson", f"{text}\n\n{text}\r\n{text}"),
            ("sequence", "application/json-seq", f"\x1e{text}\n\x1e{{\n{text[1:]}\n"),
            ("events", "text/event-stream", f"id: 7\r\ndata: {text}\r\n\r\ndata:{text}\n\n"),
            ("events, lines", "text/event-stream", text.replace("{", "data: {\ndata:") + "\n\n"),
            ("events, unread", "text/event-stream", f":{text}\n\ndata: x{text}\n\nx: {text}\n\n"),
            ("events, cut", "text/event-stream", f"data: {text}\n"),
            ("jsonp", "text/javascript", f"/**/typeof a.b === 'function' && a.b({text});"),
            ("jsonp, wide", "application/javascript", f"{wide}// x\ncb({wide}[{text}] , {text} )"),
            ("guarded", "application/json", f")]}}',\n{text}"),
            (
                "parts",
                'multipart/mixed; boundary="x"',
                part.format("application/json", text) * 2
                + part.format("text/html", _page())
                + "\r\n--x--\r\n"
                + text,
            ),
        ):
            yield Sample(name, content_type, body.encode(), True)
        for name, content_type, body in (
            ("lines, not one each", "application/jsonl", f"{text}{text}"),
            ("sequence, cut", "application/json-seq", f"\x1e{text}"),
            ("script, wide", "text/javascript", f"{wide}/*{wide}*/{text}"),
            ("script, two calls", "text/javascript", f"cb({text});cb({text})"),
            ("style, wide", "text/css", f"/*{wide}*/{text}"),
            (
                "part, unread",
                "multipart/mixed; boundary=x",
                part.format("text/x", text) + "\r\n--x--",
            ),
            ("parts, no boundary", "multipart/mixed", text),
        ):
            yield Sample(name, content_type, body.encode(), False)


def _page() -> str:
    return (
        f"<!doctype html><title>x</title><p class=ssn>{CANARY}</p><p>{SHOWN}</p>"
        f"<div class='a ssn'><b title='{CANARY}'>{CANARY}</b></div>"
        f"<input class=ssn value='{CANARY}'><!-- <p class=ssn>{CANARY}</p> -->"
    )


CODINGS: Final = {
    "": lambda body: body,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
UNREAD_CODINGS: Final = {
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "compress": lambda body: body,
    "gzip, identity, br": lambda body: brotli.compress(gzip.compress(body)),
    "aes128gcm": lambda body: body,
}


def leaks(wire: bytes) -> bool:
    """Say whether the canary is in these bytes, under any spelling that somebody could undo."""
    body = wire.partition(b"\r\n\r\n")[2]
    seen = [wire, _dechunked(body)]
    for piece in list(seen):
        for undo in (gzip.decompress, zlib.decompress, brotli.decompress, _unzstd):
            try:
                seen.append(undo(piece))
            except (OSError, EOFError, zlib.error, brotli.error, zstandard.ZstdError):
                continue
    return any(spelling in each for each in seen for spelling in SPELLINGS)


def _unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 22)


def _dechunked(body: bytes) -> bytes:
    """A chunked body without its framing; good enough for what the gateway writes."""
    out = b""
    while (line := re.match(rb"([0-9a-f]+)\r\n", body)) is not None:
        size = int(line[1], 16)
        out += body[line.end() : line.end() + size]
        body = body[line.end() + size + 2 :]
    return out or body


def _spellings() -> Iterator[bytes]:
    plain = CANARY.encode()
    yield plain
    yield CANARY.encode("utf-16-le")
    yield CANARY.encode("utf-16-be")
    yield base64.b64encode(plain)[:16]
    yield "".join(f"\\u{ord(char):04x}" for char in CANARY).encode()
    yield "".join(f"&#{ord(char)};" for char in CANARY).encode()
    yield "".join(f"%{ord(char):02X}" for char in CANARY).encode()
    yield plain.hex().encode()


SPELLINGS: Final = tuple(_spellings())
