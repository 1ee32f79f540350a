"""Links in a start tag's attributes, each read as HTML reads it; the rest keeps its text.

What a form sends back must be what the app wrote, so `value` is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.middleware.governed_response import map_refresh
from gateway.middleware.links.addresses import Addresses
from gateway.middleware.origins import Origins
from gateway.middleware.policy_sources import map_sources
from gateway.redaction.html_tokens import ATTRIBUTE, ascii_lower, read_attributes

_ADDRESSES: Final = frozenset(
    [
        "action",
        "background",
        "cite",
        "data",
        "formaction",
        "href",
        "longdesc",
        "manifest",
        "poster",
        "src",
        "xlink:href",
    ]
)
_CANDIDATES: Final = frozenset(("srcset", "imagesrcset"))
_CANDIDATE: Final = re.compile(r"([^\s,]\S*)((?<=,)|[^,]*)", re.ASCII)
"""HTML, 4.8.4.2.1: an address may hold commas, and what ends with one has no descriptor."""
_REFERENCE: Final = re.compile(r"(&#?[0-9A-Za-z]+);")
_NO_SEMICOLON: Final = "\x01"
_BY_META: Final[dict[str, Callable[[bytes, Origins], bytes]]] = {
    "refresh": map_refresh,
    "content-security-policy": map_sources,
    "content-security-policy-report-only": map_sources,
}


class AttributeLinks:
    """Maps the links of start tags."""

    def __init__(self, origins: Origins, addresses: Addresses) -> None:
        self._origins = origins
        self._addresses = addresses

    def map(self, tag: str, attributes: str) -> str:
        """Map the attributes of a start tag; `tag` is its name in lower case."""
        if not self._addresses.occur_in(attributes):
            return attributes
        meta = read_attributes(attributes).get("http-equiv", "") if tag == "meta" else ""
        said = _BY_META.get(ascii_lower(meta))

        def one(found: re.Match[str]) -> str:
            value = found[2]
            if not value:
                return found[0]
            quote = value[0] if value[0] in "\"'" else ""
            inner = value[1:-1] if quote else value
            mapped = self._value(ascii_lower(found[1]), inner, said)
            return found[0][: found.start(2) - found.start()] + quote + mapped + quote

        return ATTRIBUTE.sub(one, attributes)

    def _value(self, name: str, value: str, said: Callable[[bytes, Origins], bytes] | None) -> str:
        addresses = self._addresses
        if name in _ADDRESSES:
            return addresses.at_start(value)
        if name in _CANDIDATES:
            return _CANDIDATE.sub(self._candidate, value)
        if name == "ping":
            return addresses.in_list(value)
        if name == "style":
            return addresses.in_text(value, 0, len(value))[0]
        if name == "content" and said is not None:
            return self._directive(value, said)
        return value

    def _candidate(self, found: re.Match[str]) -> str:
        address = found[1].rstrip(",")
        return self._addresses.at_start(address) + found[0][len(address) :]

    def _directive(self, value: str, said: Callable[[bytes, Origins], bytes]) -> str:
        """Map what stands in for a header field; a reference's semicolon ends nothing in it."""
        if _NO_SEMICOLON in value:
            return value
        text = _REFERENCE.sub(rf"\1{_NO_SEMICOLON}", value)
        mapped = said(text.encode("latin-1"), self._origins).decode("latin-1")
        return mapped.replace(_NO_SEMICOLON, ";")
