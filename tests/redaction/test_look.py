"""How a body begins: what looks like data is seen behind any blanks and comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.look import Look
from gateway.redaction.media import Handling, contradicts
from tests.redaction.support import cut

CAP = 1 << 20


def looked(start: bytes, *cuts: int) -> Look:
    look = Look(CAP)
    for piece in cut(start, cuts):
        look.feed(piece)
    look.end()
    return look


def blocks(kind: Handling, start: bytes) -> bool:
    return contradicts(kind, looked(start))


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
    assert blocks("pass", start)


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
    assert not blocks("pass", start)


def test_a_page_that_looks_like_json_is_not_a_page() -> None:
    assert blocks("html", b' {"ssn": 1}')
    assert not blocks("html", b"<!doctype html>")
    assert not blocks("html", b"Hello")


def test_a_look_takes_no_time_whatever_is_sent() -> None:
    assert not blocks("pass", b"/**/" * 20_000 + b"x")
    assert blocks("pass", b"a." * 100_000)  # a name without an end, and perhaps a call after it
    for comment in (b"/**/", b"//\n", b"-->\n"):
        with pytest.raises(Unreadable, match="comments"):
            looked(comment * 20_001)


@pytest.mark.parametrize(
    "data", [b'{"ssn": "SECRET"}', b'cb({"ssn": "SECRET"})', b'x && x([{"ssn": "SECRET"}])']
)
@pytest.mark.parametrize(
    "before",
    [
        b" " * 5000,
        b"\n\xe2\x80\xa8\xc2\xa0\xef\xbb\xbf" * 1000,
        b"/*" + b"*x" * 3000 + b"*/",
        b"// x\n" * 1000,
        b"\xef\xbb\xbf/* a */ // b\xe2\x80\xa9",
        b"#!" + b"x" * 3000 + b"\n",
        b"--> x\n",
    ],
)
@pytest.mark.threat(31)
def test_row_31_data_behind_any_blanks_and_comments_is_seen(before: bytes, data: bytes) -> None:
    assert blocks("pass", before + data)


@pytest.mark.parametrize(
    "call",
    [
        b'cb/* x */({"a": 1})',
        b"cb( // x\n" + b" " * 3000 + b'{"a": 1})',
        b'cb\n<!-- x\n({"a": 1})',
        b'a["//"].b({"a": 1})',
        b'a["/*"]({"a": 1})',
        b"; typeof cb == /**/ 'function'\n&& cb({\"a\": 1})",
        b'cb?.({"a": 1})',
        b'\\u{61}b({"a": 1})',
        b"a" * 5000 + b'({"a": 1})',
    ],
)
@pytest.mark.threat(31)
def test_row_31_no_blanks_comments_or_names_hide_that_a_script_is_jsonp(call: bytes) -> None:
    assert looked(call).call
    assert looked(call).jsonp


TOKENS = [b"/*", b"*/", b"//", b"\n", b"<!--", b"-->", b"#!", b'"', b"'", b"\\", b"cb", b"(", b"{"]
SPACES = [b" ", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xe2", b"\0", b"\x01", b"&&", b"["]


@given(st.lists(st.sampled_from(TOKENS + SPACES)), st.lists(st.integers(0, 300), max_size=8))
def test_a_look_is_the_same_in_any_chunking(parts: list[bytes], cuts: list[int]) -> None:
    text = b"".join(parts)
    whole, pieces = looked(text), looked(text, *cuts)
    assert (pieces.json, pieces.call, pieces.jsonp, pieces.markup) == (
        whole.json,
        whole.call,
        whole.jsonp,
        whole.markup,
    )


@pytest.mark.threat(31)
def test_row_31_blanks_beyond_what_may_be_read_are_blocked() -> None:
    with pytest.raises(Unreadable):
        looked(b" " * (CAP + 1) + b"x", 5)


def test_a_look_at_a_usual_script_or_page_is_short() -> None:
    for start in (b"const a", b"!function", b'"use strict"', b"import{a}", b"<!doctype", b"@media"):
        look = Look(CAP)
        look.feed(start + b" /* this would go on")
        assert look.enough


@pytest.mark.threat(31)
@pytest.mark.parametrize("kind", ["table", "form", "text"])
@pytest.mark.parametrize(
    "start", [b'[{"a": 1}]', b"<p>", b"%PDF-1.7", b"{\\rtf1", b"PK\x03\x04\x14", b"cb({'a': 1})"]
)
def test_row_31_another_format_under_the_name_of_text_is_blocked(
    kind: Handling, start: bytes
) -> None:
    assert blocks(kind, start)
    assert not blocks(kind, b"id;name\r\n1;2")
