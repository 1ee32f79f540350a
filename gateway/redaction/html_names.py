"""Sets of element names by which browsers build their tree (HTML, 13.2.4 and 13.2.6)."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


VOID = names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track"
    " wbr image colgroup"
)
"""Outside of svg and math these hold nothing that shows. (`<image>` becomes an `<img>`.)"""
HEADINGS = names("h1 h2 h3 h4 h5 h6")
FORMATTING = names("a b big code em font i nobr s small strike strong tt u")
IMPLIED = names("dd dt li optgroup option p rb rp rt rtc")
TABLE_PARTS = names("table caption tbody thead tfoot tr td th")
ROOTS = names("html head body")
"""A browser opens these by itself, ignores them where they are late, and hardly closes them."""
FRAMES = names("frameset frame noframes")
BEFORE_BODY = names("title base link meta script style noscript template") | ROOTS | FRAMES
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

_Closing = tuple[frozenset[str], frozenset[str] | None]
_LIST_STOP = SPECIAL - {"address", "div", "p"} | SVG_OR_MATH
_TABLE_STOP = TABLE_SCOPE | SVG_OR_MATH
_FORMATTING_STOP = names("applet object marquee template td th caption")
_CELLS = names("td th")
_P: _Closing = (names("p"), SCOPE | SVG_OR_MATH | {"button", "frameset"})

CLOSES: dict[str, tuple[_Closing, ...]] = {
    **dict.fromkeys(
        BLOCKS - names("button applet marquee object select") | HEADINGS | {"form", "hr", "xmp"},
        (_P,),
    ),
    "li": ((names("li"), _LIST_STOP), _P),
    **dict.fromkeys(names("dd dt"), ((names("dd dt"), _LIST_STOP), _P)),
    **dict.fromkeys(names("option optgroup"), ((names("option"), None),)),
    **dict.fromkeys(_CELLS, ((_CELLS, _TABLE_STOP),)),
    "tr": ((_CELLS | {"tr"}, _TABLE_STOP),),
    **dict.fromkeys(
        names("tbody thead tfoot caption colgroup col"), ((TABLE_PARTS - {"table"}, _TABLE_STOP),)
    ),
}
"""Start tags that close open elements: which, and what other ones end the search (None: any)."""

MAY_CLOSE: dict[str, tuple[_Closing, ...]] = {
    "a": ((names("a"), _FORMATTING_STOP),),
    "nobr": ((names("nobr"), _FORMATTING_STOP),),
    "button": ((names("button"), SCOPE),),
    "table": (_P, (TABLE_PARTS - _CELLS - {"caption"}, None)),
    "optgroup": ((names("optgroup"), None),),
    **dict.fromkeys(HEADINGS, ((HEADINGS, None),)),
    **dict.fromkeys(names("rb rt rp rtc"), ((names("rb rt rp rtc"), None),)),
}
"""Start tags that close open elements in some modes of a parser; written like `CLOSES`."""

NOT_IN_SELECT = names("select input textarea keygen") | TABLE_PARTS
"""Start tags that end an open `<select>`, or do not, as parsers have changed."""
