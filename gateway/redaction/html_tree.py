"""Which elements are open, as far as it matters to what is hidden (HTML, 13.2.6).

A browser repairs bad nesting in many ways: it ignores end tags, moves what stands in a table, and
opens `<b>` again in the next paragraph. A hidden element must never be taken for closed while a
browser may still hold it open. So elements stay open when in doubt, and where an end tag would
close a watched element and a browser might see it otherwise, the page is `Unreadable`.
"""

from __future__ import annotations

from gateway.redaction.html_names import (
    AMBIENT,
    BLOCKS,
    BREAKOUT,
    CLEARING,
    CLOSED_BY,
    FORMATTING,
    HEADINGS,
    IMPLIED,
    INTEGRATION,
    SCOPE,
    SPECIAL,
    SVG_OR_MATH,
    TABLE_PARTS,
    TABLE_SCOPE,
    VOID,
)
from gateway.redaction.html_tokens import unreadable

MAX_DEPTH = 500  # browsers stop nesting at 512
_NEVER_CLOSED = ("html", "body")  # what follows them still belongs to what is open


class OpenElements:
    """The stack of open elements of one document.

    `in_noscript`: whether a `<noscript>` is open, which is markup to one browser and text to
    another.
    """

    def __init__(self) -> None:
        self.in_noscript = False
        self._names: list[str] = []
        self._foreign: list[int] = []
        self._watched: list[int] = []
        self._lost: dict[str, int] = {}

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._names)

    @property
    def in_foreign(self) -> bool:
        """Whether an element that starts here is of svg or math."""
        return (
            bool(self._foreign)
            and self._foreign[-1] == len(self._names) - 1
            and self._names[-1] not in INTEGRATION
        )

    @property
    def in_doubt(self) -> bool:
        """Whether a raw-text element here may be read as markup, or be ignored."""
        return any(self._names[index] in AMBIENT for index in self._watched)

    def make_way(self, name: str) -> bool:
        """Close what a start tag of this name closes; return whether that is anything."""
        closings = CLOSED_BY.get(name, ())
        if not closings and not self._foreign:
            return False
        depth = len(self._names)
        if name in BREAKOUT and self.in_foreign:
            self._leave_foreign()
        for closed, stop in closings:
            lowest = -1
            for index in range(len(self._names) - 1, -1, -1):
                if self._names[index] in closed:
                    lowest = index
                elif stop is None or self._names[index] in stop:
                    break
            # Left open when in doubt: formatting that is cut so goes on in what follows.
            if lowest >= 0 and not self._cuts_watched_formatting(lowest):
                self._pop(lowest)
        return len(self._names) < depth

    def open(self, name: str, *, self_closing: bool) -> bool:
        """Note a start tag; return whether its element is open now.

        Raises:
            Unreadable: elements are nested too deeply.
        """
        foreign = name in SVG_OR_MATH or (
            self.in_foreign and name not in BREAKOUT and name != "font"
        )
        if self_closing if foreign else name in VOID:
            return False
        at = len(self._names)
        if at >= MAX_DEPTH:
            unreadable(f"its elements are nested deeper than {MAX_DEPTH}")
        self._names.append(name)
        if foreign:
            self._foreign.append(at)
        if name in AMBIENT:
            self._watched.append(at)
            self.in_noscript = self.in_noscript or name == "noscript"
        return True

    def watch(self) -> None:
        """From now on, make sure of the end of the element opened last."""
        at = len(self._names) - 1
        if not self._watched or self._watched[-1] < at:
            self._watched.append(at)

    def close(self, name: str) -> None:
        """Note an end tag.

        Raises:
            Unreadable: it would close a watched element, and a browser may not agree.
        """
        if name in _NEVER_CLOSED:
            return
        if self._foreign and name in ("p", "br") and self.in_foreign:
            self._leave_foreign()
        for index in range(len(self._names) - 1, -1, -1):
            if self._names[index] == name:
                break
        else:
            return
        if self._watched and self._watched[-1] >= index and self._is_doubtful(name, index):
            unreadable(f"</{name}> stands where a hidden or special element is open")
        self._pop(index, closed=name)

    def _is_doubtful(self, name: str, index: int) -> bool:
        """Say whether a browser may not close all from `index` on at this end tag."""
        if name in self._lost:
            return True
        above = self._names[index + 1 :]
        if not above:
            return False
        if self._cuts_watched_formatting(index + 1):
            return True
        if name == "form":
            return not IMPLIED.issuperset(above)
        if name == "template":
            return "noscript" in above
        if name in TABLE_PARTS:
            return not TABLE_SCOPE.isdisjoint(above)
        if name in HEADINGS:
            return not (SCOPE | HEADINGS).isdisjoint(above)
        if name == "li":
            return not (SCOPE | {"ol", "ul"}).isdisjoint(above)
        if name == "p":
            return not (SCOPE | {"button"}).isdisjoint(above)
        return not (SCOPE if name in BLOCKS else SPECIAL).isdisjoint(above)

    def _cuts_watched_formatting(self, index: int) -> bool:
        return any(at >= index and self._names[at] in FORMATTING for at in self._watched)

    def _leave_foreign(self) -> None:
        """Close svg and math down to where HTML goes on."""
        while self.in_foreign:
            self._pop(len(self._names) - 1)

    def _pop(self, index: int, closed: str = "") -> None:
        """Close all from `index` on; `closed` is what an end tag names."""
        names = self._names
        for at in range(len(names) - 1, index - 1, -1):
            name = names.pop()
            if name in FORMATTING and (at > index or name != closed):
                self._lost[name] = min(at, self._lost.get(name, at))
            elif self._lost and name in CLEARING:
                self._lost = {lost: depth for lost, depth in self._lost.items() if depth < at}
        for indexes in (self._foreign, self._watched):
            while indexes and indexes[-1] >= index:
                indexes.pop()
        if self.in_noscript:
            self.in_noscript = "noscript" in names
