"""Form bodies (application/x-www-form-urlencoded), by the names of their fields.

Apps answer so to programs, as with OAuth tokens. Only what every reader takes apart in the same way
is read: one field a `&`, names that are decoded once, printable ASCII (URL, 5).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from msgspec.json import encode

from gateway.model import Remark
from gateway.redaction.embedded import check_json
from gateway.redaction.names import FieldNames
from gateway.redaction.plain import PlainText, blocking
from gateway.redaction.redactor import Tally
from gateway.redaction.rules import Selection

_unreadable: Final = blocking("form_unreadable", "form")
_FORM: Final = re.compile(rb"(?:[!-$&-:<-~]|%[0-9A-Fa-f]{2})*+")
"""`;` divides fields for some readers, and is part of a value for others."""
_MOST_FIELDS: Final = 10_000
"""Programs that read forms stop far earlier, and each costs ten microseconds (law 10)."""
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def redact_form(
    body: bytes, selection: Selection, charset: str
) -> tuple[bytes, tuple[Remark, ...]]:
    """Hide what the rules name.

    Args:
        body: the whole decompressed body.
        selection: the rules that apply; all of them have fields.
        charset: the codec of what names and values are, once decoded.

    Returns:
        The body to send, and what each rule that hit has hidden.

    Raises:
        Unreadable: two readers could see different fields, or a value carries another format with
            something to hide in it.
    """
    if _FORM.fullmatch(body) is None:
        _unreadable("it has signs that a form has to escape")
    fields = body.split(b"&")
    if len(fields) > _MOST_FIELDS:
        _unreadable("it has more fields than can be looked at in time")
    names = FieldNames(selection)
    tally = Tally()
    left = []
    shown = []
    for field in fields:
        name, equals, value = field.partition(b"=")
        spelled, meant = _decoded(name, charset), _decoded(value, charset)
        if _ESCAPE.search(spelled):
            _unreadable("a name in it is escaped twice")
        rule = names.rule_of(spelled)
        if rule is None:
            left.append(field)
            shown += [spelled, meant]
            continue
        tally.add([Remark(rule=rule.id, category=rule.category, count=1)])
        if rule.action != "remove":
            text = PlainText(charset, _unreadable)
            stand_in = text.write(text.stand_in(meant, rule.action, selection.hash_key))
            left.append(name + equals + quote(stand_in).encode())
    check_json(encode(shown), selection)
    return b"&".join(left), tally.remarks


def _decoded(text: bytes, charset: str) -> str:
    """What a reader takes from a name or a value."""
    escaped = text.replace(b"+", b" ")
    return PlainText(charset, _unreadable).read(unquote_to_bytes(escaped), last=True)
