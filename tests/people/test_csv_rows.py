"""Rows of a CSV file, with whatever may be wrong with them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people import csv_rows
from gateway.people.csv_rows import LONGEST_ROW, Row, TooManyLinesError, lines_of, rows


def read(data: bytes) -> list[Row]:
    return list(rows(lines_of(io.BytesIO(data)), ","))


def test_rows_are_read_with_the_lines_they_begin_on() -> None:
    data = b'\xef\xbb\xbfid,name\r\n1,"a ""b"""\r\n\r\n,,\n2,"x\ny"\n3,\xc3\xb6\n'
    assert read(data) == [
        Row(1, ["id", "name"]),
        Row(2, ["1", 'a "b"']),
        Row(5, ["2", "x\ny"]),
        Row(7, ["3", "ö"]),
    ]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b'1,"open', "this is not CSV: "),
        (b'1,"a"b', "this is not CSV: "),
        (b"1,a\rb", "this is not CSV: "),
        (b"1,\xff", "this is not UTF-8"),
        (b"x" * LONGEST_ROW, "a row has at most 65,536 bytes"),
        (b"x" * LONGEST_ROW * 3, "a row has at most 65,536 bytes"),
    ],
    ids=lambda value: value[:12],
)
def test_a_broken_row_takes_no_other_with_it(broken: bytes, why: str) -> None:
    first, bad, *others = read(b"a,b\n" + broken + b'\n2,ok\n3,"ok"\n')
    assert (first, others) == (Row(1, ["a", "b"]), [Row(3, ["2", "ok"]), Row(4, ["3", "ok"])])
    assert (bad.line, bad.fields) == (2, [])
    assert bad.broken.startswith(why)


def test_a_quote_that_stays_open_over_very_many_lines_is_told_once() -> None:
    first, *others = read(b'"open\n' + b"1,ok\n" * 20_000)
    assert first.broken.endswith("a quote may be open")
    assert others == [Row(n, ["1", "ok"]) for n in range(2, 20_002)]


def test_only_so_many_lines_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "MOST_LINES", 3)
    assert len(read(b"a\nb\nc\n")) == 3
    with pytest.raises(TooManyLinesError):
        read(b"a\nb\nc\nd\n")


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=1), max_size=5))
def test_what_was_written_by_the_rules_is_read_as_it_was(written: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(written)
    data = text.getvalue().encode()
    assert [row.fields for row in read(data)] == [row for row in written if any(row)]


@given(st.text('a",\n\r').map(str.encode) | st.binary())
def test_every_line_is_read_or_told(data: bytes) -> None:
    found = read(data)
    lines = [row.line for row in found]
    assert lines == sorted(set(lines))
    assert all(bool(row.broken) != any(row.fields) for row in found)
    assert len(lines) <= data.count(b"\n") + 1
