"""CSV (RFC 4180) in UTF-8: a column for each field, named in the first row.

Spreadsheets run what looks like a formula, and records hold what strangers wrote: such a text gets
an apostrophe in front, by which spreadsheets know it for text (CWE-1236).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec

from gateway.audit.reading.fields import Fields, flat
from gateway.audit.record import Record

_FORMULA = tuple("=+-@＝＋－＠")
_CONTROLS = tuple("\t\r\n")


def _columns() -> Iterator[str]:
    yield "v"
    for name, kind in get_type_hints(Record).items():
        for each in get_args(kind) if isinstance(kind, UnionType) else (kind,):
            if isinstance(each, type) and issubclass(each, msgspec.Struct):
                yield from (f"{name}.{inner}" for inner in each.__struct_fields__)
                break
        else:
            yield name


COLUMNS = (*_columns(), "more")
"""`more`: what a newer gateway wrote besides, as JSON."""


class _Row:
    """What csv.writer writes to: its `write` is what `writerow` gives back."""

    def write(self, text: str) -> str:
        return text


_write = csv.writer(_Row()).writerow


def _row(values: Iterable[str]) -> bytes:
    text: Any = _write(values)
    return bytes(text.encode())


HEAD = _row(COLUMNS)


def written(line: bytes, fields: Fields) -> bytes:
    """The record's row."""
    values = flat(fields)
    row = [_cell(values.pop(column, "")) for column in COLUMNS[:-1]]
    return _row((*row, _cell(values) if values else ""))


def _cell(value: Any) -> str:
    match value:
        case bool() | list() | dict():
            return json.dumps(value)
        case str():
            return _harmless(value)
        case _:
            return str(value)


def _harmless(text: str) -> str:
    """`text` as no spreadsheet takes for a formula; spaces before one do not hide it."""
    runs = text.startswith(_CONTROLS) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if runs else text
