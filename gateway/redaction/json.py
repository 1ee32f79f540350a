"""JSON bodies (RFC 8259): decoded strictly, redacted, written back from what was decoded.

What the reader gets is what the rules saw, so there is nothing to smuggle past them: of duplicate
keys only the last is left, escapes in keys are resolved, and what is not one well-formed document
(NaN, lone surrogates, trailing text, a prefix, two documents, too deep nesting) is `Unreadable`.
Numbers keep their value whatever their size: fractions and exponents are copied as they were
spelled. A body that provably holds none of the names that the rules need is passed byte for byte,
after it has been shown to be JSON.

Actions: `remove` takes a member out of its object or an item out of its list; `mask` puts "•••"
for a string and null for anything else; `hash` puts a keyed hash of the string, or of the JSON text
of anything else. Every rule sees the document as it came.
"""

from __future__ import annotations

import codecs
from typing import Any

import msgspec

from gateway.model import Remark
from gateway.redaction.embedded import check_json
from gateway.redaction.hiding import MASK, Action, keyed_hash
from gateway.redaction.json_text import in_ascii, unreadable_json
from gateway.redaction.jsonpath import Document, Place
from gateway.redaction.rules import Selection
from gateway.wire.grammar import is_utf8

_decode = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_check = msgspec.json.Decoder(msgspec.Raw).decode
_encode = msgspec.json.Encoder().encode

# Raw is text for the encoder to copy: numbers with a fraction or exponent, and what stands in for
# a hidden value. The two are told apart by how they begin.
_MASK = msgspec.Raw(_encode(MASK))
_NULL = msgspec.Raw(b"null")
_STAND_IN_STARTS = (b'"', b"n")
_GONE = object()
_BACKSLASH = ord("\\")
_Thinned = dict[int, tuple[list[Any], set[int]]]
"""Lists by their identity, each with the indexes of the items that it is to lose."""
_UNTHINNED: tuple[list[Any], set[int]] = ([], set())


def redact_json(
    body: bytes, selection: Selection, charset: str = "utf-8"
) -> tuple[bytes, tuple[Remark, ...]]:
    """Hide what the rules select.

    Args:
        body: the whole decompressed body.
        selection: the rules that apply; all of them have JSONPaths.
        charset: the codec of what `text_encoding` found. A redacted body of another charset than
            UTF-8 is written back in ASCII, which reads the same in all of them.

    Returns:
        The body to send, and what each rule that hit has hidden.

    Raises:
        Unreadable: the body is not one JSON document, or a string in it carries another format
            with something to hide in it.
    """
    try:
        text = body if charset == "utf-8" else _in_utf_8(body, charset)
        text = text.removeprefix(codecs.BOM_UTF8)
        if _holds_none(text, selection.needles):
            _check(text if text.isascii() else text.decode())  # Raw keeps bytes that are no text
            check_json(text, selection)
            return body, ()
        document = _decode(text)
        remarks = _hide(document, selection)
        redacted = _encode(document)
        check_json(redacted, selection)
    except (ValueError, RecursionError) as fault:
        raise unreadable_json() from fault
    return redacted if charset == "utf-8" else in_ascii(redacted), remarks


def _in_utf_8(body: bytes, charset: str) -> bytes:
    """What is UTF-8 under the name of Latin-1 is read as browsers read all JSON (Fetch, 5.3)."""
    if charset == "windows-1252" and is_utf8(body):
        return body
    return body.decode(charset).encode()


def _holds_none(text: bytes, needles: tuple[bytes, ...] | None) -> bool:
    """Prove that no rule can hit. A backslash-u could spell any name, so it ends the proof."""
    if needles is None or (_BACKSLASH in text and b"\\u" in text):  # one byte is found faster
        return False
    return not any(map(text.__contains__, needles))


def _hide(root: Any, selection: Selection) -> tuple[Remark, ...]:
    document = Document(root)
    objects = document.objects() if selection.anywhere else []
    found = {find: find(document) for find in selection.finders} if selection.finders else {}
    remarks: list[Remark] = []
    thinned: _Thinned = {}
    for rule in selection.rules:
        count = 0
        for target in rule.targets:
            if isinstance(target, str):
                count += _hide_name(objects, target, rule.action, selection.hash_key)
            else:
                count += _hide_places(found[target], thinned, rule.action, selection.hash_key)
        if count:
            remarks.append(Remark(rule=rule.id, category=rule.category, count=count))
    for items, gone in thinned.values():
        items[:] = [item for index, item in enumerate(items) if index not in gone]
    return tuple(remarks)


def _hide_name(objects: list[dict[str, Any]], name: str, action: Action, hash_key: bytes) -> int:
    """Hide the members of this name in these objects; return how many there were."""
    if action != "remove":
        return sum(_replace(each, name, action, hash_key) for each in objects if name in each)
    count = 0
    for each in objects:
        if name in each:
            del each[name]
            count += 1
    return count


def _hide_places(places: list[Place], thinned: _Thinned, action: Action, hash_key: bytes) -> int:
    """Hide what is in these places; return in how many something was left to hide."""
    count = 0
    for container, key in places:
        if type(container) is list and key in thinned.get(id(container), _UNTHINNED)[1]:
            continue
        if action != "remove":
            count += _replace(container, key, action, hash_key)
        elif type(container) is dict:
            count += container.pop(key, _GONE) is not _GONE
        else:  # items go at the end: until then indexes mean what they meant to the finders
            thinned.setdefault(id(container), (container, set()))[1].add(key)
            count += 1
    return count


def _replace(container: Any, key: Any, action: Action, hash_key: bytes) -> bool:
    """Put a stand-in for a value; return False where a stronger rule was here before."""
    if type(container) is dict and key not in container:
        return False
    value = container[key]
    if type(value) is msgspec.Raw and bytes(value)[:1] in _STAND_IN_STARTS:
        return False
    if action == "hash":
        text = value if type(value) is str else _encode(value).decode()
        container[key] = msgspec.Raw(_encode(keyed_hash(hash_key, text)))
    else:
        container[key] = _MASK if type(value) is str else _NULL
    return True
