"""JSON bodies: nothing is smuggled past the rules, and what is left is exact."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpath_rfc9535.serialize import canonical_string

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.hiding import Action, keyed_hash
from gateway.redaction.json import redact_json
from gateway.redaction.jsonpath import compile_path
from gateway.redaction.rules import Selection
from tests.redaction.support import HASH_KEY, hiding_json, rule, select

SSN = hiding_json("$..ssn")


def redacted(body: bytes | str, *paths: str) -> Any:
    text = body.encode() if isinstance(body, str) else body
    return json.loads(redact_json(text, hiding_json(*paths or ("$..ssn",)))[0])


def test_a_member_goes_and_the_rule_leaves_a_remark() -> None:
    body, remarks = redact_json(b'{"a": {"ssn": "1"}, "b": [{"ssn": "2"}, {"c": 3}]}', SSN)
    assert json.loads(body) == {"a": {}, "b": [{}, {"c": 3}]}
    assert remarks == (Remark(rule="notes", category="notes", count=2),)


@pytest.mark.parametrize(
    "body",
    [
        b'{"ssn": "SECRET"}',
        b'{"\\u0073sn": "SECRET"}',
        b'{"\\u0073\\u0073\\u006E": "SECRET"}',
        b'{"ssn": "SECRET", "ssn": "SECRET"}',
        b'{"ssn": "x", "\\u0073sn": "SECRET"}',
        b'{"a": {"ssn": "SECRET"}, "a": 1}',
        b'\xef\xbb\xbf{"ssn": "SECRET"}',
        b'\n\t {"ssn"\r\n:\t"SECRET"}',
        b'[[[[{"ssn": {"deep": ["SECRET"]}}]]]]',
    ],
)
@pytest.mark.threat(30)
def test_row_30_no_spelling_of_a_key_gets_past(body: bytes) -> None:
    assert b"SECRET" not in redact_json(body, SSN)[0]


@pytest.mark.threat(30)
def test_row_30_a_name_with_a_slash_can_be_escaped_without_u() -> None:
    selection = hiding_json("$['a/b']")
    assert redact_json(b'{"a\\/b": "SECRET"}', selection)[0] == b"{}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NaN",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"ssn": "\xff"}',
        b'{"a": "\xff"}',
        b'{"ssn": "\xed\xa0\x80"}',
        b'{"a": 1}{"ssn": "SECRET"}',
        b'{"a": 1}\n{"ssn": "SECRET"}',
        b'\x1e{"a": 1}',
        b')]}\'\n{"a": 1}',
        b'callback({"a": 1})',
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1 /* ssn */}',
        b'{"a": 01}',
        b'{"a": "\n"}',
        b'\xff\xfe{\x00"\x00',
        b"<html>",
        b"\x1f\x8b\x08\x00",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"ssn":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
@pytest.mark.threat(30)
def test_row_30_what_is_not_one_strict_document_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable) as blocked:
        redact_json(body, SSN)
    assert blocked.value.status == 502


@pytest.mark.threat(30)
def test_row_30_numbers_stay_exact() -> None:
    numbers = ["12345678901234567890123", "1e400", "-1.10", "0.30000000000000004", "1E-7", "-0.0"]
    body = f'{{"ssn": 1, "numbers": [{", ".join(numbers)}]}}'
    left = redact_json(body.encode(), SSN)[0]
    assert left == f'{{"numbers":[{",".join(numbers)}]}}'.encode()


def test_a_body_without_the_name_passes_byte_for_byte() -> None:
    body = b' {"a" : 1.0, "a": 2, "notssn": "x\\n"} '
    assert redact_json(body, SSN) == (body, ())


def test_a_body_with_the_name_elsewhere_keeps_its_values() -> None:
    assert redacted('{"a": "ssn", "b": ["\\"ssn\\""]}') == {"a": "ssn", "b": ['"ssn"']}


def test_removed_items_do_not_move_the_others_into_place() -> None:
    assert redacted("[1, 2, 3, 4]", "$[0]", "$[1]") == [3, 4]
    assert redacted("[[1, 2], [3, 4]]", "$[*][0]", "$[0]") == [[4]]


def test_every_rule_sees_the_document_as_it_came() -> None:
    selection = select(rule("a", json=["$[0]"]), rule("b", json=["$[1].x"], action="mask"))
    assert redact_json(b'[{"x": "1"}, {"x": "2"}]', selection)[0] == ('[{"x":"•••"}]'.encode())


@pytest.mark.parametrize(
    ("value", "masked"),
    [('"SECRET"', "•••"), ("7", None), ("1.5", None), ("true", None), ("[1]", None), ("{}", None)],
)
def test_a_mask_keeps_only_that_a_text_is_a_text(value: str, masked: str | None) -> None:
    selection = hiding_json("$.a", action="mask")
    assert json.loads(redact_json(f'{{"a": {value}}}'.encode(), selection)[0]) == {"a": masked}


@pytest.mark.parametrize(
    ("value", "text"),
    [('"ünï"', "ünï"), ("7", "7"), ("1.50", "1.50"), ('[1, "x"]', '[1,"x"]'), ("null", "null")],
)
def test_a_hash_is_of_the_text_or_of_the_json(value: str, text: str) -> None:
    selection = hiding_json("$.a", action="hash")
    left = json.loads(redact_json(f'{{"a": {value}}}'.encode(), selection)[0])
    assert left == {"a": keyed_hash(HASH_KEY, text)}


def test_where_two_rules_meet_the_one_that_shows_less_wins() -> None:
    hashed = rule("hash", json=["$..a", "$.list[*]"], action="hash")
    masked = rule("mask", json=["$..a", "$.list[0]"], action="mask")
    removed = rule("remove", json=["$.x.a"])
    body, remarks = redact_json(
        b'{"a": 1, "x": {"a": "s"}, "list": ["s", "t"]}', select(hashed, masked, removed)
    )
    assert json.loads(body) == {
        "a": None,
        "x": {},
        "list": ["•••", keyed_hash(HASH_KEY, "t")],
    }
    assert [(each.rule, each.count) for each in remarks] == [
        ("remove", 1),
        ("mask", 2),
        ("hash", 1),
    ]


@pytest.mark.threat(35)
def test_row_35_another_charset_is_read_and_answered_in_ascii() -> None:
    body = '{"ssn": "x", "city": "Köln", "note": "\\u4e2d\\ud83d\\ude00"}'.encode("cp1252")
    left = redact_json(body, SSN, "windows-1252")[0]
    assert left.isascii()
    assert json.loads(left) == {"city": "Köln", "note": "中😀"}


@pytest.mark.threat(35)
def test_row_35_a_name_beyond_ascii_is_found_in_another_charset() -> None:
    for really in ("cp1252", "utf-8"):  # browsers take all JSON for UTF-8, whatever it is called
        body = '{"größe": "SECRET", "a": "\\u00e9"}'.encode(really)
        left = redact_json(body, hiding_json("$..größe"), "windows-1252")[0]
        assert left == b'{"a":"\\u00e9"}'


KEYS = st.sampled_from(["ssn", "a", "ü", "a/b", 'q"', "tab\t", "\\"]) | st.text(max_size=3)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def without_ssn(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ssn(inner) for key, inner in value.items() if key != "ssn"}
    return [without_ssn(item) for item in value] if isinstance(value, list) else value


@given(JSON, st.booleans())
def test_redaction_is_what_a_plain_program_would_do(document: Any, escaped: bool) -> None:
    body = json.dumps(document, ensure_ascii=escaped, allow_nan=False)
    left = redact_json(body.encode(), SSN)[0]
    assert json.loads(left, parse_float=Decimal) == without_ssn(
        json.loads(body, parse_float=Decimal)
    )


PATHS = st.one_of(
    st.lists(KEYS, min_size=1, max_size=3).map(
        lambda names: f"$..[{','.join(map(canonical_string, names))}]"
    ),
    st.sampled_from(["$.a", "$..a..ssn", "$..*", "$[0]", "$..[0, 'a']", "$..ssn[*]", "$.*..ü"]),
)
RULES = st.lists(
    st.tuples(st.lists(PATHS, min_size=1, max_size=3), st.sampled_from(["remove", "mask", "hash"])),
    min_size=1,
    max_size=4,
)


@given(JSON, RULES)
def test_a_name_anywhere_is_hidden_as_the_finder_of_its_path_would(
    document: Any, said: list[tuple[list[str], Action]]
) -> None:
    rules = {
        str(index): rule(str(index), json=paths, action=action)
        for index, (paths, action) in enumerate(said)
    }
    quick = select(*rules.values())
    finders = {name: tuple(compile_path(path).find for path in rules[name].json) for name in rules}
    general = msgspec.structs.replace(
        quick,
        rules=tuple(
            msgspec.structs.replace(each, targets=finders[each.id]) for each in quick.rules
        ),
        finders=tuple(find for each in quick.rules for find in finders[each.id]),
        anywhere=False,
    )
    body = json.dumps(document).encode()
    assert outcome(body, quick) == outcome(body, general)


def outcome(body: bytes, selection: Selection) -> tuple[bytes, tuple[Remark, ...]] | str:
    try:
        return redact_json(body, selection)
    except Unreadable as blocked:
        return blocked.code


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_redacted_or_blocked(body: bytes) -> None:
    try:
        left, _ = redact_json(body, SSN)
    except Unreadable:
        return
    assert b'"ssn":' not in left.replace(b" ", b"")
