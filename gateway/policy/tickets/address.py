"""Where a ticket is looked up: an address in which no value changes more than its own place.

Values stand in segments of the path and in values of the query (RFC 3986, 3.3 and 3.4), percent-
encoded. Some servers decode what they get twice, or before they look for slashes and dots. So what
could be structure to one of them is refused in the path, encoded or not.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from gateway.policy.tickets.texts import Facts, Text, Unfit

_WRITTEN: Final = re.compile(
    r"(?P<origin>https?://[A-Za-z0-9.:\[\]-]+)(?P<path>/[^?]*)?(?:\?(?P<query>.*))?"
)
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%-]*")
_STRUCTURE: Final = re.compile(r"[/\\%;?#\x00-\x1f\x7f-\x9f]")
_DOTS: Final = (".", "..")


class Address:
    """A compiled address.

    Raises:
        ValueError: it is none, does not name the ticket, or a placeholder stands elsewhere.
    """

    __slots__ = ("_origin", "_query", "_segments")

    def __init__(self, template: str) -> None:
        found = _WRITTEN.fullmatch(template)
        if found is None:
            raise ValueError("this is https://host/path, with placeholders behind the host alone")
        self._origin = found["origin"]
        self._segments = [_text(each) for each in (found["path"] or "/").split("/")[1:]]
        self._query = [_field(each) for each in (found["query"] or "").split("&") if each]
        values = (*self._segments, *(value for _, value in self._query))
        if not any("ticket" in value.names for value in values):
            raise ValueError("every ticket would be the same one: say where {ticket} stands")
        if any(not each.names and each.literals[0] in _DOTS for each in self._segments):
            raise ValueError("its path holds a segment of dots")

    def url(self, facts: Facts) -> str:
        """Give the address for a ticket; it is to be sent as it is.

        Raises:
            Unfit: a value is empty, or could change the path.
        """
        path = "".join(f"/{_segment(each, facts)}" for each in self._segments)
        query = "&".join(f"{name}={value.filled(facts, _escaped)}" for name, value in self._query)
        return f"{self._origin}{path}?{query}" if query else f"{self._origin}{path}"


def _text(said: str) -> Text:
    text = Text(said)
    if not all(_LITERAL.fullmatch(literal) for literal in text.literals):
        raise ValueError(f"{said!r} holds what has to be percent-encoded in an address")
    return text


def _field(said: str) -> tuple[str, Text]:
    name, _, value = said.partition("=")
    if not name or _text(name).names:
        raise ValueError(f"{said!r}: in a query a placeholder stands behind name=")
    return name, _text(value)


def _segment(text: Text, facts: Facts) -> str:
    segment = text.filled(facts, _in_path)
    if segment in _DOTS:  # removed with what stands before them (RFC 3986, 5.2.4)
        raise Unfit(text.names[0])
    return segment


def _in_path(value: str) -> str:
    if _STRUCTURE.search(value):
        raise ValueError("some server would read this as more than one segment")
    return _escaped(value)


def _escaped(value: str) -> str:
    return quote(value, safe="")
