"""Charsets: a small list, found as a browser would be told."""

from __future__ import annotations

import codecs

import pytest

from gateway.errors import Unreadable
from gateway.redaction.charsets import text_encoding


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
    ],
)
def test_a_page_says_its_charset(content_type: bytes | None, start: bytes, found: str) -> None:
    assert text_encoding(content_type, start, html=True) == found


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        (b"text/html; charset=utf-7", b""),
        (b"text/html; charset=utf-16", b""),
        (b"text/html; charset=utf-16le", b""),
        (b"text/html; charset=iso-2022-jp", b""),
        (b"text/html; charset=shift_jis", b""),
        (b"text/html; charset=gb18030", b""),
        (b"text/html; charset=x-user-defined", b""),
        (b"text/html; charset=", b""),
        (b"text/html; charset=\xff", b""),
        (b"text/html; charset=utf-8; charset=utf-7", b""),
        (b'text/html; x="; charset=utf-8"; charset=utf-7', b""),
        (b"text/html; charset=utf-8, text/html; charset=utf-7", b""),
        (b"text/html", b"<meta charset=utf-7>"),
        (b"text/html", b"<meta http-equiv=x content='text/html;charset=euc-jp'>"),
        (b"text/html; charset=utf-8", codecs.BOM_UTF16_LE + b"<\0"),
        (b"text/html; charset=utf-8", codecs.BOM_UTF16_BE),
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
    assert text_encoding(b"application/json", meta, html=False) == "utf-8"
    assert text_encoding(b"application/json", b'"K\xf6ln"', html=False) == "utf-8"
    assert text_encoding(b"text/json; charset=latin1", meta, html=False) == "windows-1252"


@pytest.mark.threat(35)
def test_row_35_json_in_utf_16_is_blocked() -> None:
    with pytest.raises(Unreadable, match="charset"):
        text_encoding(b"application/json", '{"ssn": 1}'.encode("utf-16-le"), html=False)
