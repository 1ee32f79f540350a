"""Event streams: what a browser would make of them is redacted, event by event."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.events import DROPPED, Events
from gateway.redaction.json import redact_json
from tests.redaction.support import cut, hiding_json, run

SSN = hiding_json("$..ssn")
CAP = 1000


def events() -> Events:
    return Events(lambda text: redact_json(text, SSN), CAP)


@pytest.mark.parametrize(
    ("stream", "left"),
    [
        (b'data: {"ssn": "SECRET", "a": 1}\n\n', b'data: {"a":1}\n\n'),
        (b'data:{"a": 1}\r\n\r\n', b'data: {"a": 1}\n\n'),
        (b'\xef\xbb\xbfdata: {"ssn": 1}\r\r', b"data: {}\n\n"),
        (b'data: {"\\u0073sn":\ndata: "SECRET"}\n\n', b"data: {}\n\n"),
        (b'data: {"a":\ndata\ndata: 1}\n\n', b'data: {"a":\ndata: \ndata: 1}\n\n'),
        (
            b'event: note\nid: 7\nretry: 10\nx: SECRET\ndata: {"ssn": 1}\n\n',
            b"event: note\nid: 7\nretry: 10\ndata: {}\n\n",
        ),
        (b"id\nretry: soon\nevent: a\nevent: b\n\n", b"id: \nevent: b\n\n"),
        (b"id: a\0b\n\n", b""),
        (b"data\n\n", b"data: \n\n"),
        (b": SECRET\n\n:\n\n", b":\n:\n"),
        (b'data: {"ssn": "SECRET"}\n', b""),
        (b"\n\n\n", b""),
    ],
)
@pytest.mark.threat(36)
def test_row_36_an_event_is_written_back_from_what_a_browser_makes_of_it(
    stream: bytes, left: bytes
) -> None:
    assert run(events(), [stream]) == left


@pytest.mark.parametrize(
    "data",
    [
        b"SECRET",
        b"[DONE]",
        b'{"ssn": "SECRET"',
        b'{"a": "{\\"ssn\\": \\"SECRET\\"}"}',
        b'{"ssn": "\xff"}',
    ],
)
@pytest.mark.threat(31)
def test_row_31_an_event_that_cannot_be_looked_into_is_dropped_and_counted(data: bytes) -> None:
    redactor = events()
    left = run(redactor, [b"event: a\nid: 1\ndata: " + data + b'\n\ndata: {"ssn": 1}\n\n'])
    assert left == b"data: {}\n\n"
    assert redactor.remarks == (DROPPED, Remark(rule="notes", category="notes", count=1))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.threat(36)
def test_row_36_an_event_leaves_with_the_first_byte_that_ends_it(end: bytes) -> None:
    redactor = events()
    assert redactor.feed(b'data: {"ssn": 1}' + end) == b""
    assert redactor.feed(end[:1]) == b"data: {}\n\n"
    assert redactor.feed(end[1:] + b":" + end + b"data: 1") == b":\n"


@pytest.mark.parametrize("stream", [b"data: " + b"x" * CAP, b"data: 1\n" * CAP, b":" + b"x" * CAP])
@pytest.mark.threat(36)
def test_row_36_an_event_is_held_up_to_a_cap(stream: bytes) -> None:
    with pytest.raises(Unreadable) as blocked:
        run(events(), [stream])
    assert blocked.value.code == "part_too_large"


class Event(NamedTuple):
    kind: str
    data: str
    last_id: str


def heard(stream: bytes) -> list[Event]:
    """What an EventSource tells a page of a stream: HTML, 9.2.6, as it stands there."""
    text = stream.decode(errors="replace").removeprefix("\ufeff")
    kind = data = last_id = ""
    found = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]:
        name, _, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if not line:
            if data:
                found.append(Event(kind or "message", data[:-1], last_id))
            kind = data = ""
        elif name == "event":
            kind = value
        elif name == "data":
            data += value + "\n"
        elif name == "id" and "\0" not in value:
            last_id = value
    return found


PARTS = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"data:",
        b"data: ",
        b"data",
        b"event: x",
        b"id: 1",
        b"id",
        b'{"ssn":"SECRET","a":1}',
        b'{"\\u0073sn": "SECRET"',
        b"}",
        b'{"b":2}',
        b" ",
        b":",
        b"\x00",
        b"retry: 5",
        b"\xef\xbb\xbf",
        b"SECRET",
        b"\xff",
        b"foo: ",
    ]
)


@given(st.lists(PARTS, max_size=30), st.lists(st.integers(0, 400), max_size=8))
@pytest.mark.threat(36)
def test_row_36_a_page_hears_the_same_events_but_for_what_is_hidden(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(parts)
    left = run(events(), cut(stream, cuts))
    assert left == run(events(), [stream])
    wanted = []
    for event in heard(stream):
        try:
            wanted.append((event.kind, plainly(looked_into(event.data))))
        except ValueError:
            continue
    assert [(each.kind, looked_into(each.data)) for each in heard(left)] == wanted
    assert b"SECRET" not in re.sub(rb"(?m)^(?:id|event): .*", b"", left)
    if all(DROPPED.rule != remark.rule for remark in run_remarks(stream)):
        assert [each.last_id for each in heard(left)] == [each.last_id for each in heard(stream)]


def looked_into(data: str) -> object:
    """An event's data: JSON, or nothing."""
    return json.loads(data) if data.strip("\n") else data


def plainly(data: object) -> object:
    """JSON without what the rule hides."""
    if isinstance(data, dict):
        return {key: plainly(value) for key, value in data.items() if key != "ssn"}
    return data


def run_remarks(stream: bytes) -> tuple[Remark, ...]:
    redactor = events()
    run(redactor, [stream])
    return redactor.remarks
