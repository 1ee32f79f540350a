from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.formats.json_lines import written
from tests.audit.formats.samples import LINES


def test_the_streams_lines_are_given_byte_for_byte() -> None:
    assert [written(line) for line in LINES] == [line + b"\n" for line in LINES]


@given(st.binary(max_size=40))
def test_an_entry_is_one_line_of_ascii_whatever_it_holds(entry: bytes) -> None:
    line = written(entry)
    assert line.isascii()
    assert (line.count(b"\n"), line.count(b"\r"), line.count(b"\x1b")) == (1, 0, 0)
    if line != entry + b"\n":
        assert json.loads(line).encode("latin-1") == entry
