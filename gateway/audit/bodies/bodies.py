"""What of a body goes on record: its text, less what is hidden, cut where it is long. Pure.

A record is read by more people than the operator who saw the body. So everything that the site's
rules hide on this path is hidden in it, also what this session may see; and so is what a rule of
levels names, and what has the name of a secret (threat 47). What cannot be read with certainty is
not kept: then its size and its hash are all that is on record (law 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

import msgspec

from gateway.audit.bodies.form_data import FormPart, boundary_of, parts_of
from gateway.audit.bodies.levels import Level
from gateway.audit.bodies.scrub_json import check_names, scrubbed_json
from gateway.audit.bodies.secret_names import HIDDEN, HOLDING, WORDS, HiddenNames
from gateway.errors import Unreadable
from gateway.redaction.charsets import UTF_8, text_encoding
from gateway.redaction.charsets import unreadable as no_text
from gateway.redaction.encodings import decoder
from gateway.redaction.form import redact_form
from gateway.redaction.formats import FORMATS
from gateway.redaction.json import redact_json
from gateway.redaction.media import handling, is_contradicted
from gateway.redaction.redactor import Body
from gateway.redaction.rules import RedactionRule, Selection, both, selection_of, with_aliases
from gateway.redaction.script import GUARD
from gateway.redaction.text import redact_text
from gateway.wire.grammar import is_utf8

READ_LIMIT: Final = 256 << 10
"""Bytes of a body, as sent and decoded, that are read for a record."""

_RATIO: Final = 200
_PARTED: Final = tuple(
    f"{first}{sign}{last}"
    for first, last in (("api", "key"), ("access", "key"), ("private", "key"), ("session", "id"))
    for sign in ("_", "-", ".", ":", "/", " ", "[", "][")
)
"""Names of secrets as elements spell them, in which signs part the words."""
_LONGEST_VALUE: Final = 1024  # characters of a field of a multipart form
_KINDS: Final = frozenset(("json", "html", "form", "text"))
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_encode = msgspec.json.Encoder().encode


class Kept(NamedTuple):
    """What is kept of a body. `reason`: why nothing is, a stable code; else empty."""

    text: str = ""
    cut: bool = False
    reason: str = ""


class Subject(NamedTuple):
    """What is known of a body before it is read.

    `content_type`: the field's value. `coding`: its content coding. `rules`: what the site hides on
    this path from who may see nothing. `aliases`: names that a GraphQL request gave to fields.
    """

    content_type: bytes
    coding: bytes
    rules: Selection | None
    aliases: tuple[tuple[str, str], ...] = ()


def kept(body: bytes, subject: Subject, level: Level) -> Kept:
    """Give what is kept of a whole body, as it was sent."""
    try:
        text = _text(body, subject, level)
    except Unreadable as no:
        return Kept(reason=no.code)
    except Exception:  # noqa: BLE001  no fault of a reader costs the record of its hash
        return Kept(reason="internal_error")
    encoded = text.encode()
    if len(encoded) <= level.cap:
        return Kept(text)
    return Kept(encoded[: level.cap].decode(errors="ignore"), cut=True)


class _Reading(NamedTuple):
    """By what a body is read.

    `own`: names hidden whatever the site's rules say; `names`: all; `told`: those too in which its
    JSONPaths end: in a text, such as a GraphQL document, nobody knows where they will stand.
    """

    selection: Selection | None
    own: HiddenNames
    names: HiddenNames
    told: HiddenNames

    def speaks(self, notation: str) -> bool:
        """Whether every rule says what it hides in this notation: no other can vouch."""
        return self.selection is None or notation in self.selection.speaks


def _text(body: bytes, subject: Subject, level: Level) -> str:
    decode = decoder(subject.coding.decode("latin-1"), cap=READ_LIMIT, ratio=_RATIO)
    body = decode.feed(body) + decode.close()
    selection = both(subject.rules, level.hidden) if level.hidden else subject.rules
    if selection is not None and subject.aliases:
        selection = with_aliases(selection, subject.aliases)
    own = HiddenNames(level.names)
    own = own.and_also(alias for alias, name in subject.aliases if own.hides(name))
    names = own.and_also(_names_anywhere(selection))
    told = names if selection is None else names.and_also(selection.names)
    reading = _Reading(selection, own, names, told)
    if (boundary := boundary_of(subject.content_type)) is not None:
        return _form_data(body, boundary, reading)
    text = _read(body, subject.content_type, reading)
    if _NO_TEXT.search(text):
        raise _not_kept("it holds control characters, so it is no text")
    return text


def _names_anywhere(selection: Selection | None) -> Iterator[str]:
    """The names that the site's rules hide wherever they stand."""
    for rule in selection.rules if selection is not None else ():
        yield from rule.fields
        yield from (target for target in rule.targets if isinstance(target, str))


def _read(body: bytes, content_type: bytes, reading: _Reading) -> str:
    kind = handling(content_type)
    if kind not in _KINDS or not reading.speaks(FORMATS[kind].needs):
        raise _not_kept("rules here, or the gateway, cannot look into this type")
    if kind != "json" and is_contradicted(kind, body, len(body)):
        raise _not_kept("it is not what its type says")
    charset = text_encoding(content_type, body, html=kind == "html")
    codec = charset.source or charset.codec
    if codec == "windows-1252" and is_utf8(body):
        codec = UTF_8.codec
    try:
        body = body.decode(codec).removeprefix("\ufeff").encode()
    except UnicodeDecodeError:
        raise no_text() from None
    match kind:
        case "json":
            return _json(body, reading)
        case "form":
            return _form(body, reading)
        case "html":
            return _html(body, reading)
        case _:
            return _plain(body, reading)


def _json(body: bytes, reading: _Reading) -> str:
    if (guard := GUARD.match(body)) is not None:
        body = body[guard.end() :]
    check_names(body)
    if reading.selection is not None:
        body, _ = redact_json(body, reading.selection)
    return scrubbed_json(body, reading.names, reading.told)


def _form(body: bytes, reading: _Reading) -> str:
    hidden, _ = redact_form(body, both(reading.selection, _secret_fields()), UTF_8.codec)
    return "&".join(_field(each, reading) for each in hidden.decode().split("&"))


def _field(field: str, reading: _Reading) -> str:
    name, equals, value = field.partition("=")
    meant = unquote_plus(name)
    if reading.told.are_given_in(meant):
        return HIDDEN
    if reading.names.hides(meant) or reading.told.are_given_in(unquote_plus(value)):
        return f"{name}{equals}{HIDDEN}"
    return field


def _html(body: bytes, reading: _Reading) -> str:
    selection = both(reading.selection, _secret_elements())
    redactor = FORMATS["html"].make(selection, Body(b"text/html", UTF_8.codec, READ_LIMIT))
    text = (redactor.feed(body) + redactor.close()).decode()
    return _unless_told(text, reading.own)


def _plain(body: bytes, reading: _Reading) -> str:
    if reading.selection is not None:
        body, _ = redact_text(body, reading.selection, UTF_8.codec)
    return _unless_told(body.decode(), reading.told)


def _unless_told(text: str, names: HiddenNames) -> str:
    if names.are_given_in(text):
        raise _not_kept("it gives a value to what is hidden, and nobody knows where that ends")
    return text


def _form_data(body: bytes, boundary: bytes, reading: _Reading) -> str:
    """A multipart form as a JSON list of its parts; of files there is no content."""
    if not reading.speaks("fields"):
        raise _not_kept("rules here cannot look into forms")
    return _encode([_part(part, reading) for part in parts_of(body, boundary)]).decode()


def _part(part: FormPart, reading: _Reading) -> dict[str, Any]:
    names, said = reading.names, {"name": part.name, "file": part.file, "media": part.media}
    for key, text in said.items():
        if text is not None and reading.told.are_given_in(text):
            said[key] = HIDDEN
    told: dict[str, Any] = {key: text for key, text in said.items() if text is not None}
    told["bytes"] = len(part.content)
    if part.file is None and len(part.content) <= _LONGEST_VALUE:
        value = HIDDEN if names.hides(part.name) else _value(part.content, reading)
        told["value"] = value
    return told


def _value(content: bytes, reading: _Reading) -> str:
    """A field's value: JSON as JSON is, and any other text as it is."""
    try:
        text = content.decode()
        if text.lstrip().startswith(("{", "[")):
            return _json(content, reading) if reading.speaks("json") else HIDDEN
    except (Unreadable, ValueError):
        return HIDDEN
    return HIDDEN if reading.told.are_given_in(text) else text


@cache
def _secret_fields() -> Selection:
    return selection_of(RedactionRule(id="secrets", category="", fields=HOLDING, action="mask"))


@cache
def _secret_elements() -> Selection:
    """What of a page has the name of a secret, such as the field that holds a form's token."""
    names = (*HOLDING, *WORDS, *_PARTED)
    named = (f'[{by}*="{each}"]' for by in ("name", "id", "autocomplete") for each in names)
    kinds = ("input[type=password]", "[autocomplete=one-time-code]")
    return selection_of(RedactionRule(id="secrets", category="", html=(*kinds, *named)))


def _not_kept(why: str) -> Unreadable:
    return Unreadable("type_unreadable", f"The body is not put on record: {why}.", "")
