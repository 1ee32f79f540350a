"""JSON that two readers could take for different values is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.strict_json import client_text, strict_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_has_one_reading_is_read(value: object) -> None:
    assert strict_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"x": [{"a": 1, "a": 1}]}',
        '{"a": NaN}',
        "-Infinity",
        "{} {}",
        "{'a': 1}",
        '{"a": 1,}',
        "\ufeff{}",
        "",
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_what_has_two_readings_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        strict_json(text)


def test_text_is_utf_8_and_nothing_else() -> None:
    assert client_text("é".encode()) == "é"
    assert len(client_text(b"x" * (1 << 20))) == 1 << 20
    with pytest.raises(ValueError, match="more than"):
        client_text(b"x" * ((1 << 20) + 1))
    for data in ("é".encode("latin-1"), "{}".encode("utf-16"), b"\xc0\xaf", b"\xed\xa0\x80"):
        with pytest.raises(ValueError, match="UTF-8"):
            client_text(data)
