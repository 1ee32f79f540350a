"""Which elements are open, as far as it matters to what is hidden (HTML, 13.2.6).

A browser repairs bad nesting in many ways: it ignores end tags, moves what stands in a table, and
opens `<b>` again in the next paragraph. A hidden element must never be taken for closed while a
browser may still hold it open. So this stack never closes an element that a browser may hold open;
one that a browser may have closed before stays, and is not `sure`. Where an end tag would close a
watched element and a browser might see it otherwise, the page is `Unreadable`.
"""

from __future__ import annotations

from gateway.redaction.html_names import (
    AMBIENT,
    BLOCKS,
    BREAKOUT,
    CLOSES,
    FORMATTING,
    FRAMES,
    HEADINGS,
    IMPLIED,
    INTEGRATION,
    MAY_CLOSE,
    NOT_IN_SELECT,
    ROOTS,
    SCOPE,
    SPECIAL,
    SVG_OR_MATH,
    TABLE_PARTS,
    TABLE_SCOPE,
    VOID,
)
from gateway.redaction.html_tokens import unreadable

MAX_DEPTH = 500  # browsers stop nesting at 512
_ONLY_IN_TABLES = TABLE_PARTS - {"table"}
_ALWAYS_SURE = AMBIENT | FORMATTING  # the latter go on in what follows when they are cut
_MOVERS = CLOSES.keys() | MAY_CLOSE.keys() | NOT_IN_SELECT
_HOLDS_NOTHING = VOID | ROOTS
_UNCOMMON = SVG_OR_MATH | AMBIENT | {"form"}
_MAY_BE_CLOSED_BY = {
    name: frozenset().union(
        *(closed for closed, _ in (*CLOSES.get(name, ()), *MAY_CLOSE.get(name, ())))
    )
    for name in CLOSES.keys() | MAY_CLOSE.keys()
}


class OpenElements:
    """The stack of open elements of one document.

    `in_noscript`: whether a `<noscript>` is open, which is markup to one browser and text to
    another.
    """

    def __init__(self) -> None:
        self.in_noscript = False
        self._names: list[str] = []
        self._sure: list[bool] = []
        # Formatting that was cut is opened again by a browser: some of the same name is in its
        # shadow, since an end tag closes the newer one first.
        self._shadowed: set[int] = set()
        self._reopens = False
        # Indexes, ascending: of svg, math and what is in them; of hidden elements, of those that a
        # selector's next part waits in, and of the ambient ones.
        self._foreign: list[int] = []
        self._watched: list[int] = []

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

    def starts_plainly(self, name: str) -> bool:
        """Note a start tag that closes nothing, and of which nobody could think otherwise.

        Returns:
            False: nothing was noted. Ask `make_way` and `open`.
        """
        names = self._names
        if self._watched or self._foreign or name in _UNCOMMON or len(names) >= MAX_DEPTH:
            return False
        closed = _MAY_BE_CLOSED_BY.get(name)
        if closed is not None and not closed.isdisjoint(names):
            return False
        if name in _ONLY_IN_TABLES and not (names and names[-1] in TABLE_PARTS and self._sure[-1]):
            return False
        if name not in _HOLDS_NOTHING:
            names.append(name)
            self._sure.append(True)
        return True

    def ends_plainly(self, name: str) -> bool:
        """Note the end tag of the element that was opened last, as nobody could think otherwise.

        Returns:
            False: nothing was noted. Ask `close`.
        """
        names = self._names
        if self._watched or not names or names[-1] != name or not self._sure[-1] or self._reopens:
            return False
        names.pop()
        self._sure.pop()
        return True

    def make_way(self, name: str) -> bool:
        """Close what a start tag of this name closes; return whether that is anything.

        Raises:
            Unreadable: parsers disagree on it.
        """
        if name not in _MOVERS and not self._foreign:
            return False
        if name in NOT_IN_SELECT and "select" in self._names:
            unreadable(f"it has a <{name}> inside a <select>")
        depth = len(self._names)
        if self.in_foreign:
            if name == "font":  # it leaves with some attributes, and stays with others
                unreadable("it has a <font> inside svg or math")
            if name not in BREAKOUT:
                return False
            while self.in_foreign:
                self._pop(len(self._names) - 1)
        for closed, stop in MAY_CLOSE.get(name, ()):
            if not closed.isdisjoint(self._names):
                self._doubt(self._search(closed, stop)[0])
        for closed, stop in CLOSES.get(name, ()):
            if closed.isdisjoint(self._names):
                continue
            lowest, sure = self._search(closed, stop)
            if lowest == len(self._names):
                continue
            if sure and not self._cuts_formatting(lowest):
                self._pop(lowest)
            else:
                self._doubt(lowest)
        return len(self._names) < depth

    def open(self, name: str, *, self_closing: bool) -> bool:
        """Note a start tag; return whether its element is open now.

        Raises:
            Unreadable: elements are nested too deeply.
        """
        foreign = name in SVG_OR_MATH or (self.in_foreign and name not in BREAKOUT)
        if self_closing if foreign else name in VOID or name in ROOTS:
            return False
        at = len(self._names)
        if at >= MAX_DEPTH:
            unreadable(f"its elements are nested deeper than {MAX_DEPTH}")
        if self._watched and self._names[-1] == "frameset" and name not in FRAMES:
            unreadable(f"it has a <{name}> inside a <frameset>")
        self._sure.append(not self._may_be_ignored(name))
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
        names = self._names
        if self.ends_plainly(name):
            return
        if names and names[-1] == name and self._sure[-1] and not self._reopens:
            self._pop(len(names) - 1, closed=name)
            return
        if name in ("p", "br"):
            while self.in_foreign:
                self._pop(len(names) - 1)
        index = self._nearest(name, len(names))
        if index < 0:
            return
        doubtful = self._reaches_too_far(name, index)
        if self._is_watched(index if doubtful else index + 1) and (
            doubtful or not self._sure[index]
        ):
            unreadable(f"</{name}> stands where a hidden or special element is open")
        if doubtful:
            self._doubt(index)
        elif self._sure[index]:
            self._pop(index, closed=name)
        else:
            # A browser that closed it before closes the next one of this name instead.
            lower = self._nearest(name, index)
            self._doubt(lower if lower >= 0 else index)
            if self._is_watched(index):
                self._pop(index)

    def _nearest(self, name: str, below: int) -> int:
        """Return the highest index of this name below another index, or -1."""
        for index in range(below - 1, -1, -1):
            if self._names[index] == name:
                return index
        return -1

    def _search(self, closed: frozenset[str], stop: frozenset[str] | None) -> tuple[int, bool]:
        """Find what a start tag closes.

        Returns:
            The lowest index, the stack's depth when nothing is found; and whether all elements
            that this rests on are certainly open.
        """
        lowest, sure = len(self._names), True
        for index in range(len(self._names) - 1, -1, -1):
            name = self._names[index]
            if name in closed:
                lowest = index
            elif stop is not None and name not in stop:
                continue
            elif self._sure[index]:
                break
            sure = sure and self._sure[index]
        return lowest, sure

    def _reaches_too_far(self, name: str, index: int) -> bool:
        """Say whether a browser may not close all from `index` on at this end tag."""
        if index in self._shadowed or (name == "form" and self._reopens):
            return True
        above = self._names[index + 1 :]
        if not above:
            return False
        if self._cuts_formatting(index + 1):
            return True
        if name == "noscript":
            return True  # it may have ended where its first element that is not of a head began
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

    def _may_be_ignored(self, name: str) -> bool:
        """Say whether a browser may not open an element at this start tag."""
        if name == "form":
            return "form" in self._names or bool(self._names and self._names[-1] in TABLE_PARTS)
        if name not in _ONLY_IN_TABLES:
            return False
        if self._names and self._names[-1] in TABLE_PARTS and self._sure[-1]:
            return False
        for index in range(len(self._names) - 1, -1, -1):
            if self._names[index] in TABLE_SCOPE:
                return self._names[index] != "table" or not self._sure[index]
        return True

    def _is_watched(self, index: int) -> bool:
        """Say whether anything from `index` on is watched."""
        return bool(self._watched) and self._watched[-1] >= index

    def _cuts_formatting(self, index: int) -> bool:
        """Say whether anything watched from `index` on goes on after it is closed from outside."""
        return self._is_watched(index) and any(
            at >= index and self._names[at] in FORMATTING for at in self._watched
        )

    def _doubt(self, index: int) -> None:
        """Note that a browser may have closed all from `index` on."""
        if self._is_watched(index) and any(
            at >= index and self._names[at] in _ALWAYS_SURE for at in self._watched
        ):
            unreadable("its elements are not closed in the order in which they were opened")
        if self._foreign and self._foreign[-1] >= index:
            unreadable("svg or math of it may be open or closed")
        for at in range(index, len(self._names)):
            self._sure[at] = False

    def _pop(self, index: int, closed: str = "") -> None:
        """Close all from `index` on; `closed` is what an end tag names."""
        names = self._names
        cut: set[str] = set()
        for at in range(len(names) - 1, index - 1, -1):
            name = names.pop()
            if not self._sure[at] or (name in FORMATTING and (at > index or name != closed)):
                cut.add(name)
        del self._sure[index:]
        if self._shadowed:
            self._shadowed = {at for at in self._shadowed if at < index}
        if cut:
            self._reopens = True
            self._shadowed.update(at for at, name in enumerate(names) if name in cut)
        for indexes in (self._foreign, self._watched):
            while indexes and indexes[-1] >= index:
                indexes.pop()
        if self.in_noscript:
            self.in_noscript = "noscript" in names
