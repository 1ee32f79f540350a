"""Sources of a Content Security Policy that name the app's hosts, mapped to the session's (CSP 3).

A source is not an address: it may lack the scheme, name any port (`:*`) or all hosts below a domain
(`*.`). One that names a host of the app becomes that host's of the session, so that a page may do
there what it may do outside; a wildcard that means hosts of the app stays, and the session's are
added. What a policy says of anything else keeps its bytes.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.middleware.origins import Origins
from gateway.wire.memory import Memory

_DIRECTIVE: Final = re.compile(rb"([\t\n\f\r ]*)([^\t\n\f\r ;,]+)([^;,]*)")
_SOURCE: Final = re.compile(rb"[^\t\n\f\r ]+")
_HOST: Final = re.compile(
    rb"(?:((?:https?|wss?):)//)?(\*\.)?([a-z0-9.-]+)(:[0-9]{1,5}|:\*)?(/.*)?", re.IGNORECASE
)
_NO_SOURCES: Final = frozenset(
    (b"sandbox", b"trusted-types", b"require-trusted-types-for", b"report-to", b"plugin-types")
)


def map_sources(value: bytes, origins: Origins) -> bytes:
    """Map the value of a Content-Security-Policy field, or of such a `<meta>`."""
    return value if origins.same else _mapped_values[value, origins]


def _map(said: tuple[bytes, Origins]) -> bytes:
    value, origins = said

    def directive(found: re.Match[bytes]) -> bytes:
        if found[2].lower() in _NO_SOURCES:
            return found[0]
        return found[1] + found[2] + _SOURCE.sub(lambda each: _mapped(each[0], origins), found[3])

    return _DIRECTIVE.sub(directive, value)


_mapped_values: Final = Memory(_map, lambda said: len(said[0]))


def _mapped(source: bytes, origins: Origins) -> bytes:
    found = _HOST.fullmatch(source)
    if found is None:
        return source
    scheme, wildcard, host, port, path = (part or b"" for part in found.groups())
    start = origins.scheme_of(scheme) + b"//" if scheme else b""
    if wildcard:
        below = (start + name + path for name in origins.names_below(host))
        return b" ".join((source, *below))
    name = origins.name_of(host, scheme, port)
    return start + name + path if name is not None else source
