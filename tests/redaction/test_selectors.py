"""Selectors: what is supported never misses, the rest is refused."""

from __future__ import annotations

import pytest

from gateway.redaction.selectors import compile_selector


def holds(selector: str, element: str, **attributes: str) -> bool:
    held = {name.replace("_", "-"): value for name, value in attributes.items()}
    return any(line[-1].matches(element, held) for line in compile_selector(selector))


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        "P",
        ".note",
        ".NOTE",
        "p.note",
        "p.note.red",
        "#n-1",
        "p#n-1.note",
        "*.note",
        "[data-kind]",
        "[data-kind=private]",
        "[DATA-KIND='Private']",
        '[data-kind="private" i]',
        "[ data-kind ^= pri ]",
        "[data-kind$=vate]",
        "[data-kind*=iva]",
        "[data-kind|=private]",
        "[class~=red]",
        ".other, .note",
        " .note ",
    ],
)
def test_a_selector_holds(selector: str) -> None:
    assert holds(selector, "p", **{"class": "x\tnote RED"}, id="n-1", data_kind="private")


@pytest.mark.parametrize(
    "selector",
    ["div", ".no", ".note.blue", "#n", "[data-other]", "[data-kind=priv]", "[class~=re]", "b.note"],
)
def test_a_selector_does_not_hold(selector: str) -> None:
    assert not holds(selector, "p", **{"class": "note red"}, id="n-1", data_kind="private")


def test_a_line_of_descent_has_a_compound_for_each_element() -> None:
    (line,) = compile_selector("#notes  table.list\ttd")
    assert [compound.element for compound in line] == [None, "table", "td"]


def test_a_list_has_a_line_for_each_selector() -> None:
    assert [len(line) for line in compile_selector(".a .b , .c,p")] == [2, 1, 1]


@pytest.mark.parametrize(
    "selector",
    [
        "",
        " ",
        ",",
        ".a,",
        ".a,,.b",
        "ul > li",
        "a + b",
        "a ~ b",
        "li:nth-child(2)",
        "p:not(.a)",
        ":has(a)",
        "a::before",
        "svg|a",
        ".a\\:b",
        "[a=b c]",
        "[a='b]",
        "[a^='']",
        "[class~='a b']",
        ".a.b p.c div*",
        ".ap*",
        ".",
        "#",
        "{",
        "*",
        "body",
        "table tbody td",
        "tr",
    ],
)
def test_what_a_streamed_page_cannot_answer_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match=r"selector|streamed|needs|nothing"):
        compile_selector(selector)


def test_an_anchor_is_in_every_tag_that_a_compound_holds_for() -> None:
    (line,) = compile_selector("p.Note[data-kind=private]")
    assert line[-1].anchor == "private"
