"""ArcSight's Common Event Format, version 0: a header of seven parts, then `key=value` pairs.

In a value a backslash, an equals sign and line ends are escaped, so no text can end its value,
begin another key or begin another line. The header, where a bar would have to be escaped, holds
nothing but our own names and the kind: letters, digits, dots and underscores (`fields_of`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gateway.audit.reading.fields import Fields, flat, ip_version, ms_of
from gateway.audit.reading.meaning import Severity, printable, result, severity

_KEYS = {
    "id": "externalId",
    "kind": "cat",
    "writer": "deviceExternalId",
    "site": "destinationServiceName",
    "actor.id": "suid",
    "actor.email": "suser",
    "actor.profile": "spriv",
    "subject.id": "duid",
    "subject.email": "duser",
    "method": "requestMethod",
    "target": "request",
    "host": "dhost",
    "decision": "act",
    "reason": "reason",
    "detail": "msg",
    "bytes_in": "in",
    "bytes_out": "out",
    "client.agent": "requestClientApplication",
}
_LABELLED = {
    "session": "cs1",
    "rule": "cs2",
    "mode": "cs3",
    "subject.account": "cs4",
    "why": "cs5",
    "ticket": "cs6",
    "status": "cn1",
    "ms": "cn2",
    "seq": "cn3",
}
"""Keys for what the format has no key for; the name goes into a key beside it."""

_ESCAPES = str.maketrans({"\\": "\\\\", "=": "\\=", "\r": "\\r", "\n": "\\n"})

_SEVERITY = {Severity.INFORMATIONAL: 1, Severity.LOW: 4, Severity.HIGH: 9}


def written(line: bytes, fields: Fields) -> bytes:
    """The record's line. What has no key has one of ours: `actor.name` is `gatewayActorName`."""
    kind = fields["kind"]
    header = (
        "CEF:0",
        "Impersonation Gateway",
        "impersonation-gateway",
        str(fields["v"]),
        kind,
        kind.replace(".", " ").replace("_", " "),
        str(_SEVERITY[severity(fields)]),
    )
    pairs = " ".join(f"{key}={_value(value)}" for key, value in _pairs(fields))
    return f"{'|'.join(header)}|{pairs}\n".encode()


def _pairs(fields: Fields) -> Iterator[tuple[str, Any]]:
    yield "rt", ms_of(fields["at"])
    yield "outcome", result(fields).value
    for name, value in flat(fields).items():
        if name in ("v", "at") or value in ("", []):
            continue
        if name == "client.address":
            yield from _address(value)
        elif key := _LABELLED.get(name):
            yield f"{key}Label", name
            yield key, value
        else:
            yield _KEYS.get(name) or _own(name), value


def _address(address: str) -> Iterator[tuple[str, str]]:
    """`src` is for IPv4 alone."""
    version = ip_version(address)
    if version == 6:
        yield "c6a2Label", "Source IPv6 Address"
    yield {4: "src", 6: "c6a2"}.get(version) or _own("client.address"), address


def _own(name: str) -> str:
    words = name.replace(".", "_").split("_")
    return "gateway" + "".join(word.capitalize() for word in words)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    escaped = text.translate(_ESCAPES)
    if escaped.isprintable():
        return escaped
    return "".join(
        each if each.isprintable() else printable(each).translate(_ESCAPES) for each in escaped
    )
