"""Media types: what can be redacted, what need not be, and all the rest."""

from __future__ import annotations

import pytest

from gateway.redaction.media import Handling, handling


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        (b"application/json", "json"),
        (b"Application/JSON; charset=utf-8", "json"),
        (b"application/problem+json", "json"),
        (b"application/vnd.api+json;v=1", "json"),
        (b"text/json", "json"),
        (b"text/html", "html"),
        (b" TEXT/HTML ;charset=utf-8", "html"),
        (b"application/x-ndjson", "lines"),
        (b"application/jsonl", "lines"),
        (b"application/stream+json", "lines"),
        (b"application/json-seq", "sequence"),
        (b"application/geo+json-seq", "sequence"),
        (b"text/event-stream;charset=utf-8", "events"),
        (b"text/javascript; charset=utf-8", "script"),
        (b'multipart/mixed; boundary="-"; deferSpec=20220824', "multipart"),
        (b"text/csv; header=present", "table"),
        (b"application/csv", "table"),
        (b"text/tab-separated-values", "table"),
        (b"application/x-www-form-urlencoded;charset=UTF-8", "form"),
        (b"text/plain", "text"),
        (b"text/markdown", "text"),
        (b"text/css", "pass"),
        (b"image/png", "pass"),
        (b"font/woff2", "pass"),
        (b"audio/mpeg", "pass"),
        (b"video/mp4", "pass"),
        (b"application/wasm", "pass"),
    ],
)
def test_a_known_type_is_handled(content_type: bytes, kind: Handling) -> None:
    assert handling(content_type) == kind


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"json",
        b"*/*",
        b"application/json, text/css",
        b"text/css, application/json",
        b"text/html text/css",
        b"text/ html",
        b"text/html\xff",
        b"text/xml",
        b"application/xml",
        b"application/xhtml+xml",
        b"image/svg+xml",
        b"application/pdf",
        b"application/octet-stream",
        b"application/json5",
        b"multipart/byteranges",
        b"multipart/related; boundary=a",
        b"multipart/form-data; boundary=a",
        b"multipart/x-mixed-replace; boundary=a",
        b"application/msgpack",
        b"application/zip",
        b"application/vnd.ms-excel",
        b"text/rtf",
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
)
@pytest.mark.threat(31)
def test_row_31_any_other_type_is_blocked(content_type: bytes) -> None:
    assert handling(content_type) == "block"
