"""JSON while it streams: what a reader gets is what the whole document would have been."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.hiding import Action
from gateway.redaction.json import redact_json
from gateway.redaction.json_stream import JsonStream
from gateway.redaction.rules import Selection
from tests.redaction.support import hiding_json, rule, select

NAMES = st.sampled_from(["a", "b", "ssn", "é", 'q"', "x/y"])
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
PATHS = st.sampled_from(
    ["$..ssn", "$.a", "$.a.b", "$..a..b", "$.a[0]", "$[1:]", "$.*.ssn", "$..[0,'b']", "$[::2].a"]
)


def redact(
    text: bytes, selection: Selection, *, cuts: list[int] | None = None, codec: str = "utf-8"
) -> bytes:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or ())})
    stream = JsonStream(selection, codec, 1 << 20)
    return b"".join([*(stream.feed(text[a:b]) for a, b in pairwise(edges)), stream.close()])


@given(
    DOCUMENTS,
    st.lists(st.tuples(PATHS, st.sampled_from(["remove", "mask"])), min_size=1, max_size=3),
    st.lists(st.integers(0, 300), max_size=6),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_a_reader_gets_what_the_whole_document_gives(
    document: Any,
    said: list[tuple[str, Action]],
    cuts: list[int],
    indent: int | None,
    ensure_ascii: bool,
) -> None:
    rules = [rule(f"r{n}", json=[path], action=action) for n, (path, action) in enumerate(said)]
    text = json.dumps(document, indent=indent, ensure_ascii=ensure_ascii).encode()
    selection = select(*rules)
    expected, _ = redact_json(text, selection)
    assert json.loads(redact(text, selection, cuts=cuts)) == json.loads(expected)


@given(DOCUMENTS, st.lists(st.integers(0, 300), max_size=6))
def test_the_output_is_the_same_in_any_chunking(document: Any, cuts: list[int]) -> None:
    text = json.dumps(document).encode()
    selection = hiding_json("$..ssn", "$.a[0]")
    assert redact(text, selection, cuts=cuts) == redact(text, selection)


def test_a_hashed_value_is_the_one_of_the_whole_document() -> None:
    text = b'[{"ssn": "1\\u0032", "n": 1}, {"ssn": [1, 2.50, "x"]}, {"ssn": 7}]'
    selection = hiding_json("$..ssn", action="hash")
    expected, _ = redact_json(text, selection)
    assert json.loads(redact(text, selection)) == json.loads(expected)


def test_what_was_hidden_is_counted_by_rule() -> None:
    selection = select(rule("a", json=["$..ssn"]), rule("b", json=["$.list[*]"], action="mask"))
    stream = JsonStream(selection, "utf-8", 1000)
    stream.feed(b'{"ssn": 1, "list": [1, "two"], "in": {"ssn": {"ssn": 2}}}')
    stream.close()
    assert [(each.rule, each.count) for each in stream.remarks] == [("a", 2), ("b", 2)]


@pytest.mark.threat(30)
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"a": 1',
        b'{"a" 1}',
        b'{"a": }',
        b'{"a": 1,}',
        b"{1: 2}",
        b"[1,]",
        b"[1 2]",
        b"[1]]",
        b"[1}",
        b"[] []",
        b"NaN",
        b"[Infinity]",
        b"[01]",
        b"[1.]",
        b"[+1]",
        b"['a']",
        b'["a\nb"]',
        b'["\\x"]',
        b'["\\ud800"]',
        b'["\xff"]',
        b"[tru]",
        b"//\n[1]",
        b'{"a": 1} x',
        b"[" * 2000,
        b'"open',
        b'"open\\',
    ],
)
def test_row_30_what_is_not_one_document_is_blocked(text: bytes) -> None:
    with pytest.raises(Unreadable):
        redact(text, hiding_json("$..ssn"), cuts=[1, 3])


@pytest.mark.threat(30)
@pytest.mark.parametrize(
    "text",
    [
        b'{"ssn": "secret", "ssn": "secret"}',
        b'{"\\u0073sn": "secret"}',
        b'\xef\xbb\xbf{"ssn": {"deep": ["secret"]}}',
    ],
)
def test_row_30_no_spelling_of_a_name_gets_a_value_through(text: bytes) -> None:
    for cut in range(len(text)):
        assert redact(text, hiding_json("$..ssn"), cuts=[cut]) == b"{}"


def test_numbers_keep_their_value() -> None:
    text = b"[12345678901234567890123,1e400,0.10,-0.0]"
    assert redact(text, hiding_json("$..ssn"), cuts=list(range(40))) == text


def test_a_string_that_carries_something_hidden_is_blocked() -> None:
    selection = hiding_json("$..ssn")
    with pytest.raises(Unreadable, match="carries"):
        redact(b'{"inner": "{\\"ssn\\": 1}"}', selection)
    assert redact(b'{"ssn": "{\\"ssn\\": 1}"}', selection) == b"{}"


def test_a_rule_that_counts_from_the_end_cannot_be_followed() -> None:
    with pytest.raises(Unreadable, match="json_too_large"):
        JsonStream(hiding_json("$.list[-1]"), "utf-8", 100)


def test_another_charset_leaves_in_ascii() -> None:
    text = '{"ssn": 1, "city": "Köln"}'.encode("windows-1252")
    out = redact(text, hiding_json("$..ssn"), codec="windows-1252", cuts=list(range(30)))
    assert out == b'{"city":"K\\u00f6ln"}'


def test_memory_is_bounded_by_the_cap() -> None:
    stream = JsonStream(hiding_json("$..ssn", action="hash"), "utf-8", 1000)
    with pytest.raises(Unreadable):
        stream.feed(b'["' + b"x" * 1001)
    stream = JsonStream(hiding_json("$..ssn", action="hash"), "utf-8", 1000)
    with pytest.raises(Unreadable):
        stream.feed(b'{"ssn": [' + b"1," * 1000)


def test_a_number_is_no_longer_than_can_be_read_again_with_each_piece() -> None:
    stream = JsonStream(hiding_json("$..ssn"), "utf-8", 1 << 20)
    assert stream.feed(b"[" + b"1" * 65536 + b",") != b""
    for _ in range(64):
        stream.feed(b"1" * 1024)
    with pytest.raises(Unreadable):
        stream.feed(b"1")
