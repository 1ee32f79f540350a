"""The tokenizer: cut as a browser cuts, whatever the pieces."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.html_tokens import (
    MAX_WAITING,
    Tag,
    Tokenizer,
    keep_attributes,
    read_attributes,
)


class Transcript:
    """Writes down what the tokenizer hands on; neighbouring text is one."""

    def __init__(self) -> None:
        self.tokens: list[tuple[str, str]] = []

    def text(self, text: str) -> None:
        if self.tokens and self.tokens[-1][0] == "text":
            text = self.tokens.pop()[1] + text
        self.tokens.append(("text", text))

    def raw(self, text: str) -> None:
        self.tokens.append(("raw", text))

    def start(self, tag: Tag) -> None:
        self.tokens.append((f"<{tag.name}>", tag.text))

    def end(self, tag: Tag) -> None:
        self.tokens.append((f"</{tag.name}>", tag.text))

    def aside(self, text: str) -> None:
        self.tokens.append(("aside", text))


def cut(page: str, piece: int = 1 << 20) -> list[tuple[str, str]]:
    transcript = Transcript()
    tokenizer = Tokenizer(transcript)
    for at in range(0, len(page), piece):
        tokenizer.feed(page[at : at + piece])
    tokenizer.close()
    return transcript.tokens


def kinds(page: str) -> list[str]:
    return [kind for kind, _ in cut(page)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("a<b>c</b>d", ["text", "<b>", "text", "</b>", "text"]),
        ("<P CLASS=x>", ["<p>"]),
        ("<p/>", ["<p>"]),
        ("<p\n\tid = 'a>b' title=\"c>d\" e=f/g>x", ["<p>", "text"]),
        ("<p id='a'title=b>x", ["<p>", "text"]),
        ("<p =x=y>z", ["<p>", "text"]),
        ("<p a= >z", ["<p>", "text"]),
        ("<p a\"b'c>z", ["<p>", "text"]),
        ("<p\0>z", ["<p\0>", "text"]),
        ("</p x='>'>z", ["</p>", "text"]),
        ("1 < 2 <3 <- <", ["text"]),
        ("<<", ["text"]),
        ("<<b>", ["text", "<b>"]),
        ("<!doctype html>x", ["aside", "text"]),
        ("<!doctype html public 'a>b'>", ["aside", "text"]),
        ("<!-->x<!--->y", ["aside", "text", "aside", "text"]),
        ("<!--a--!>x<!--a->b-->y", ["aside", "text", "aside", "text"]),
        ("<!----><!-----><!---!-->", ["aside", "aside", "aside"]),
        ("<?php echo '>' ?>", ["aside", "text"]),
        ("</><//x></3>", ["aside", "aside", "aside"]),
        ("<![CDATA[x]]>y", ["aside", "text"]),
        ("<![if !IE]>y<![endif]>", ["aside", "text", "aside"]),
        ("<title><b></TITLE\n>x", ["<title>", "raw", "</title>", "text"]),
        ("<script></scripty></script>x", ["<script>", "raw", "</script>", "text"]),
        ("<script><!-- </script>x", ["<script>", "raw", "</script>", "text"]),
        ("<script><!--<script</script>x", ["<script>", "raw", "</script>", "text"]),
        ("<style><!--<b></style>", ["<style>", "raw", "</style>"]),
        ("<textarea></textarea/>x", ["<textarea>", "raw", "</textarea>", "text"]),
        ("<xmp></p></xmp>", ["<xmp>", "raw", "</xmp>"]),
    ],
)
def test_a_page_is_cut_as_a_browser_cuts_it(page: str, expected: list[str]) -> None:
    assert kinds(page) == expected
    assert "".join(text for _, text in cut(page)) == page


@pytest.mark.parametrize(
    "page",
    [
        "<p",
        "<p a",
        "<p a='>",
        "<p a='x>y</p>",
        "</p",
        "</",
        "<!",
        "<!doctype",
        "<!--",
        "<!-- -- ->",
        "<![CDATA[",
        "<title>",
        "<title><b>",
        "<script></script",
        "<textarea></textareas>",
    ],
)
def test_what_is_cut_short_is_blocked_at_its_end(page: str) -> None:
    tokenizer = Tokenizer(Transcript())
    tokenizer.feed(page)
    with pytest.raises(Unreadable, match="ends inside"):
        tokenizer.close()


@pytest.mark.parametrize(
    "page",
    [
        "<plaintext>",
        "<script><!-- <script> </script>",
        "<script><!--<SCRIPT/></script>",
        "<svg><![CDATA[<p class=s>]]></svg>",
        "<![CDATA[ > ]]>",
    ],
)
def test_what_can_be_cut_in_two_ways_is_blocked(page: str) -> None:
    with pytest.raises(Unreadable):
        cut(page)


@pytest.mark.parametrize("start", ["<p a='", "<!--", "<script>", "<?"])
def test_a_token_may_not_wait_for_ever(start: str) -> None:
    tokenizer = Tokenizer(Transcript())
    tokenizer.feed(start)
    with pytest.raises(Unreadable, match="too long"):
        tokenizer.feed("x" * (MAX_WAITING + 1))


PIECES = [*"<>/!?'\"=&- abp\né😀", "<!--", "-->", "--!>", "<![CDATA[", "]]>", "<p", "</p>", " x='"]
PIECES += ["<script>", "</script>", "<title>", "</title ", "</title>", "<TEXTAREA>", "</textarea>"]
SOUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def test_a_long_comment_is_read_once_however_it_comes() -> None:
    comment = "<!--" + " > -" * 300_000 + "-->"
    start = time.process_time()
    tokens = cut(comment, piece=512)
    assert time.process_time() - start < 5
    assert len(tokens) == 1


@pytest.mark.threat(36)
@given(SOUP, st.integers(1, 7))
def test_the_pieces_change_nothing(page: str, piece: int) -> None:
    def outcome(size: int) -> object:
        try:
            return cut(page, size)
        except Unreadable as blocked:
            return blocked.detail

    assert outcome(piece) == outcome(1 << 20)


@given(SOUP)
def test_the_tokens_joined_are_the_page(page: str) -> None:
    try:
        tokens = cut(page)
    except Unreadable:
        return
    assert "".join(text for _, text in tokens) == page


def test_attributes_are_read_as_a_browser_reads_them() -> None:
    text = " A=1 b='2&amp;3' c=\"4\" a=5 d e=&#115;/ =f=g /h"
    assert read_attributes(text) == {
        "a": "1",
        "b": "2&3",
        "c": "4",
        "d": "",
        "e": "s/",
        "=f": "g",
        "h": "",
    }


def test_attributes_are_kept_as_they_were_spelled() -> None:
    text = " CLASS='a &amp; b' title=secret id=x class=secret hidden"
    assert keep_attributes(text, frozenset(("class", "id", "hidden"))) == (
        " CLASS='a &amp; b' id=x hidden"
    )
