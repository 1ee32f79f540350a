"""Names of the session's cookies in the browser: one spelling each, and nothing breaks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.script_cookies import PREFIX, ScriptCookie, read_script_cookie

TEXT = st.text(
    st.characters(max_codepoint=255, exclude_characters=[";", "=", *map(chr, range(32)), "\x7f"]),
    max_size=20,
)

PATH = st.lists(TEXT, max_size=3).map(";".join)


@given(PATH, TEXT, TEXT)
def test_what_is_written_is_read_back(path: str, name: str, value: str) -> None:
    cookie = ScriptCookie("abcdefghijklmnop", f"/{path}", name, value)
    field = cookie.set_field(seconds=60)
    pair, *attributes = field.decode().split("; ")
    assert attributes == ["Path=/", "Secure", "SameSite=Lax", "Max-Age=60"]
    written, _, said = pair.partition("=")
    assert len(pair) == cookie.size + 1
    assert read_script_cookie(written, said) == (cookie if name + value else None)


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    ("rest", "value"),
    [
        ("s|%2F|a", "%0d%0aX: y"),
        ("s|%2F|a", "%0D%0AX%3A%20y"),
        ("s|%2F|a", "1%3B%20sid%3D2"),
        ("s|%2F|a%3Db", "1"),
        ("s|%2F|%61", "1"),
        ("s|%2f|a", "1"),
        ("s|a|a", "1"),
        ("s||a", "1"),
        ("s|%2F", "1"),
        ("s|%2F|a|b", "1"),
        ("s|%2F|", ""),
        ("s|%2F|a", '"1"'),
    ],
)
def test_row_8_any_other_spelling_is_none(rest: str, value: str) -> None:
    assert read_script_cookie(PREFIX + rest, value) is None


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_is_sent_ends_in_one_spelling_or_none(rest: str, value: str) -> None:
    name = (PREFIX + rest).encode().decode("latin-1")
    cookie = read_script_cookie(name, value.encode().decode("latin-1"))
    assert cookie is None or cookie.written == name
