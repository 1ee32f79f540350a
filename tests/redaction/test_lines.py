"""JSON lines and sequences: each document leaves when it has come, and none unread."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.json import redact_json
from gateway.redaction.lines import Lines, Sequence
from tests.redaction.support import cut, hiding_json, run

SSN = hiding_json("$..ssn")
CAP = 1000
ENDS = (b"\n", b"\r\n")


def lines() -> Lines:
    return Lines(lambda text: redact_json(text, SSN), CAP)


def sequence() -> Sequence:
    return Sequence(lambda text: redact_json(text, SSN), CAP)


def plainly(document: Any) -> Any:
    """A document without what the rule hides."""
    if isinstance(document, dict):
        return {key: plainly(value) for key, value in document.items() if key != "ssn"}
    return [plainly(each) for each in document] if isinstance(document, list) else document


def spelled(document: Any, *, escaped: bool) -> bytes:
    """A document as JSON, the hidden name as an escape if asked for."""
    text = json.dumps(document)
    return (text.replace('"ssn"', '"\\u0073s\\u006E"') if escaped else text).encode()


def test_a_line_leaves_when_it_is_whole() -> None:
    redactor = lines()
    assert redactor.feed(b'{"ssn": "SECRET", "a": 1}') == b""
    assert redactor.feed(b'\n{"b"') == b'{"a":1}\n'
    assert redactor.feed(b': 2}\r\n\r\n \n3\n{"ssn":') == b'{"b": 2}\r\n\r\n \n3\n'
    assert redactor.feed(b' "SECRET"}') == b""
    assert redactor.close() == b"{}"
    assert [remark.count for remark in redactor.remarks] == [2]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}\nhello\n',
        b'{\n"ssn": "SECRET"\n}\n',
        b'{"a": 1}{"ssn": "SECRET"}\n',
        b'{"a": 1}\r{"ssn": "SECRET"}\n',
        b'\x1e{"ssn": "SECRET"}\n',
        b'{"ssn": "SECRET"',
        b'"' + b"x" * CAP + b'"\n',
        '{"ssn": "SECRET"}\n'.encode("utf-16"),
    ],
)
@pytest.mark.threat(31)
def test_row_31_a_line_that_is_not_one_small_json_document_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        run(lines(), [body])


def test_a_document_of_a_sequence_leaves_when_it_is_whole() -> None:
    redactor = sequence()
    assert redactor.feed(b'\x1e{"ssn": "SECRET", "a": 1}') == b""
    assert redactor.feed(b"\n") == b'\x1e{"a":1}\n'
    assert redactor.feed(b'\x1e\x1e{\n"ssn": "SECRET",\n"b": 2\n}\n') == b""
    assert redactor.feed(b"\x1e7\n") == b'\x1e{"b":2}\n\x1e7\n'
    assert redactor.close() == b""
    assert [remark.count for remark in redactor.remarks] == [2]


@pytest.mark.parametrize(
    "body",
    [
        b'{"ssn": "SECRET"}\n',
        b'\x1e{"ssn": "SECRET"}',
        b"\x1e12",
        b'\x1e{"a": 1}\x1e{"b": 1}\n',
        b'\x1e{"a": 1}\n{"ssn": "SECRET"}\n',
        b'\x1e{"a": 1\n\x1e{"b": 1}\n',
        b'\x1e"' + b"x" * CAP + b'"\n',
    ],
)
@pytest.mark.threat(31)
def test_row_31_a_sequence_with_a_document_that_may_have_been_cut_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        run(sequence(), [body])


VALUES = st.none() | st.integers() | st.text(max_size=5) | st.just("SECRET")
DOCUMENTS = st.recursive(
    VALUES.filter(lambda value: value != "SECRET"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
        | st.builds(lambda value, rest: {"ssn": value} | rest, VALUES, st.fixed_dictionaries({}))
    ),
    max_leaves=5,
)
BODIES = st.lists(st.tuples(DOCUMENTS, st.booleans(), st.sampled_from(ENDS)), max_size=5)
CUTS = st.lists(st.integers(0, 400), max_size=6)


@settings(max_examples=50)
@given(BODIES, CUTS)
@pytest.mark.threat(36)
def test_row_36_lines_are_redacted_the_same_in_any_chunking(
    body: list[tuple[Any, bool, bytes]], cuts: list[int]
) -> None:
    text = b"".join(spelled(document, escaped=how) + end for document, how, end in body)
    out = run(lines(), cut(text, cuts))
    assert out == run(lines(), [text])
    assert b"SECRET" not in out
    assert [json.loads(line) for line in out.splitlines()] == [plainly(each[0]) for each in body]


@settings(max_examples=50)
@given(BODIES, CUTS)
@pytest.mark.threat(36)
def test_row_36_sequences_are_redacted_the_same_in_any_chunking(
    body: list[tuple[Any, bool, bytes]], cuts: list[int]
) -> None:
    text = b"".join(
        b"\x1e"
        + (json.dumps(document, indent=1).encode() if how else spelled(document, escaped=True))
        + b"\n"
        for document, how, _ in body
    )
    out = run(sequence(), cut(text, cuts))
    assert out == run(sequence(), [text])
    assert b"SECRET" not in out
    left = [json.loads(part) for part in out.split(b"\x1e")[1:]]
    assert left == [plainly(each[0]) for each in body]
