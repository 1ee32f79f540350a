"""E-mail addresses that people can be told at. Pure."""

from __future__ import annotations

import re
from typing import Final

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)")


def is_address(text: str) -> bool:
    """Whether this is one address, and nothing beside it (RFC 5321, 4.1.2, without quotes).

    A domain with letters beyond ASCII is written as it stands in the DNS: `xn--`.
    """
    found = _ADDRESS.fullmatch(text)
    return found is not None and len(found[1]) <= 64 and len(text) <= 254
