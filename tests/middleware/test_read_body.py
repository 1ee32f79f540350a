"""A body all of which has come is read in one go, and leaves as it would piece by piece."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import BodyPlan, plan_body
from gateway.middleware.read_body import read_in_one_go, read_whole
from gateway.middleware.stream_body import BodyStream
from gateway.redaction.rules import RedactionRule, compile_rules
from tests.middleware.test_stream_body import Pieces, head

RULES = compile_rules(
    [RedactionRule(id="n", category="n", json=("$..note",), html=(".note",), fields=("ssn",))],
    hash_key=b"k" * 32,
)
ORIGINS = Origins("https", "crm.example.com", "k.crm.example.com")
PARTS = [
    b"<!doctype html>", b"<p class=note>secret</p>", b"<p>open</p>", b"<!-- note -->", b"<b ",
    b"<a href='https://crm.example.com/'>", b'{"note": "secret", "a": 1}', b"\xef\xbb\xbf", b"\0",
    b"<svg><font>", b"&#110;ote", b"<meta charset=gbk>", b"\xe9", b" ", b"<?x", b"ssn=1&a=2", b"[",
    '<p class=note>é</p>{"'.encode("utf-16"), b'"note":', b")]}',\n", b"\x1b", b"cb({});",
]  # fmt: skip
TYPES = [
    b"text/html", b"text/html; charset=utf-8", b"text/html; charset=shift_jis", b"text/plain",
    b"application/json", b"application/x-www-form-urlencoded", b"text/csv", b"text/javascript",
]  # fmt: skip


def plan_of(kind: bytes, *, under: bool, document: bool, links: bool, coding: bytes) -> BodyPlan:
    return plan_body(
        head(kind, coding),
        RULES.select("/", ()) if under else None,
        length=None,
        document=document,
        max_readable=300,
        map_links=links,
    )


BLOCKED = "blocked"
"""Of two faults of a body, the one that is told is the one that is found first."""


def in_one_go(plan: BodyPlan, body: bytes) -> object:
    try:
        read = read_in_one_go(plan, body, b"<bar>", ORIGINS)
    except Unreadable:
        return BLOCKED
    return read.body, read.content_type, read.remarks


def in_pieces(plan: BodyPlan, body: bytes, cuts: list[int]) -> object:
    async def read() -> object:
        if plan.at_once and len(body) > plan.max_readable:
            whole = await read_whole(plan, Pieces(body, cuts))
            return whole.body, whole.content_type, whole.remarks
        stream = BodyStream(plan, Pieces(body, cuts), b"<bar>", ORIGINS)
        await stream.open()
        return await stream.rest(), stream.content_type, stream.remarks

    try:
        return asyncio.run(read())
    except Unreadable:
        return BLOCKED


@settings(max_examples=400)
@given(
    st.sampled_from(TYPES),
    st.lists(st.sampled_from(PARTS), max_size=8).map(b"".join),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from([b"", b"gzip"])),
    st.lists(st.integers(0, 400), max_size=4),
)
@example(TYPES[1], b"<p>x</p>" * 60, (True, True, False, b""), [5])
@example(b"text/html", b"\x1b<?x&#110;ote", (True, True, False, b""), [])
@example(TYPES[4], b'{"note": 1, "a": "%b"}' % (b"x" * 300), (True, False, False, b""), [5])
def test_in_one_go_a_body_leaves_as_it_does_in_pieces(
    kind: bytes, body: bytes, how: tuple[bool, bool, bool, bytes], cuts: list[int]
) -> None:
    under, document, links, coding = how
    try:
        plan = plan_of(kind, under=under, document=document, links=links, coding=coding)
    except Unreadable:
        return
    if plan.one_go:
        coded = gzip.compress(body) if coding else body
        assert in_one_go(plan, coded) == in_pieces(plan, coded, cuts)


@pytest.mark.parametrize(
    ("kind", "coding", "one_go"),
    [
        (b"text/html", b"", True),
        (b"text/html", b"identity", True),
        (b"text/html", b"gzip", False),  # nobody knows how large it grows
        (b"application/json", b"gzip", True),
        (b"text/event-stream", b"", False),
        (b"image/png", b"", False),
    ],
)
def test_which_bodies_need_not_be_streamed(kind: bytes, coding: bytes, one_go: bool) -> None:
    document = kind == b"text/html"
    plan = plan_of(kind, under=True, document=document, links=False, coding=coding)
    assert plan.one_go is one_go
