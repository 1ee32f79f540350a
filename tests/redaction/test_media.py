"""Media types: what can be redacted, what need not be, and all the rest."""

from __future__ import annotations

import pytest

from gateway.redaction.media import Handling, handling, sniff_contradicts


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
        (b"text/css", "pass"),
        (b"text/javascript; charset=utf-8", "pass"),
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
        b"text/plain",
        b"text/csv",
        b"text/xml",
        b"application/xml",
        b"application/xhtml+xml",
        b"image/svg+xml",
        b"application/pdf",
        b"application/octet-stream",
        b"application/x-ndjson",
        b"application/jsonl",
        b"application/json-seq",
        b"application/json5",
        b"text/event-stream",
        b"multipart/mixed",
        b"multipart/byteranges",
        b"application/msgpack",
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
)
@pytest.mark.threat(31)
def test_row_31_any_other_type_is_blocked(content_type: bytes) -> None:
    assert handling(content_type) == "block"


@pytest.mark.parametrize(
    "start",
    [
        b'{"ssn": 1}',
        b' \n{ "ssn": 1}',
        b"{}",
        b'[{"ssn": 1}]',
        b'["SECRET"]',
        b"[1, 2]",
        b"[[1]]",
        b"[true]",
        b'\xef\xbb\xbf{"a"',
        b')]}\'\n{"a": 1}',
        b"while(1);[1]",
        b"for (;;);{}",
        b'callback({"ssn": 1})',
        b'/**/ cb.x$1 ( [ {"ssn": 1}])',
        b"typeof cb === 'function' && cb({\"a\": 1})",
        b'cb && cb({"a": 1})',
        b'a["b"]({"ssn": 1})',
        b"// hi\ncb({'ssn': 1})",
        b"<!doctype html>",
        b"  <p>",
        b"<?xml version='1.0'?>",
        b"<svg>",
        '{"ssn": 1}'.encode("utf-16-le"),
    ],
)
@pytest.mark.threat(31)
def test_row_31_what_looks_like_data_under_a_passed_type_is_blocked(start: bytes) -> None:
    assert sniff_contradicts("pass", start)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b'"use strict";(()=>{})()',
        b"(function(){var a={};})();",
        b"/*! lib v1 */ !function(e,t){}",
        b'const a = {"b": 1}',
        b"{ const x = 1 }",
        b"define(['a', 'b'], function(a) {})",
        b"jQuery(function($) { })",
        b"(self.webpackChunk = self.webpackChunk || []).push([[1], {}])",
        b"import{a}from'./b.js'",
        b".a{color:red}",
        b"[hidden]{display:none}",
        b"@charset 'utf-8';",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"GIF89a",
        b"wOF2\0\1\0\0",
        b"\0asm\1\0\0\0",
        b"\0\0\1\0\1\0",
    ],
)
def test_scripts_styles_and_pictures_pass(start: bytes) -> None:
    assert not sniff_contradicts("pass", start)


def test_a_page_that_looks_like_json_is_not_a_page() -> None:
    assert sniff_contradicts("html", b' {"ssn": 1}')
    assert not sniff_contradicts("html", b"<!doctype html>")
    assert not sniff_contradicts("html", b"Hello")


def test_a_look_takes_no_time_whatever_is_sent() -> None:
    assert not sniff_contradicts("pass", b"/**/" * 100_000 + b"x")
    assert not sniff_contradicts("pass", b"a." * 100_000)
