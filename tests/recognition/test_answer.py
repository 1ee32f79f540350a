"""Of an app's answer one value counts, and only where it can be read without doubt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.answer import SaidBy, Unsaid

JSON = ((b"Content-Type", b"application/json"),)
ME = SaidBy("$.user.id")


def read(body: object, status: int = 200, field: SaidBy = ME) -> str | None:
    return field.read(status, JSON, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ({"user": {"id": "jonas"}}, "jonas"),
        ({"user": {"id": 7}}, "7"),
        ({"user": {"id": 0}}, "0"),
        ({"user": {"id": 10**30}}, "1" + "0" * 30),
        ({"user": {"id": " jonas"}}, " jonas"),
        ({"user": {"id": None}}, None),
        ({"user": {"id": ""}}, None),
        ({"user": None}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_text_or_a_whole_number_is_who_it_is(body: object, value: str | None) -> None:
    assert read(body) == value


@pytest.mark.parametrize("value", [True, False, 1.0, 1e30, [], ["jonas"], {"id": "jonas"}])
def test_nothing_else_is(value: object) -> None:
    with pytest.raises(Unsaid):
        read({"user": {"id": value}})


def test_of_several_values_none_counts() -> None:
    with pytest.raises(Unsaid, match="more than one"):
        read({"user": [{"id": "a"}, {"id": "a"}]}, field=SaidBy("$..id"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 401, 403])
def test_an_app_that_asks_to_sign_in_knows_nobody(status: int) -> None:
    assert read({"user": {"id": "jonas"}}, status) is None


@pytest.mark.parametrize("status", [201, 203, 204, 206, 226, 304, 400, 404, 429, 500, 503])
def test_any_other_status_says_nothing(status: int) -> None:
    with pytest.raises(Unsaid):
        read({"user": {"id": "jonas"}}, status)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((b"Content-Type", b"text/html"),),
        ((b"Content-Type", b"application/json+x"),),
        ((b"Content-Type", b"application/json; charset=utf-16"),),
        (*JSON, *JSON),
        (*JSON, (b"Content-Encoding", b"br")),
    ],
)
def test_any_other_type_says_nothing(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    with pytest.raises(Unsaid):
        ME.read(200, headers, b'{"user": {"id": "jonas"}}')


@pytest.mark.parametrize("said", [b"Application/JSON", b"application/json ;charset=UTF-8"])
def test_the_usual_spellings_of_the_type_are_read(said: bytes) -> None:
    headers = ((b"content-TYPE", said), (b"Content-Encoding", b"identity"))
    assert ME.read(200, headers, b'{"user": {"id": "jonas"}}') == "jonas"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'\xef\xbb\xbf{"user": {"id": "jonas"}}',
        b'{"user": {"id": "jonas\xff"}}',
        b'{"user": {"id": NaN}}',
        b'{"user": {"id": "a", "id": "b"}}',
        b'{"user": {"id": "a"}} {}',
        b"[" * 100_000,
        b'{"user": {"id": ' + b"9" * 5_000 + b"}}",
    ],
    ids=range(9),
)
def test_what_two_readers_could_read_differently_says_nothing(body: bytes) -> None:
    with pytest.raises(Unsaid):
        ME.read(200, JSON, body)


@given(st.binary(max_size=200), st.sampled_from((200, 401, 500)))
def test_whatever_comes_it_is_a_value_or_nobody_or_nothing(body: bytes, status: int) -> None:
    try:
        said = ME.read(status, JSON, body)
    except Unsaid:
        return
    assert said is None or json.loads(body)["user"]["id"] in (said, int(said))


@pytest.mark.parametrize("field", ["", "user.id", "$.user[", "$[?match(@.a, '(a*)*b')]"])
def test_a_field_that_cannot_be_found_is_told(field: str) -> None:
    with pytest.raises(ValueError, match="is not a JSONPath"):
        SaidBy(field)
