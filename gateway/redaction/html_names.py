"""Sets of element names by which browsers build their tree (HTML, 13.2.4 and 13.2.6)."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


VOID = names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track"
    " wbr image"
)
"""Outside of svg and math these hold nothing. (`<image>` becomes an `<img>`.)"""
HEADINGS = names("h1 h2 h3 h4 h5 h6")
FORMATTING = names("a b big code em font i nobr s small strike strong tt u")
IMPLIED = names("dd dt li optgroup option p rb rp rt rtc")
TABLE_PARTS = names("table caption colgroup tbody thead tfoot tr td th")
BEFORE_BODY = names("html head title base link meta script style noscript template")
SVG_OR_MATH = names("svg math")

INTEGRATION = names("foreignobject desc title mi mo mn ms mtext annotation-xml")
"""Inside these, svg and math hold HTML again."""

BREAKOUT = names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li"
    " listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
)
"""Their start tags end svg and math. `font` does with some attributes: it is left in doubt."""

AMBIENT = names("svg math select template frameset noscript")
"""Parsers read what stands in these in ways of their own, so their ends must be certain too."""

SCOPE = names("applet caption html table td th marquee object template select noscript")
SCOPE |= INTEGRATION
"""A block's end tag does not reach beyond these."""

TABLE_SCOPE = names("table template select noscript frameset")
"""The end tag of a part of a table does not reach beyond these."""

BLOCKS = names(
    "address article aside blockquote button center details dialog dir div dl fieldset figcaption"
    " figure footer header hgroup listing main menu nav ol pre search section summary ul dd dt li p"
    " applet marquee object select"
)
"""Their end tags close through anything but `SCOPE`."""

SPECIAL = names(
    "address applet area article aside base basefont bgsound blockquote body br button caption"
    " center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form"
    " frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li"
    " link listing main marquee menu meta nav noembed noframes noscript object ol p param"
    " plaintext pre script search section select source style summary table tbody td template"
    " textarea tfoot th thead title tr track ul wbr xmp"
)
SPECIAL |= INTEGRATION
"""The end tags of all other elements do not reach beyond these."""

CLEARING = names("applet object marquee template td th caption")
"""Where these end, formatting that was left open in them is forgotten."""

_Closing = tuple[frozenset[str], frozenset[str] | None]
_LIST_STOP = SPECIAL - {"address", "div", "p"} | SVG_OR_MATH
_TABLE_STOP = TABLE_SCOPE | SVG_OR_MATH
_CELLS = names("td th")
_ROWS_AND_CELLS = TABLE_PARTS - {"table"}
_CLOSES_P: _Closing = (names("p"), SCOPE | SVG_OR_MATH | {"button"})
CLOSED_BY: dict[str, tuple[_Closing, ...]] = {
    **dict.fromkeys(
        BLOCKS - names("button applet marquee object select") | HEADINGS | {"form", "hr", "xmp"},
        (_CLOSES_P,),
    ),
    "li": ((names("li"), _LIST_STOP), _CLOSES_P),
    **dict.fromkeys(names("dd dt"), ((names("dd dt"), _LIST_STOP), _CLOSES_P)),
    **dict.fromkeys(names("option optgroup"), ((names("option"), None),)),
    **dict.fromkeys(_CELLS, ((_CELLS, _TABLE_STOP),)),
    "tr": ((_CELLS | {"tr"}, _TABLE_STOP),),
    **dict.fromkeys(
        names("tbody thead tfoot caption colgroup col"), ((_ROWS_AND_CELLS, _TABLE_STOP),)
    ),
}
"""Start tags that close open elements: which, and what other ones end the search (None: any)."""
