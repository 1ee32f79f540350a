"""The grammar of tables in text (RFC 4180, and what spreadsheets write), read without a guess.

Where two readers could see other rows or other cells than these, the table is `Unreadable`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from gateway.errors import Unreadable
from gateway.redaction.names import FieldNames
from gateway.redaction.plain import blocking

unreadable: Final = blocking("table_unreadable", "table")

DELIMITERS: Final = ",;\t|"
_MARK: Final = re.compile(r'"|\r\n?|\n')
_SAID: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE | re.DOTALL)
_SPLIT: Final = re.compile(r"[\t\r\n]")
_LETTER: Final = re.compile(r"[^\W\d_]")


class Rows:
    """Cuts text into rows: a row ends at a line end that is not inside quotes.

    A line end of two characters that comes in two pieces leaves an empty row, which no reader sees
    as one since nothing stands between them.

    Args:
        cap: the characters that one row may have.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._held: list[str] = []
        self._size = 0
        self._quoted = False

    def feed(self, text: str) -> list[str]:
        """Take the next text; return the rows that are whole by now, line ends included.

        Raises:
            Unreadable: a row is larger than it may be.
        """
        rows = []
        start = 0
        for mark in _MARK.finditer(text):
            if mark[0] == '"':
                self._quoted = not self._quoted
            elif not self._quoted:
                self._hold(text[start : mark.end()])
                rows.append("".join(self._held))
                self._held, self._size = [], 0
                start = mark.end()
        self._hold(text[start:])
        return rows

    def close(self) -> list[str]:
        """Say that the text has ended; return the rest.

        Raises:
            Unreadable: it ended inside quotes.
        """
        if self._quoted:
            unreadable("it ends inside quotes")
        return ["".join(self._held)] if self._held else []

    def _hold(self, text: str) -> None:
        self._size += len(text)
        if self._size > self._cap:
            unreadable("a row of it is too large")
        if text:
            self._held.append(text)


def split(row: str, delimiters: str) -> list[str]:
    """Cut a row into its cells, as they are spelled.

    Args:
        row: without its line end.
        delimiters: any of these ends a cell.

    Raises:
        Unreadable: a quote stands where readers disagree about it.
    """
    if '"' not in row and len(delimiters) == 1:
        return row.split(delimiters)
    cells = []
    at = 0
    while True:
        cell = _cell(delimiters).match(row, at)
        if cell is None:
            unreadable("a quote stands where none may be")
        spelled, end = cell.groups()
        if delimiters == "\t" and spelled[:1] == '"' and _SPLIT.search(spelled):
            # To some readers of tabs a quote means nothing (IANA, text/tab-separated-values).
            unreadable("a cell between quotes has a tab or a line end in it")
        cells.append(spelled)
        if not end:
            return cells
        at = cell.end()


def value(cell: str) -> str:
    """What a reader takes from a cell."""
    return cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell


def said_delimiter(row: str) -> str | None:
    """The delimiter that a first row names for spreadsheets (`sep=;`), None when it names none.

    Raises:
        Unreadable: it names none of those that are read here.
    """
    said = _SAID.fullmatch(row)
    if said is None:
        return None
    if said[1] not in DELIMITERS:
        unreadable("its cells are divided by an unusual character")
    return said[1]


def delimiters_of(header: str, said: str | None, names: FieldNames) -> str:
    """Find what divides the cells of a table.

    Several characters can divide a header. It does not matter which of them does as long as no
    more than one of the ways to read it shows a hidden name.

    Args:
        header: the row of names, without its line end.
        said: what the table says of it.
        names: what is to be hidden.

    Returns:
        The delimiter. Of a table with one column all of them: any of them outside quotes shows
        that there are more.

    Raises:
        Unreadable: it is in doubt.
    """
    ways = {each: cells for each in DELIMITERS if (cells := _names(header, each))}
    hiding = [
        each
        for each in DELIMITERS
        if each in header  # some readers do not mind quotes
        and any(map(names.rule_of, (*ways.get(each, ()), *header.split(each))))
    ]
    if said is not None and (said not in ways or any(each != said for each in hiding)):
        unreadable("its header is not divided as it says")
    if len(hiding) > 1:
        unreadable("its header can be divided in several ways, and they hide different columns")
    if said or hiding:
        return said or hiding[0]
    if ways:
        return max(ways, key=lambda each: len(ways[each]))
    only = value(split(header, DELIMITERS)[0])
    if names.rule_of(only) is None and names.within(only):
        unreadable("its cells are divided by an unusual character")
    return DELIMITERS


def looks_like_names(cells: list[str]) -> bool:
    """Say whether a first row may be a header: numbers, dates and addresses are no names."""
    return any(map(str.strip, cells)) and not any(
        "@" in cell or (any(map(str.isdigit, cell)) and not _LETTER.search(cell)) for cell in cells
    )


def _names(header: str, delimiter: str) -> list[str]:
    """The names that a delimiter divides a header into, none where it divides nothing."""
    try:
        cells = split(header, delimiter)
    except Unreadable:
        return []
    return [value(cell) for cell in cells] if len(cells) > 1 else []


@cache
def _cell(delimiters: str) -> re.Pattern[str]:
    """A cell and what ends it; the row's end is the empty end."""
    return re.compile(rf'("[^"]*+(?:""[^"]*+)*+"|[^"{delimiters}]*+)([{delimiters}]|\Z)')
