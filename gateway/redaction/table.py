"""CSV and TSV bodies, by the names in their header row.

A hidden column is taken out, name and cells, so that what reads the table by its names goes on;
`mask` and `hash` leave the column and put a stand-in into each cell. Other cells leave as they were
spelled. Rows leave one by one, so a table may be of any size.

`Unreadable`, since a value could stand elsewhere than its name says: a row with more or fewer cells
than the header, a first row that is no header, and a cell that is a hidden name itself, as in a
second header below a title or in a table of names and values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec.json import encode

from gateway.model import Remark
from gateway.redaction.embedded import check_json
from gateway.redaction.names import FieldNames
from gateway.redaction.plain import PlainText
from gateway.redaction.redactor import Body, Tally
from gateway.redaction.rules import CompiledRule, Selection
from gateway.redaction.table_rows import (
    Rows,
    delimiters_of,
    looks_like_names,
    said_delimiter,
    split,
    unreadable,
    value,
)

_BOM: Final = "\ufeff"
_HEADER: Final = re.compile(rb';[\t ]*header[\t ]*=[\t ]*"?(present|absent)\b', re.IGNORECASE)
"""What a type says of the first row (RFC 4180, 3)."""


class TableRedactor:
    """Redacts one table.

    Args:
        selection: the rules that apply; all of them have fields.
        body: its `cap` is the largest row.

    Raises:
        Unreadable: the table says that it has no header.
    """

    def __init__(self, selection: Selection, body: Body) -> None:
        said = _HEADER.search(body.content_type)
        if said is not None and said[1].lower() == b"absent":
            unreadable("it says that it has no header")
        self._sure_of_header = said is not None
        self._selection = selection
        self._names = FieldNames(selection)
        self._text = PlainText(body.charset, unreadable)
        self._rows = Rows(body.cap)
        self._number = 0
        self._said: str | None = None
        self._delimiters = ""
        self._columns: list[CompiledRule | None] = []
        self._hidden: tuple[Remark, ...] = ()
        self._redacted = 0

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return the rows that are whole by now."""
        return self._released(self._rows.feed(self._text.read(data)))

    def close(self) -> bytes:
        """Return the last row."""
        rows = self._rows.feed(self._text.read(b"", last=True))
        return self._released(rows + self._rows.close())

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """How many cells each rule has hidden so far."""
        rows = self._redacted
        return tuple(
            Remark(rule=each.rule, category=each.category, count=each.count * rows)
            for each in self._hidden
            if rows
        )

    def _released(self, rows: list[str]) -> bytes:
        return self._text.write("".join(map(self._row, rows)))

    def _row(self, row: str) -> str:
        if not row.strip("\r\n"):
            return row
        self._number += 1
        mark = _BOM if self._number == 1 and row.startswith(_BOM) else ""
        line = row[len(mark) :].rstrip("\r\n")
        end = row[len(mark) + len(line) :]
        if not line:
            return row
        if self._columns:
            return self._cells(line) + end
        if self._number == 1:
            self._said = said_delimiter(line)
            if self._said is not None:
                return row
        return mark + self._header(line) + end

    def _header(self, line: str) -> str:
        """Find the hidden columns; return the header without those that are taken out."""
        self._delimiters = delimiters_of(line, self._said, self._names)
        cells = split(line, self._delimiters)
        names = list(map(value, cells))
        self._columns = list(map(self._names.rule_of, names))
        hit = [rule for rule in self._columns if rule is not None]
        if not hit and not self._sure_of_header and not looks_like_names(names):
            unreadable("its first row is no row of names")
        tally = Tally()
        tally.add(Remark(rule=rule.id, category=rule.category, count=1) for rule in hit)
        self._hidden = tally.remarks
        self._check([name for name, rule in zip(names, self._columns, strict=True) if not rule])
        return self._joined(
            cell
            for cell, rule in zip(cells, self._columns, strict=True)
            if rule is None or rule.action != "remove"
        )

    def _cells(self, line: str) -> str:
        cells = split(line, self._delimiters)
        if len(cells) != len(self._columns):
            unreadable(f"row {self._number} has another number of cells than the header")
        left, shown = [], []
        for cell, rule in zip(cells, self._columns, strict=True):
            if rule is None:
                left.append(cell)
                shown.append(value(cell))
            elif rule.action != "remove":
                left.append(self._text.stand_in(value(cell), rule.action, self._selection.hash_key))
        if any(map(self._names.has, shown)):
            unreadable(f"a cell of row {self._number} is the name of a hidden field")
        self._check(shown)
        self._redacted += 1
        return self._joined(left)

    def _check(self, shown: list[str]) -> None:
        """Look for another format in cells, which cannot be redacted there."""
        check_json(encode(shown), self._selection)

    def _joined(self, cells: Iterable[str]) -> str:
        return self._delimiters[0].join(cells)
