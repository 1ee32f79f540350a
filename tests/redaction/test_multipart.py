"""Messages of parts: each is redacted as its type says, or nothing of it leaves."""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.formats import FORMATS
from gateway.redaction.redactor import Body, Redactor
from tests.redaction.support import cut, rule, run, select

SELECTION = select(rule("notes", json=["$..ssn"], html=[".ssn"]))
MIXED = b'multipart/mixed; boundary="-"; deferSpec=20220824'
JSON = b"Content-Type: application/json; charset=utf-8\r\n\r\n"
SECRET = b'{"ssn":"SECRET","a":1}'
CAP = 1000


def multipart(content_type: bytes = MIXED) -> Redactor:
    return FORMATS["multipart"].make(SELECTION, Body(content_type, "utf-8", CAP))


def message(*parts: bytes, boundary: bytes = b"-") -> bytes:
    """Parts, each with its head, as servers of GraphQL write them."""
    between = b"\r\n--" + boundary
    return between + between.join(b"\r\n" + part for part in (*parts,)) + between + b"--\r\n"


def test_a_part_leaves_when_the_line_that_ends_it_begins() -> None:
    redactor = multipart()
    assert redactor.feed(b"x\r\n---\r\n" + JSON + SECRET) == b""
    assert redactor.feed(b"\r\n---") == b"\r\n---\r\n" + JSON + b'{"a":1}\r\n---'
    assert redactor.feed(b"\r\n" + JSON + SECRET + b"\r\n-----") == (
        b"\r\n" + JSON + b'{"a":1}\r\n-----\r\n'
    )
    assert redactor.feed(b"\r\nSECRET") + redactor.close() == b""
    assert [remark.count for remark in redactor.remarks] == [2]


def test_of_a_parts_head_its_type_and_id_leave() -> None:
    head = (
        b"content-type:application/json\r\nX-Note: SECRET\r\nContent-ID: <1>\r\nContent-Length: 22"
    )
    left = run(multipart(), [message(head + b"\r\n\r\n" + SECRET)])
    assert left == message(b'Content-Type: application/json\r\nContent-ID: <1>\r\n\r\n{"a":1}')


def test_each_part_is_redacted_as_its_type_says() -> None:
    page = b'Content-Type: text/html\r\n\r\n<p class="ssn">SECRET</p><p>open</p>'
    lines = b"Content-Type: application/jsonl\r\n\r\n" + SECRET + b"\n" + SECRET
    inner = b"Content-Type: multipart/mixed; boundary=in\r\n\r\n" + message(
        JSON + SECRET, boundary=b"in"
    )
    left = run(multipart(), [message(page, lines, inner)])
    assert b"SECRET" not in left
    assert b"text/html; charset=utf-8\r\n\r\n<p>open</p>\r\n" in left
    assert left.count(b'{"a":1}') == 3


def run_into(left: list[bytes], body: bytes) -> None:
    """Feed a message byte by byte, and keep what leaves of it until it is blocked."""
    redactor = multipart()
    left.extend(redactor.feed(body[at : at + 1]) for at in range(len(body)))
    redactor.close()


NESTED = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n"


@pytest.mark.parametrize(
    "body",
    [
        message(b"Content-Type: text/plain\r\n\r\nSECRET"),
        message(b"\r\nSECRET"),
        message(b"X: y\r\n\r\n" + SECRET),
        message(b"Content-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + SECRET),
        message(b"Content-Type: application/json\r\n" + JSON + SECRET),
        message(b"Content-Encoding: gzip\r\n" + JSON + SECRET),
        message(b"Content-Transfer-Encoding: base64\r\n" + JSON + SECRET),
        message(b"Content-Range: bytes 0-1/9\r\n" + JSON + SECRET),
        message(b"Content-Type: application/json;\r\n charset=utf-8\r\n\r\n" + SECRET),
        message(b"Content-Type: application/json; charset=utf-7\r\n\r\n" + SECRET),
        message(b"Content-Type: application/json\n\n" + SECRET),
        message(JSON + b'{"ssn": "SEC'),
        message(JSON + b"1\n---\r\n" + JSON + SECRET),
        message(JSON + b'"' + b"x" * CAP + b'"'),
        message(
            NESTED % b"a"
            + message(NESTED % b"b" + message(JSON + SECRET, boundary=b"b"), boundary=b"a")
        ),
        b"\r\n--- \r\n" + JSON + SECRET + b"\r\n-----",
        b"\r\n---\n" + JSON + SECRET + b"\r\n-----",
        b"\n---\r\n" + JSON + SECRET + b"\r\n-----",
        b"\r\n---\r\n---\r\n" + JSON + SECRET + b"\r\n-----",
        b"\r\n---\r\n" + JSON + SECRET,
        b"\r\n---\r\n" + JSON + SECRET + b"\r\n---\r\n",
        b"\r\n---x",
        message(JSON + SECRET)[:-2] + b"-\r\n",
        b"",
    ],
)
@pytest.mark.threat(31)
def test_row_31_what_two_readers_could_take_apart_differently_is_blocked(body: bytes) -> None:
    left: list[bytes] = []
    with pytest.raises(Unreadable):
        run_into(left, body)
    assert b"SECRET" not in b"".join(left)


@pytest.mark.parametrize(
    "content_type",
    [
        b"multipart/mixed",
        b"multipart/mixed; boundary=",
        b'multipart/mixed; boundary=""',
        b'multipart/mixed; boundary="a "',
        b'multipart/mixed; boundary="a\\"b"',
        b"multipart/mixed; boundary=a; boundary=b",
        b"multipart/mixed; boundary=a; Boundary=a",
        b"multipart/mixed; boundary=a b",
        b"multipart/mixed; boundary=" + b"a" * 71,
        b"multipart/mixed boundary=a",
        b"multipart/mixed; boundary=\xc3\xa9",
    ],
)
@pytest.mark.threat(31)
def test_row_31_a_boundary_is_named_once_and_well(content_type: bytes) -> None:
    with pytest.raises(Unreadable):
        multipart(content_type)


BITS = [b"\r\n", b"\n", b"-", b"--", b"---", b"-----", b" ", b"{}", SECRET, JSON, b"x", b"1"]


@given(st.lists(st.sampled_from(BITS), max_size=12), st.lists(st.integers(0, 400), max_size=8))
@pytest.mark.threat(36)
def test_row_36_parts_are_redacted_the_same_in_any_chunking(
    bits: list[bytes], cuts: list[int]
) -> None:
    body = b"\r\n---\r\n" + JSON + SECRET + b"".join(bits) + b"\r\n-----"
    try:
        left = run(multipart(), [body])
    except Unreadable:
        with pytest.raises(Unreadable):
            run(multipart(), cut(body, cuts))
        return
    assert run(multipart(), cut(body, cuts)) == left
    assert b"SECRET" not in left
    assert parts_of(left) == [without(part) for part in parts_of(body)]


def parts_of(body: bytes) -> list[object]:
    """The documents in a message, as Python's own reader of mail takes it apart."""
    read = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + MIXED + b"\r\n\r\n" + body)
    return [json.loads(bytes(part.get_payload(decode=True))) for part in read.iter_parts()]


def without(document: object) -> object:
    """A document without what the rule hides."""
    if isinstance(document, dict):
        return {key: value for key, value in document.items() if key != "ssn"}
    return document
