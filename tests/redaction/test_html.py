"""HTML pages: what a rule hits does not leave, the rest leaves byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.hiding import Action, keyed_hash
from gateway.redaction.html import HtmlRedactor
from tests.redaction.support import HASH_KEY, hiding_html, redact_page, rule, select

NOTE = hiding_html(".note")
MASK = "•••".encode()


def left(page: str, *selectors: str, action: Action = "remove") -> str:
    selection = hiding_html(*selectors or (".note",), action=action)
    return redact_page(page.encode(), selection)[0].decode()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>a</p><p class=note>SECRET</p><p>b</p>", "<p>a</p><p>b</p>"),
        ("<div class='x note'><p>SECRET<br><b>SECRET</b></div>b", "b"),
        ("<P CLASS=NOTE>SECRET</P>b", "b"),
        ("<p class='&#110;ote'>SECRET</p>b", "b"),
        ("<p class='x&#32;note'>SECRET</p>b", "b"),
        ("<p\tclass\n=\f'note'/>SECRET</p>b", "b"),
        ("<p title='>' class=note>SECRET</p>b", "b"),
        ("<p class=note class=other>SECRET</p>b", "b"),
        ("<p class=note>SECRET", ""),
        ("<ul><li>a<li class=note>SECRET<li>b</ul>", "<ul><li>a<li>b</ul>"),
        ("<table><tr><td class=note>SECRET<td>b</table>", "<table><tr><td>b</table>"),
        ("<input class=note value=SECRET>b", "b"),
        ("<img class=note alt=SECRET>b", "b"),
        ("<div class=note/>SECRET</div>b", "<div class=note/>SECRET</div>b"),  # its class: "note/"
        ("<div class=note />SECRET</div>b", "b"),
        ("<svg><text class=note>SECRET</text></svg>", "<svg></svg>"),
        ("<svg><path class=note d=SECRET />b</svg>", "<svg>b</svg>"),
        ("<svg><path class=note d='SECRET'/>b</svg>", "<svg>b</svg>"),
        ("<svg><path class=note d=SECRET/>SECRET</svg>b", "<svg></svg>b"),  # its d: "SECRET/"
        ("<template><p class=note>SECRET</p>b</template>", "<template>b</template>"),
        ("<noscript><p class=note>SECRET</p>b</noscript>", "<noscript>b</noscript>"),
        ("<select><option class=note>SECRET<option>b</select>", "<select><option>b</select>"),
        ("<textarea class=note>SECRET</textarea>b", "b"),
        ("<script class=note>SECRET</script>b", "b"),
        ("<div class=note><script>'</div>SECRET'</script></div>b", "b"),
        ("<div class=note><!-- </div> SECRET --></div>b", "b"),
        ("<div class=note><p title='</div>'>SECRET</div>b", "b"),
        ("<p class=note>a</p x=SECRET>b", "b"),
    ],
)
def test_a_hidden_element_is_gone_with_all_that_is_in_it(page: str, expected: str) -> None:
    assert left(page) == expected


@pytest.mark.parametrize(
    "page",
    [
        "<!-- <p class=note>SECRET</p> -->",
        "<!-- <p class=note>SECRET",
        "<!--[if IE]><p class=note>SECRET</p><![endif]-->",
        "<? <p class=note>",
        "<div title='<p class=note>SECRET</p>'></div>",
        "<div title='&lt;p class=note&gt;SECRET'></div>",
        "<div title='&lt;p class=&quot;note&quot;&gt;SECRET'></div>",
        "<div title=a title='<p class=note>SECRET</p>'></div>",
        "<iframe srcdoc='&lt;p class=note>SECRET'></iframe>",
        "<iframe srcdoc='<div title=\"&amp;lt;p class=note&amp;gt;SECRET\">'></iframe>",
        "<textarea><p class=note>SECRET</p></textarea>",
        "<textarea>&lt;p class=note&gt;SECRET&lt;/p></textarea>",
        "<title><p class=note>SECRET</title>",
        "<iframe><p class=note>SECRET</p></iframe>",
        "<noframes><p class=note>SECRET</p></noframes>",
        "<xmp><p class=note>SECRET</p></xmp>",
        "<svg><title><p class=note>SECRET</p></title></svg>",
        "<svg><style><p class=note>SECRET</p></style></svg>",
        "<svg><![CDATA[<p class=note>SECRET</p>]]></svg>",
        "<math><mi><p class=note>SECRET</mi></math>",
        "<select><xmp></select><p class=note>SECRET</p></xmp></select>",
        "<template><col><xmp></template><p class=note>SECRET</p></xmp></template>",
        "<noscript><!-- </noscript><p class=note>SECRET</p> --></noscript>",
        "<noscript><p title='</noscript><p class=note>SECRET</p>'></noscript>",
        "<div class=note><noscript></div></noscript>SECRET</div>",
        "<div class=note><table></div>SECRET</table></div>",
        "<span class=note><div></span>SECRET</div></span>",
        "<p>a<b class=note>b</p><p>SECRET</b></p>",
        "<form class=note><div></form>SECRET</div>",
        "<div class=note></body>SECRET",
        "<h1 class=note><div><h2></h1>SECRET</div></h1>",
        "<p>SECRET<body class=note>",
        "<script><!--<script></script><p class=note>SECRET</p>--></script>",
        "<plaintext><p class=note>SECRET",
        "<p class=note",
        "<p class=note title='SECRET",
        "<" * 10 + "p class=note>SECRET</p>",
        "<div>" * 1000 + "<p class=note>SECRET",
    ],
)
def test_no_place_in_a_page_keeps_a_hidden_element(page: str) -> None:
    for piece in (1, 7, 1 << 20):
        assert b"SECRET" not in leaving(page, piece)


def leaving(page: str, piece: int) -> bytes:
    """What leaves of a page as a whole: nothing where it is blocked."""
    try:
        return redact_page(page.encode(), NOTE, piece=piece)[0]
    except Unreadable:
        return b""


@pytest.mark.parametrize(
    "page",
    [
        "",
        "plain text, 1 < 2 & 3 > 2 <",
        "<!DOCTYPE html>\r\n<HTML><Body  class = other>\n<P>a<p>b</BODY></html>\n ",
        "<p id='a'title=\"b>c\" data-x=&amp;y / >\0</p >",
        "<!-- ko foreach: notes --><b></b><!-- /ko --><!--><!--->",
        "<script>if (a<b && '<p>') {}</script><style>a>b{}</style>",
        "<svg viewBox='0 0 1 1'><style>a{}</style><path d=M0/><text>x</text></svg>",
        "<select><option selected>a<option>b</select>",
        "<textarea>a <b </textarea>",
        "<frameset cols='1,1'><frame src=a><frame src=b></frameset>",
        "<table><colgroup><col></colgroup><tr><td>a<tr><td>b</table>",
        "<p><b>a<p>b</b></p></div></span>",
    ],
)
def test_a_page_without_a_hit_leaves_byte_for_byte(page: str) -> None:
    assert redact_page(page.encode(), NOTE) == (page.encode(), ())


def test_bytes_that_are_no_text_leave_as_they_came() -> None:
    page = b"\xff<p title=\xc3\x28>\xed\xa0\x80<i class=note>\xff</i>\xe2\x82"
    assert redact_page(page, NOTE)[0] == b"\xff<p title=\xc3\x28>\xed\xa0\x80\xe2\x82"


@pytest.mark.threat(35)
def test_row_35_a_class_beyond_ascii_is_found_in_each_charset() -> None:
    page = "<p class=größe>SECRET</p>ö"
    for encoding in ("utf-8", "windows-1252"):
        redacted, _ = redact_page(page.encode(encoding), hiding_html(".größe"), encoding=encoding)
        assert redacted == "ö".encode(encoding)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p class=note title=SECRET id=x>SECRET<b>SECRET</b></p>b", "<p class=note id=x>•••</p>b"),
        ("<p class=note x='>'>SECRET</p SECRET>", "<p class=note>•••</p>"),
        ("<li class=note>SECRET<li>b", "<li class=note>•••<li>b"),
        ("<td class=note data-value=1 style='width:73%'>S", "<td class=note>•••"),
        (
            "<input class=note name=n type=text value=SECRET placeholder=SECRET>",
            '<input class=note name=n type=text disabled value="•••" />',
        ),
        ("<input class=note type=checkbox checked>", None),
        ("<img class=note alt=SECRET src=SECRET>", "<img class=note />"),
        ("<meta class=note content=SECRET>", "<meta class=note />"),
        ("<textarea class=note name=n>SECRET</textarea>", None),
        (
            "<select class=note name=n><option selected>SECRET</select>",
            "<select class=note name=n disabled>•••</select>",
        ),
        ("<script class=note src=SECRET>SECRET</script>", "<script class=note></script>"),
        ("<svg><path class=note d=SECRET /></svg>", "<svg><path class=note /></svg>"),
        ("<image class=note href=SECRET>", "<img class=note />"),
    ],
)
def test_a_mask_leaves_an_empty_shell(page: str, expected: str | None) -> None:
    masked = left(page, action="mask")
    assert expected is None or masked == expected
    assert "SECRET" not in masked
    assert "checked" not in masked


def test_a_masked_field_cannot_be_sent_back() -> None:
    for field in ("<input class=note>", "<textarea class=note></textarea>"):
        assert " disabled" in left(field, action="mask")


def test_a_hash_is_of_the_text_a_reader_sees() -> None:
    expected = keyed_hash(HASH_KEY, "Jonas & Mei")
    for page in (
        "<b class=note>\n Jonas &amp; Mei </b>",
        "<b class=note>Jonas <i>&amp;</i> Mei</b>",
    ):
        assert left(page, action="hash") == f"<b class=note>{expected}</b>"
    field = "<input class=note value='Jonas &amp; Mei'>"
    assert f'value="{expected}"' in left(field, action="hash")


def test_each_rule_leaves_its_remark() -> None:
    selection = select(
        rule("notes", html=[".note"]), rule("mood", html=["i", ".mood"], action="mask")
    )
    page = b"<p class=note><i>x</i></p><i>a</i><b class=mood>b</b><p class='note mood'>c</p>"
    redacted, remarks = redact_page(page, selection)
    assert redacted == b"<i>" + MASK + b"</i><b class=mood>" + MASK + b"</b>"
    assert remarks == (
        Remark(rule="notes", category="notes", count=2),
        Remark(rule="mood", category="mood", count=2),
    )


def test_selectors_of_several_parts_follow_the_page() -> None:
    page = "<div id=a><p><b>SECRET</b></p></div><p><b>kept</b></p><div id=a><b>SECRET</b></div>"
    assert left(page, "#a b") == "<div id=a><p></p></div><p><b>kept</b></p><div id=a></div>"


def test_a_root_that_answers_does_so_to_the_end() -> None:
    page = "<body class=contact><p class=note>SECRET</p></body></html><p class=note>SECRET</p>"
    assert left(page, ".contact .note") == "<body class=contact></body></html>"


def test_what_is_clear_leaves_at_once() -> None:
    redactor = HtmlRedactor(NOTE, "utf-8")
    assert redactor.feed(b"<p>one</p><p cla") == b"<p>one</p>"
    assert redactor.feed(b"ss=note>SEC") == b""
    assert redactor.feed(b"RET</p>two") == b"two"
    assert redactor.close() == b""


def test_after_a_refusal_nothing_more_comes_out() -> None:
    redactor = HtmlRedactor(NOTE, "utf-8")
    with pytest.raises(Unreadable):
        redactor.feed(b"<p class=note><plaintext>")
    with pytest.raises(Unreadable, match="given up"):
        redactor.feed(b"<p>")
    with pytest.raises(Unreadable, match="given up"):
        redactor.close()


def test_markup_in_attributes_of_markup_does_not_exhaust_the_stack() -> None:
    page = "x"
    for _ in range(400):
        page = "<a b='" + page.replace("&", "&amp;").replace("'", "&#39;") + "'>"
        if len(page) > 1_000_000:
            break
    assert leaving(page, 1 << 20) in (b"", page.encode())


PIECES = ["<p>", "</p>", "<p class=note>", "<b class='note x'>", "</b>", "<br>", "<li>", "</div>"]
PIECES += ["<div>", "<input class=note value=1>", "<table>", "</table>", "<td>", "<svg>", "</svg>"]
PIECES += [
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "text ",
    "&amp;",
    "é",
    "😀",
    "<",
    "<title>x</title>",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.integers(1, 9),
    st.sampled_from(["remove", "mask", "hash"]),
)
@pytest.mark.threat(36)
def test_row_36_the_pieces_change_nothing(page: str, piece: int, action: Action) -> None:
    selection = hiding_html(".note", action=action)

    def outcome(size: int) -> object:
        try:
            return redact_page(page.encode(), selection, piece=size)
        except Unreadable as blocked:
            return blocked.code

    assert outcome(piece) == outcome(1 << 20)


INNER = st.recursive(
    st.sampled_from(["", "SECRET", "<br>", "<!-- x -->", "<input value=SECRET>"]),
    lambda inner: st.builds(
        "<{0} title=SECRET>{1}{2}</{0}>".format,
        st.sampled_from(["div", "span", "b", "section", "ul", "em"]),
        inner,
        inner,
    ),
    max_leaves=8,
)


@given(INNER, INNER, st.sampled_from(["div", "span", "b", "section", "custom-element"]))
def test_well_formed_pages_lose_exactly_what_is_hidden(inner: str, around: str, name: str) -> None:
    around = around.replace("SECRET", "kept")
    page = f"{around}<{name} class=note>{inner}</{name}>{around}"
    assert left(page) == around + around
