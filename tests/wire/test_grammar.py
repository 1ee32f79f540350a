from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.grammar import BARE_LF, TEXT, TOKEN, VISIBLE, is_utf8


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (
            TOKEN,
            b"!#$%&'*+-.^_`|~"
            + bytes(range(48, 58))
            + bytes(range(65, 91))
            + bytes(range(97, 123)),
        ),
        (TEXT, b"\t" + bytes(range(32, 127)) + bytes(range(128, 256))),
        (VISIBLE, bytes(range(33, 127))),
    ],
)
def test_each_set_is_the_rfcs(pattern: bytes, allowed: bytes) -> None:
    found = bytes(byte for byte in range(256) if re.fullmatch(pattern, bytes([byte])))
    assert found == bytes(sorted(allowed))


@given(st.binary(max_size=20))
def test_a_bare_line_feed_is_found_wherever_it_stands(data: bytes) -> None:
    assert bool(BARE_LF.search(data)) == (b"\n" in data.replace(b"\r\n", b""))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_all_text_is_utf8(text: str) -> None:
    assert is_utf8(text.encode())


@pytest.mark.parametrize("data", [b"\xff", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80"])
def test_other_bytes_are_not(data: bytes) -> None:
    assert not is_utf8(data)
