"""Open elements: nothing watched is closed while a browser may hold it open."""

from __future__ import annotations

import re

import pytest

from gateway.errors import Unreadable
from gateway.redaction.html_tree import MAX_DEPTH, OpenElements


def after(page: str) -> int:
    """How many elements are open after these tags; an upper-case one is watched."""
    elements = OpenElements()
    for slash, name, self_closing in re.findall(r"<(/?)([\w-]+)(/?)>", page):
        if slash:
            elements.close(name.lower())
            continue
        elements.make_way(name.lower())
        if elements.open(name.lower(), self_closing=bool(self_closing)) and name.isupper():
            elements.watch()
    return elements.depth


@pytest.mark.parametrize(
    ("page", "depth"),
    [
        ("<div><P></p></div>", 0),
        ("<P><b><i></i></b></p>", 0),
        ("<DIV><b></div>", 0),
        ("<ul><LI><li></ul>", 0),
        ("<dl><DT><dd></dl>", 0),
        ("<P><div>", 1),
        ("<P><h1>", 1),
        ("<table><tr><TD><td><tr><td></table>", 0),
        ("<table><tbody><TR><tbody>", 2),
        ("<TABLE><caption><tr><td></table>", 0),
        ("<select><OPTION><option></select>", 0),
        ("<BR><IMG><INPUT>", 0),
        ("<DIV/>", 1),
        ("<svg><PATH/></svg>", 0),
        ("<svg><PATH></svg>", 0),
        ("<svg><G><path></g></svg>", 0),
        ("<svg><G><div>", 1),
        ("<DIV></section></div>", 0),
        ("<div></div></div><P></p>", 0),
        ("<template><P></template>", 0),
        ("<DIV></body></html>", 1),
        ("<html><body><P></p></body></html>", 0),
    ],
)
def test_what_every_browser_closes_is_closed(page: str, depth: int) -> None:
    assert after(page) == depth


@pytest.mark.parametrize(
    "page",
    [
        "<DIV><table></div>",
        "<DIV><table><tr><td></div>",
        "<SPAN><div></span>",
        "<B><div></b>",
        "<P><button></p>",
        "<LI><ul></li>",
        "<H1><div><h2></h1>",
        "<FORM><div></form>",
        "<DIV><template></div>",
        "<DIV><select></div>",
        "<DIV><noscript></div>",
        "<DIV><object></div>",
        "<DIV><svg><foreignobject></div>",
        "<p><B></p>",
        "<td><DIV></td>",
        "<B><p><b></p></b>",
        "<b><Q><p><b></p></b>",
        "<b><p></b><P></p></b><DIV></p>",
        "<a><A><a></a></a>",
        "<noscript><SPAN></noscript>",
        "<table><select><tr>",
        "<select><input>",
        "<svg><font>",
        "<frameset><P>",
        "<p><b><p></b><FORM></form>",
    ],
)
def test_where_browsers_could_differ_the_page_is_blocked(page: str) -> None:
    with pytest.raises(Unreadable):
        after(page)


def test_bad_nesting_of_what_nobody_watches_is_left_alone() -> None:
    sloppy = "<div><span><div></span></div></div>"
    assert after(f"{sloppy}<P><div></div></p>") == after(sloppy)


def test_elements_are_nested_so_deep_only() -> None:
    assert after("<div>" * MAX_DEPTH) == MAX_DEPTH
    with pytest.raises(Unreadable, match="deeper"):
        after("<div>" * (MAX_DEPTH + 1))


def test_it_says_where_raw_text_may_be_read_as_markup() -> None:
    elements = OpenElements()
    assert not elements.in_doubt
    elements.open("div", self_closing=False)
    elements.watch()
    assert not elements.in_doubt
    elements.open("select", self_closing=False)
    assert elements.in_doubt
    elements.close("select")
    assert not elements.in_doubt


def test_it_says_where_markup_may_be_text() -> None:
    elements = OpenElements()
    elements.open("noscript", self_closing=False)
    elements.open("p", self_closing=False)
    assert elements.in_noscript
    elements.close("p")
    elements.close("noscript")
    assert not elements.in_noscript


def test_it_says_where_elements_are_of_svg_or_math() -> None:
    elements = OpenElements()
    elements.open("svg", self_closing=False)
    assert elements.in_foreign
    elements.open("foreignobject", self_closing=False)
    assert not elements.in_foreign
