"""The charsets that redaction reads, found as a browser would be told.

In all of them an ASCII byte that markup is made of can only mean itself, whatever stands before it,
so that nothing hides in what another reader would take for half a character. UTF-7, ISO-2022-JP,
HZ, UTF-16 without a mark and their like are `Unreadable` (threat 35). What is found is also
declared to the browser, so that both read the same text.

Where no rule applies a page only needs room for the bar: then any charset will do in which ASCII
bytes are ASCII.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.errors import Unreadable

PRESCAN = 1024
"""Bytes of a document in which a `<meta>` may declare its charset (HTML, 13.2.3.2)."""


class Charset(NamedTuple):
    """A charset: its `label` for browsers (Encoding, 4.2), and Python's `codec` of it.

    `source`: the codec that the body is in, where it has to leave in another; else empty.
    """

    label: str
    codec: str
    source: str = ""


UTF_8: Final = Charset("utf-8", "utf-8")
_WINDOWS_1252: Final = Charset("windows-1252", "windows-1252")
LENIENT: Final = frozenset((UTF_8.codec, _WINDOWS_1252.codec))
"""Codecs of charsets in which readers go on alike after what is no text."""
_MARKS: Final = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: Charset("utf-8", "utf-8", "utf-16"),
    codecs.BOM_UTF16_BE: Charset("utf-8", "utf-8", "utf-16"),
}
"""A mark goes before everything that is declared (Encoding, 6.1)."""
_LABELS: Final[dict[str, Charset]] = {
    label: charset
    for charset, labels in (
        (UTF_8, "utf-8 utf8 unicode-1-1-utf-8"),
        # To a browser all of these are windows-1252.
        (
            _WINDOWS_1252,
            "windows-1252 us-ascii ascii iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 cp1252 x-cp1252",
        ),
        (
            Charset("shift_jis", "cp932"),
            "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
        ),
        (Charset("euc-jp", "euc_jp"), "euc-jp x-euc-jp cseucpkdfmtjapanese"),
        (
            Charset("euc-kr", "cp949"),
            "euc-kr cseuckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
        ),
        # Browsers read both with one decoder (Encoding, 10.1.1).
        (Charset("gbk", "gb18030"), "gbk x-gbk gb2312 gb_2312 gb_2312-80 csgb2312 chinese"),
        (Charset("gb18030", "gb18030"), "gb18030"),
    )
    for label in labels.split()
}
_ASCII_SAFE: Final = re.compile(
    r"iso-8859-(?:[2-9]|1[0-6]|8-[ei])|windows-(?:874|125\d)|koi8-[ru]|ibm866|macintosh"
    r"|x-mac-cyrillic|big5(?:-hkscs)?|tis-620"
)
"""Further labels of charsets that a page with the bar may have where nothing is redacted."""

_PARAMETER = re.compile(rb';[\t ]*charset[\t ]*=[\t ]*("[^"]*"|[^;]*)', re.IGNORECASE)
_META = re.compile(
    rb"<meta[\t\n\f\r /][^>]*?charset[\t\n\f\r ]*=[\t\n\f\r ]*([^>]*)", re.IGNORECASE
)
_META_LABEL = re.compile(rb"[\"']?[\t\n\f\r ]*([^\t\n\f\r \"';/>]*)")
_NUL = 0
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_MARKED = frozenset(mark[:1] for mark in (*_MARKS, *_UTF_32))


def text_encoding(
    content_type: bytes | None, first_bytes: bytes, *, html: bool, redacted: bool = True
) -> Charset:
    """Find in which charset a body is to be read, and declared.

    Args:
        content_type: the field's value, None when there is none.
        first_bytes: the decompressed body's first bytes, `PRESCAN` of them where it is that long.
        html: whether a `<meta>` may say it. What says nothing is UTF-8 in JSON; in HTML it is
            UTF-8 when the first bytes are valid UTF-8, else windows-1252.
        redacted: whether rules apply, so that the text must be understood.

    Raises:
        Unreadable: another charset is declared, or the body begins like one.
    """
    if first_bytes[:1] in _MARKED:
        if first_bytes.startswith(_UTF_32):
            raise unreadable()
        for mark, charset in _MARKS.items():
            if first_bytes.startswith(mark):
                return charset
    start = first_bytes[:PRESCAN]
    if _NUL in start:
        raise unreadable()
    declared = _declared(content_type, redacted) if content_type else None
    if declared is None and html:
        found = _META.search(start)
        label = _META_LABEL.match(found[1]) if found else None
        declared = _in_meta(label[1], redacted) if label else None
    if declared is None:
        return UTF_8 if not html or start.isascii() or _is_utf_8(start) else _WINDOWS_1252
    return declared


def unreadable() -> Unreadable:
    """The error for text that is in another charset than those, or damaged."""
    return Unreadable(
        "charset_unreadable",
        "Values are hidden here, and the app's answer is in a charset that the gateway does not"
        " read.",
        "Tell who runs the gateway: the app should answer in UTF-8.",
    )


@lru_cache(maxsize=64)
def _declared(content_type: bytes, redacted: bool) -> Charset | None:
    """The charset that a Content-Type names, None when it names none. An app sends few of them."""
    labels = _PARAMETER.findall(content_type)
    if len(labels) > 1:
        raise unreadable()
    return _known(labels[0], redacted) if labels else None


def _in_meta(label: bytes, redacted: bool) -> Charset:
    """A page that says in ASCII that it is UTF-16 is UTF-8 (HTML, 13.2.3.2)."""
    if label.lower() in (b"utf-16", b"utf-16le", b"utf-16be"):
        return UTF_8
    return _known(label, redacted)


def _known(label: bytes, redacted: bool) -> Charset:
    text = label.strip(b'" \t').decode("latin-1").lower()
    charset = _LABELS.get(text)
    if charset is None and not redacted and _ASCII_SAFE.fullmatch(text):
        charset = Charset(text, "latin-1")
    if charset is None:
        raise unreadable()
    return charset


def _is_utf_8(start: bytes) -> bool:
    """Say whether bytes are UTF-8, apart from a character that the end may have cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


class Text:
    """Bytes of a charset as text and back, in pieces of any size.

    What is not text in UTF-8 or windows-1252 comes back as the bytes that it was. In the others it
    is `Unreadable`: readers differ in where they go on after it. A character that a charset has not
    (the mask's dots) leaves as a reference.
    """

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._decode = codecs.getincrementaldecoder(codec)(
            "surrogateescape" if codec in LENIENT else "strict"
        ).decode

    def read(self, data: bytes, *, last: bool = False) -> str:
        """Give the next text.

        Raises:
            Unreadable: these bytes are no text.
        """
        try:
            return self._decode(data, last)
        except UnicodeDecodeError:
            raise unreadable() from None

    def write(self, text: str) -> bytes:
        """Give the bytes of text."""
        return text.encode(self._codec, _AS_REFERENCE)


_AS_REFERENCE: Final = "gateway.as_reference"


def _as_reference(fault: UnicodeError) -> tuple[str | bytes, int]:
    assert isinstance(fault, UnicodeEncodeError)  # noqa: S101  it is registered for these alone
    code = ord(fault.object[fault.start])
    if 0xDC80 <= code <= 0xDCFF:
        return bytes((code - 0xDC00,)), fault.start + 1
    return f"&#{code};", fault.start + 1


codecs.register_error(_AS_REFERENCE, _as_reference)
