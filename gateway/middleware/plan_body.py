"""What is to happen to the body of a governed response: redacted, given the bar, blocked or passed.

It is decided from the head alone. What is neither read nor known to hold nothing that rules hide is
blocked (laws 7 and 8).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from gateway.errors import Unreadable
from gateway.middleware.governed_response import GovernedHead
from gateway.middleware.links.mapper import Kind, links_in
from gateway.model import Frozen
from gateway.redaction.formats import FORMATS, readable
from gateway.redaction.media import Handling, handling
from gateway.redaction.rules import Selection

PLAIN: Final = frozenset((b"", b"identity"))
"""What says that a body has no coding."""
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_ENDS: Final = rb"(?:[\s;(]|$)"
"""Where a browser takes a type to end, whatever follows: `text/html charset=utf-8` is HTML."""
_SCRIPTED: Final = re.compile(rb"[^;]*(?:\+xml|/xml|/xsl|x-mixed-replace)" + _ENDS, re.IGNORECASE)
"""Types that a browser shows as a page in which scripts run, and in which no bar can be put."""
_HTML: Final = re.compile(rb"\s*text/html" + _ENDS, re.IGNORECASE)


class BodyPlan(Frozen, frozen=True, kw_only=True):
    """How one body is carried over.

    `pass`: as it is, in the app's own coding; `read`: read, and released as the format lets it;
    `drop`: the client gets the head alone. `bar`: it is a document, so it gets the bar. `whole`:
    the format is read as a whole, so it is bounded by `max_readable`; unless it may `spill`.
    `quiet`: its head waits for nothing. `links`: where it holds links that are mapped.
    `report_only`: the rules see it, and it passes as it is. `one_go`: it need not be streamed when
    all of it has come (`read_body.read_in_one_go`).
    """

    way: Literal["pass", "read", "drop"]
    whole: bool
    spill: bool
    quiet: bool
    kind: Handling
    content_type: bytes
    coding: bytes
    max_readable: int
    selection: Selection | None
    bar: bool
    links: Kind = ""
    report_only: bool = False
    one_go: bool = False

    @property
    def at_once(self) -> bool:
        """Nothing of it leaves before all of it was read."""
        return self.whole and not self.spill and not self.report_only

    @property
    def held(self) -> bool:
        """Nothing of it leaves before all of it was read, or more than can be held."""
        return self.whole and not self.report_only


def plan_body(
    head: GovernedHead,
    selection: Selection | None,
    *,
    length: int | None,
    document: bool,
    max_readable: int,
    spill: bool = False,
    map_links: bool = False,
) -> BodyPlan:
    """Decide what happens to a body.

    Args:
        head: the app's response.
        selection: the rules that apply to this path in this session, None when none do.
        length: the body's size in bytes, None when only its end will tell. What holds nothing can
            hide nothing: a redirect after a form often has neither a body nor a type.
        document: a browser may show the answer as a document of its own.
        max_readable: the largest decoded body in bytes that is held in memory.
        spill: a larger one is read while it streams, where its format can be, and not blocked.
        map_links: absolute links of the app's hosts are mapped.

    Raises:
        Unreadable: nothing of it may leave.
    """
    empty = length == 0 or head.status == 204
    redirects = head.status in _REDIRECTS
    said = (head.content_type, head.coding)
    return _plan(
        *said, selection, empty, redirects, document, max_readable, spill, map_links and not empty
    )


@lru_cache(maxsize=1024)  # an app answers in few ways
def _plan(
    content_type: bytes,
    coding: bytes,
    selection: Selection | None,
    empty: bool,
    redirects: bool,
    document: bool,
    max_readable: int,
    spill: bool,
    map_links: bool,
) -> BodyPlan:
    kind, bar = _reading(content_type, document, selection)
    links = links_in(content_type) if map_links else ""
    way: Literal["pass", "read", "drop"] = "read"
    if kind == "block" and not empty:
        if not redirects:
            raise blocked(content_type)
        way = "drop"  # nobody is shown it
    elif (selection is None or empty) and not bar and not links:
        way = "pass"
    known = FORMATS.get(kind)
    whole = known is not None and known.at_once is not None
    spill = spill and known is not None and known.piecemeal is not None
    shown = FORMATS.get("html" if bar else kind)
    return BodyPlan(
        way=way,
        whole=whole,
        quiet=selection is not None and known is not None and known.quiet,
        spill=spill,
        kind="html" if bar else kind,
        content_type=content_type,
        coding=coding,
        max_readable=max_readable,
        selection=selection,
        bar=bar,
        links=links,
        one_go=way == "read"
        and shown is not None
        and not shown.live
        and ((whole and not spill) or coding in PLAIN),
    )


def _reading(
    content_type: bytes,
    document: bool,
    selection: Selection | None,
) -> tuple[Handling, bool]:
    """Say what to do with a body of this type, and whether it gets the bar."""
    if b"," in content_type:  # two types in one field: nobody can say which one a browser takes
        raise blocked(content_type)
    if document and _SCRIPTED.match(content_type):
        raise Unreadable(
            "document_without_bar",
            "The app answered with a kind of page that cannot carry the impersonation bar.",
            "Leave, and open it as yourself.",
        )
    kind: Handling = "pass"
    if selection is not None:
        kind = readable(handling(content_type), selection.speaks)
    return kind, document and _HTML.match(content_type) is not None


def blocked(content_type: bytes) -> Unreadable:
    """The error for a type that nobody reads here, or that is not what it says."""
    named = content_type.partition(b";")[0].decode("ascii", "replace")[:80] or "no type"
    return Unreadable(
        "type_unreadable",
        f"Values are hidden here, and the gateway cannot look into this kind of answer ({named}).",
        "Leave, and open it as yourself; or ask the platform team for a rule that fits.",
    )
