"""What provably holds no hidden element leaves as it is, in the same bytes as by the long way."""

from __future__ import annotations

import html
import re
from html.entities import html5

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.html import leaves_as_it_is
from gateway.redaction.html_match import Matcher, selectors_of
from gateway.redaction.html_page import holds_hit
from gateway.redaction.html_tokens import Tag, read_attributes
from tests.redaction.soup import Soup
from tests.redaction.support import hiding_html, redact_page

NOTES = hiding_html(".note", "aside", "#list [data-kind^=se]")
LETTER = re.compile(r"[a-z0-9_-]")
PIECES = [
    "<p>", "</p>", "<p class=", "<div id=list>", "</div>", " note", "NOTE", "no", "te", "'", '"',
    ">", "<", "=", " ", "\0", "&", "&amp;", "amp;", "#110;", "&#110", "&#x6e;", "&lt;", "&#60;",
    "lt;", "&nbsp;", "&#39;", "&szlig;", "\u017f", "\u212a", "ﬁ", "<!--", "-->", "<!-- <b> -->",
    "<script>", "</script>", "<textarea>", "</textarea>", "<svg>", "</svg>", "<select>", "<td>",
    "<plaintext>", "<template>", "<aside>", "aside", "<font>", "data-kind=", "se", "é", "<b>",
    "class", 'class="', "class='", "&Tab;", "&equals;", "&quot;", "x", "class=note", "\\",
    "class='x note'",
    "</b>", "<noscript>", "</noscript>", "<![CDATA[", "<body class=note>", "<body>", "<frameset>",
]  # fmt: skip


def whole(page: str) -> tuple[bytes, int] | None:
    """What leaves by the long way and how often rules hit; None where nothing may."""
    try:
        body, remarks = redact_page(page.encode(), NOTES)
    except Unreadable:
        return None
    return body, len(remarks)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("<p class='&#110;ote'>")
@example("<div title='&lt;p class=&amp;#110;ote>'>")
@example("<div title='&ltaside>'>")
@example("<p class=<svg><font>")
@example("<div title='&lt;p class&equals;note>'>")
@example("<div title='&lt;p class=&quot;x note&quot;>'>")
@example("<p class='x&nbspnote'>")
@example("<p title='class=x' class\n= \"x\tNOTE\">")
@example("<p class=x>note</p><p id=note data-class=xnote>")
@example('<p>class=" so</p><p class="note">x</p>')
@example("""<input placeholder='class="' class="note">""")
@example('<!-- class=" --><p class="note">x</p>')
@example("<p class=<?x class= note>")
def test_what_is_proven_to_leave_as_it_is_does(page: str) -> None:
    if leaves_as_it_is(page.encode(), NOTES, "utf-8"):
        assert whole(page) == (page.encode(), 0)
        assert redact_page(page.encode(), NOTES, piece=3) == (page.encode(), ())


@pytest.mark.parametrize("selector", [".private-note", ".c"])
def test_soup_that_no_selector_hits_leaves_as_it_is(selector: str) -> None:
    selection = hiding_html(selector)
    for seed in range(150):
        page = Soup(seed).page.encode()
        assert leaves_as_it_is(page, selection, "utf-8")
        assert redact_page(page, selection, piece=7) == (page, ())


def test_no_reference_spells_a_letter_unseen() -> None:
    proof = selectors_of(hiding_html("[data-note]")).hidden
    codes = (*range(0x180), *range(0x2000, 0x2200), 0xFB01, 0x10FFFF)
    spelled = [f"&{name}" for name in html5]
    spelled += [f"&#{zeros}{code}{end}" for code in codes for zeros in ("", "00") for end in ";x"]
    spelled += [f"&#{x}{code:x}{end}" for code in codes for x in "xX" for end in ("", ";")]
    for reference in spelled:
        for text in (reference, reference.replace("&", "&amp;"), reference.replace("&", "&AMP")):
            if proof.none_in(text.casefold()):
                means = html.unescape(html.unescape(text))
                assert LETTER.search(means.casefold()) is None or means == text, text
            if proof.none_in_tag(text.casefold()):
                assert "<" not in html.unescape(html.unescape(text))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_a_tag_that_concerns_nobody_is_not_selected_and_holds_no_markup(said: str) -> None:
    attributes = f" {said}".replace(">", "").replace("<", "&lt")
    tag = Tag(text=f"<p{attributes}>", ends=False, name="p", attributes=attributes,
              self_closing=False)  # fmt: skip
    if not Matcher(NOTES).concerned[tag]:
        held = read_attributes(attributes)
        assert not any(
            part.matches("p", held) for _, selector in selectors_of(NOTES).rules
            for part in selector
        )  # fmt: skip
        assert not holds_hit(attributes, NOTES)


@pytest.mark.parametrize(
    "page",
    [
        b"<nobr class=s>x<center class=a>SECRET<nobr><nobr class=a><center>SECRET",
        b"<p class=s>shown</p><svg><font></svg><p>two</p>",
    ],
)
def test_in_doubt_no_page_leaves_that_has_what_is_hidden_in_some_place(page: bytes) -> None:
    """A browser opens formatting again in other places: there it may be one to hide."""
    with pytest.raises(Unreadable):
        redact_page(page, hiding_html(".a .s"))


def test_in_doubt_a_page_leaves_when_nothing_in_it_could_be_hidden() -> None:
    page = b"<p>one</p><svg><font></svg><p>two</p>"
    assert redact_page(page, NOTES, piece=2) == (page, ())
    assert redact_page(page + b"x note x", NOTES, piece=2) == (page + b"x note x", ())
    for other in (b"<p class=note>", b"<p class='&#110;ote'>", b"<p class\n=x&Tab;note>"):
        with pytest.raises(Unreadable):
            redact_page(page + other, NOTES, piece=2)
