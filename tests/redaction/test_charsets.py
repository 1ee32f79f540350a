"""Charsets: a small list, found as a browser would be told."""

from __future__ import annotations

import codecs
import html
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.charsets import Text, text_encoding


@pytest.mark.parametrize(
    ("content_type", "start", "found"),
    [
        (b"text/html; charset=utf-8", b"", "utf-8"),
        (b"text/html;charset=UTF8", b"", "utf-8"),
        (b'text/html; Charset="utf-8"', b"", "utf-8"),
        (b"text/html;\tcharset = utf-8 ; x=y", b"", "utf-8"),
        (b"text/html; charset=ISO-8859-1", b"", "windows-1252"),
        (b"text/html; charset=us-ascii", b"", "windows-1252"),
        (b"text/html; charset=utf-8", b"<meta charset=iso-8859-1>", "utf-8"),
        (b"text/html", b"<meta charset=iso-8859-1>", "windows-1252"),
        (b"text/html", b"<META\nCharSet = 'utf-8'>", "utf-8"),
        (b"text/html", b'<meta content="text/html; charset=latin1" http-equiv=x>', "windows-1252"),
        (b"text/html", b"\xef\xbb\xbf<meta charset=iso-8859-1>", "utf-8"),
        (b"text/html; charset=latin1", codecs.BOM_UTF8, "utf-8"),
        (b"text/html", "<p>Köln".encode(), "utf-8"),
        (b"text/html", "<p>Köl".encode()[:-1] + b"\xc3", "utf-8"),
        (b"text/html", b"<p>K\xf6ln", "windows-1252"),
        (None, b"<p>", "utf-8"),
        (b"text/html; charset=Shift_JIS", b"", "shift_jis"),
        (b"text/html; charset=windows-31j", b"", "shift_jis"),
        (b"text/html", b"<meta charset=x-sjis>", "shift_jis"),
        (b"text/html; charset=EUC-JP", b"", "euc-jp"),
        (b"text/html; charset=ks_c_5601-1987", b"", "euc-kr"),
        (b"text/html; charset=gb2312", b"", "gbk"),
        (b"text/html; charset=gb18030", b"", "gb18030"),
        (b"text/html", b"<meta charset=utf-16le>", "utf-8"),
        (b"text/html; charset=shift_jis", codecs.BOM_UTF16_LE + b"<\0", "utf-8"),
        (b"text/html; charset=utf-8", codecs.BOM_UTF16_BE, "utf-8"),
    ],
)
def test_a_page_says_its_charset(content_type: bytes | None, start: bytes, found: str) -> None:
    assert text_encoding(content_type, start, html=True).label == found


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        (b"text/html; charset=utf-7", b""),
        (b"text/html; charset=utf-16", b""),
        (b"text/html; charset=utf-16le", b""),
        (b"text/html; charset=iso-2022-jp", b""),
        (b"text/html; charset=x-user-defined", b""),
        (b"text/html; charset=", b""),
        (b"text/html; charset=\xff", b""),
        (b"text/html; charset=utf-8; charset=utf-7", b""),
        (b'text/html; x="; charset=utf-8"; charset=utf-7', b""),
        (b"text/html; charset=utf-8, text/html; charset=utf-7", b""),
        (b"text/html", b"<meta charset=utf-7>"),
        (b"text/html", b"<meta http-equiv=x content='text/html;charset=hz-gb-2312'>"),
        (b"text/html; charset=iso-8859-2", b""),
        (b"text/html; charset=windows-1251", b""),
        (b"text/html; charset=big5", b""),
        (b"text/html; charset=utf-8", codecs.BOM_UTF32_LE + b"<\0\0\0"),
        (b"text/html; charset=utf-8", b"\0<\0p"),
        (b"text/html; charset=utf-8", b"<\0p\0"),
        (b"text/html", codecs.BOM_UTF32_BE),
    ],
)
@pytest.mark.threat(35)
def test_row_35_another_charset_is_blocked(content_type: bytes, start: bytes) -> None:
    with pytest.raises(Unreadable, match="charset"):
        text_encoding(content_type, start, html=True)


def test_json_is_utf_8_unless_it_says_otherwise() -> None:
    meta = b'{"a": "<meta charset=latin1>"}'
    assert text_encoding(b"application/json", meta, html=False).label == "utf-8"
    assert text_encoding(b"application/json", b'"K\xf6ln"', html=False).label == "utf-8"
    assert text_encoding(b"text/json; charset=latin1", meta, html=False).label == "windows-1252"


@pytest.mark.threat(35)
def test_row_35_json_in_utf_16_is_blocked() -> None:
    with pytest.raises(Unreadable, match="charset"):
        text_encoding(b"application/json", '{"ssn": 1}'.encode("utf-16-le"), html=False)


@pytest.mark.parametrize("label", ["iso-8859-2", "Windows-1251", "koi8-r", "big5", "windows-874"])
def test_where_nothing_is_hidden_more_charsets_have_room_for_the_bar(label: str) -> None:
    said = f"text/html; charset={label}".encode()
    assert text_encoding(said, b"", html=True, redacted=False).label == label.lower()


@pytest.mark.threat(35)
@pytest.mark.parametrize("label", ["utf-7", "iso-2022-jp", "utf-16", "hz-gb-2312", "x-no-such"])
def test_row_35_no_page_is_shown_whose_markup_could_be_spelled_otherwise(label: str) -> None:
    with pytest.raises(Unreadable, match="charset"):
        text_encoding(f"text/html; charset={label}".encode(), b"", html=True, redacted=False)


CODECS = ["utf-8", "windows-1252", "cp932", "euc_jp", "cp949", "gb18030"]


@given(st.sampled_from(CODECS), st.text(max_size=40), st.lists(st.integers(0, 80), max_size=5))
def test_text_comes_back_as_it_was_in_any_chunking(codec: str, text: str, cuts: list[int]) -> None:
    data = text.encode(codec, "ignore")
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    reader = Text(codec)
    read = "".join(reader.read(data[start:end]) for start, end in pairwise(edges))
    read += reader.read(b"", last=True)
    assert read == data.decode(codec)
    assert reader.write(read).decode(codec) == read


@pytest.mark.threat(35)
@pytest.mark.parametrize("codec", CODECS[2:])
def test_row_35_half_a_character_hides_no_markup(codec: str) -> None:
    """Readers differ in whether a lead byte without its second one takes what follows with it."""
    with pytest.raises(Unreadable, match="charset"):
        Text(codec).read(b"\x81<script>", last=True)
    with pytest.raises(Unreadable, match="charset"):
        Text(codec).read(b"<p>\x81", last=True)


@pytest.mark.parametrize("codec", CODECS)
def test_what_a_charset_has_not_leaves_as_a_reference(codec: str) -> None:
    written = Text(codec).write("a•b☃")
    assert html.unescape(written.decode(codec)) == "a•b☃"


def test_bytes_that_are_no_text_come_back_in_utf_8() -> None:
    text = Text("utf-8")
    assert text.write(text.read(b"a\xffb", last=True)) == b"a\xffb"
