"""JSON that comes as a script, or behind what keeps it from being one."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.json import redact_json
from gateway.redaction.redactor import Body
from gateway.redaction.script import Script
from tests.redaction.support import cut, hiding_json, redact_body, run

SSN = hiding_json("$..ssn")
CAP = 4000


def script(charset: str = "utf-8") -> Script:
    return Script(lambda text: redact_json(text, SSN, charset), SSN, Body(b"", charset, CAP))


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'cb({"ssn": "SECRET", "a": 1})', b'/**/cb({"a":1});'),
        (b'/**/ a.b["c"][0]( [{"ssn": "SECRET"}] );\n', b'/**/a.b["c"][0]([{}]);'),
        (
            b'typeof cb === \'function\' && cb({"ssn": "SECRET"}, 7);',
            b"/**/typeof cb === 'function' && cb({},7);",
        ),
        (b'cb && cb({"\\u0073sn": "SECRET"})', b"/**/cb && cb({});"),
        (b'\xef\xbb\xbf// SECRET\ncb({"ssn": 1})', b"\xef\xbb\xbf/**/cb({});"),
        (b'cb([["SECRET"]])', b'/**/cb([["SECRET"]]);'),
        (b"cb()", b"/**/cb();"),
    ],
)
@pytest.mark.threat(31)
def test_row_31_jsonp_is_redacted(body: bytes, left: bytes) -> None:
    assert run(script(), [body]) == left


@pytest.mark.parametrize(
    "body",
    [
        b'cb({"ssn": "SECRET"}); more()',
        b'cb({"ssn": "SECRET"}) + cb({"ssn": "SECRET"})',
        b'cb({"ssn": "SECRET" /* x */})',
        b"cb({'ssn': 'SECRET'})",
        b'cb/**/({"ssn": "SECRET"})',
        b'a && b({"ssn": "SECRET"})',
        b'a["//"]({"ssn": "SECRET"}',
        b'cb({"ssn": "SECRET"',
        b'cb({"ssn": "' + b"x" * CAP + b'"})',
        b"cb({" * 10_000,
        b"\x00c\x00b\x00(\x00{\x00'",
    ],
)
@pytest.mark.threat(31)
def test_row_31_what_begins_like_jsonp_and_is_not_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        run(script(), [body])


@pytest.mark.parametrize(
    "body",
    [
        b"const a = {}; // " + b"x" * CAP,
        b"/*! lib */ (function(){})()",
        b'define(["a", "b"], function(a, b) {})',
        b"setTimeout(1, () => {})",
        b"f({ssn: 1}, person.ssn, 'ssn')",
        b"// nothing",
        b"",
    ],
)
def test_any_other_script_passes(body: bytes) -> None:
    assert run(script(), [body]) == body


def test_a_script_leaves_as_soon_as_it_is_told() -> None:
    redactor = script()
    assert redactor.feed(b"con") == b""
    assert redactor.feed(b"st a = 1") == b"const a = 1"
    assert redactor.feed(b'({"a": 1})') == b'({"a": 1})'


@pytest.mark.parametrize(
    "body",
    [
        b'window.state = {"a": 1, "ssn": "SECRET"};',
        b'window.state = JSON.parse(\'{\\"ssn\\":\\"SECRET\\"}\')',
        b"var people = [{'ssn' : 'SECRET'}]",
        b'export default {"ssn": "SECRET"}',
        b'new People({"ssn": "SECRET"})',
        b'cb(1, {"ssn": "SECRET"}); cb(2)',
        b'cb("x", {"ssn": "SECRET"}, function () {})',
    ],
)
@pytest.mark.threat(31)
def test_row_31_a_script_with_a_hidden_member_is_blocked(body: bytes) -> None:
    for pieces in ([body], cut(body, range(len(body)))):
        with pytest.raises(Unreadable, match="hidden field 'ssn'"):
            run(script(), pieces)


def test_jsonp_is_read_in_its_charset() -> None:
    body = 'cb([{"表": "能", "ssn": "SECRET"}])'.encode("cp932")
    left = run(script("cp932"), [body])
    assert left == b'/**/cb([{"\\u8868":"\\u80fd"}]);'


@pytest.mark.parametrize(
    "guard", [b")]}'\n", b")]}',\r\n", b"while(1);", b"for (;;);", b"\xef\xbb\xbf)]}'", b""]
)
@pytest.mark.threat(31)
def test_row_31_json_behind_a_guard_is_redacted_and_the_guard_stays(guard: bytes) -> None:
    body, remarks = redact_body("json", guard + b'{"ssn": "SECRET", "a": 1}', SSN)
    assert body == guard + b'{"a":1}'
    assert [remark.count for remark in remarks] == [1]


@pytest.mark.parametrize("guard", [b"for(;;)x;", b"while(2);", b"throw 1;", b"&&&START&&&"])
def test_another_guard_is_no_json(guard: bytes) -> None:
    with pytest.raises(Unreadable):
        redact_body("json", guard + b'{"ssn": "SECRET"}', SSN)


WORDS = st.sampled_from(
    [
        b"cb",
        b"a.b",
        b"(",
        b")",
        b'{"ssn":"SECRET"}',
        b'{"\\u0073sn":"SECRET"}',
        b"[",
        b"]",
        b",",
        b";",
        b" ",
        b"\n",
        b"/*",
        b"*/",
        b"//",
        b"&&",
        b"typeof ",
        b"===",
        b"'function'",
        b"1",
        b'"x"',
    ]
)
CALL = re.compile(rb"(?:/\*\*/)?(cb|a\.b)\((.*)\);", re.DOTALL)


@given(
    st.lists(WORDS, max_size=12)
    | st.lists(WORDS, max_size=4).map(lambda more: [b"cb(", *more, b'{"ssn":"SECRET"})']),
    st.lists(st.integers(0, 100), max_size=5),
)
@pytest.mark.threat(36)
def test_row_36_a_script_is_the_same_in_any_chunking(parts: list[bytes], cuts: list[int]) -> None:
    body = b"".join(parts)
    try:
        left = run(script(), [body])
    except Unreadable:
        with pytest.raises(Unreadable):
            run(script(), cut(body, cuts))
        return
    assert run(script(), cut(body, cuts)) == left
    if left != body:  # then it was one call, and is one
        assert b"SECRET" not in left
        call = CALL.search(left)
        assert call is not None
        json.loads(b"[" + call[2] + b"]")
