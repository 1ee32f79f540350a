"""The few charsets in which ASCII bytes can only mean ASCII, so that markup cannot hide in them.

UTF-7, UTF-16, ISO-2022-JP, Shift_JIS and their like are `Unreadable` (threat 35). What is found is
also declared to the browser, so that both read the same text: a response under rules leaves with
`charset=` and the label returned here.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from gateway.errors import Unreadable

PRESCAN = 1024
"""Bytes of a document in which a `<meta>` may declare its charset (HTML, 13.2.3.2)."""

_UTF_8 = "utf-8"
_WINDOWS_1252 = "windows-1252"
_LABELS = {
    "utf-8": _UTF_8,
    "utf8": _UTF_8,
    "unicode-1-1-utf-8": _UTF_8,
    # To a browser the labels below are all windows-1252 (Encoding, 4.2).
    "us-ascii": _WINDOWS_1252,
    "ascii": _WINDOWS_1252,
    "iso-8859-1": _WINDOWS_1252,
    "iso8859-1": _WINDOWS_1252,
    "iso_8859-1": _WINDOWS_1252,
    "latin1": _WINDOWS_1252,
    "l1": _WINDOWS_1252,
    "windows-1252": _WINDOWS_1252,
    "cp1252": _WINDOWS_1252,
    "x-cp1252": _WINDOWS_1252,
}
_PARAMETER = re.compile(rb';[\t ]*charset[\t ]*=[\t ]*("[^"]*"|[^;]*)', re.IGNORECASE)
_META = re.compile(
    rb"<meta[\t\n\f\r /][^>]*?charset[\t\n\f\r ]*=[\t\n\f\r ]*([^>]*)", re.IGNORECASE
)
_META_LABEL = re.compile(rb"[\"']?[\t\n\f\r ]*([^\t\n\f\r \"';/>]*)")
_NUL = 0
_FOREIGN_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x00\x00\xfe\xff")


def text_encoding(content_type: bytes | None, first_bytes: bytes, html: bool) -> str:
    """Find in which charset a body is to be read, and declared.

    Args:
        content_type: the field's value, None when there is none.
        first_bytes: the decompressed body's first bytes, `PRESCAN` of them where it is that long.
        html: whether a `<meta>` may say it. What says nothing is UTF-8 in JSON; in HTML it is
            UTF-8 when the first bytes are valid UTF-8, else windows-1252.

    Returns:
        "utf-8" or "windows-1252": a label for the browser and a codec's name for Python.

    Raises:
        Unreadable: another charset is declared, or the body begins like one.
    """
    if first_bytes.startswith(_FOREIGN_MARKS) or _NUL in first_bytes[:PRESCAN]:
        raise _unreadable()
    if first_bytes.startswith(codecs.BOM_UTF8):
        return _UTF_8
    declared = _declared(content_type) if content_type else None
    if declared is None and html:
        found = _META.search(first_bytes[:PRESCAN])
        label = _META_LABEL.match(found[1]) if found else None
        declared = _known(label[1]) if label else None
    if declared is None:
        return _UTF_8 if not html or _is_utf_8(first_bytes[:PRESCAN]) else _WINDOWS_1252
    return declared


@lru_cache(maxsize=64)
def _declared(content_type: bytes) -> str | None:
    """The charset that a Content-Type names, None when it names none. An app sends few of them."""
    labels = _PARAMETER.findall(content_type)
    if len(labels) > 1:
        raise _unreadable()
    return _known(labels[0]) if labels else None


def _known(label: bytes) -> str:
    charset = _LABELS.get(label.strip(b'" \t').decode("latin-1").lower())
    if charset is None:
        raise _unreadable()
    return charset


def _is_utf_8(start: bytes) -> bool:
    """Say whether bytes are UTF-8, apart from a character that the end may have cut."""
    try:
        codecs.getincrementaldecoder(_UTF_8)().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _unreadable() -> Unreadable:
    return Unreadable(
        "charset_unreadable",
        "Values are hidden here, and the app's answer is in a charset that the gateway does not"
        " read.",
        "Tell who runs the gateway: the app should answer in UTF-8.",
    )
