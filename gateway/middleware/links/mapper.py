"""The links of one body: which bodies hold any, and the way through for their bytes."""

from __future__ import annotations

import re
from typing import Final, Literal

from gateway.middleware.links.addresses import Addresses
from gateway.middleware.links.markup import MarkupLinks
from gateway.middleware.links.text import TextLinks
from gateway.middleware.origins import Origins

Kind = Literal["", "markup", "text"]

_TYPE: Final = re.compile(
    rb"\s*(?:(text/html)"
    rb"|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script)(?:[\s;]|$)",
    re.IGNORECASE,
)


def links_in(content_type: bytes) -> Kind:
    """Say where a body of this type holds links: data (JSON and all else) has none to map."""
    found = _TYPE.match(content_type)
    if found is None:
        return ""
    return "markup" if found[1] else "text"


class LinkMapper:
    """Maps the links of one body, in a charset in which ASCII bytes are ASCII.

    `feed` it in pieces of any size, `close` at its clean end; concatenate what both give.
    """

    def __init__(self, kind: Kind, origins: Origins) -> None:
        addresses = Addresses(origins)
        self._text: MarkupLinks | TextLinks = (
            MarkupLinks(origins, addresses) if kind == "markup" else TextLinks(addresses)
        )

    def feed(self, data: bytes) -> bytes:
        """Take the next piece; give what is decided."""
        return self._text.feed(data.decode("latin-1")).encode("latin-1")

    def close(self) -> bytes:
        """Give the rest."""
        return self._text.close().encode("latin-1")
