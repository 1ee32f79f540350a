"""A record as its fields, for those who read records that other gateways wrote.

What is in a stream may come from a newer gateway, or from somebody who can write to the store. So
kinds and fields that this version does not know are kept, and what has not the shape of a record is
none: readers need not doubt the type of a field that they know.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from gateway.audit.record import Kind, Record

Fields = Mapping[str, Any]
"""The fields of one record, with the names and values of its JSON."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z0-9_]{1,32}){1,3}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}")
_DEPTH = 8


def fields_of(line: bytes) -> Fields | None:
    """The fields of a record's line; None when no gateway wrote it."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        # The shape is that of a Record, whatever the kind.
        shape = msgspec.convert({**fields, "kind": Kind.AUDIT_LOST}, Record)
        datetime.fromisoformat(shape.at)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    kind = fields["kind"]
    named = isinstance(kind, str) and _KIND.fullmatch(kind)
    placed = shape.writer and shape.seq > 0 and _AT.fullmatch(shape.at)
    if not (named and placed and _is_plain(fields, _DEPTH)):
        return None
    return {name: value for name, value in fields.items() if value is not None}


def flat(fields: Fields) -> dict[str, Any]:
    """The same with the fields of people and of the client beside the others: `actor.id`."""
    return dict(_flat(fields))


def _flat(fields: Fields) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                yield f"{name}.{inner}", each
        else:
            yield name, value


def nested(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Values by their paths, `http.request.method`, as objects within objects."""
    whole: dict[str, Any] = {}
    for path, value in paths.items():
        *outer, last = path.split(".")
        place = whole
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return whole


def ms_of(at: str) -> int:
    """A record's `at` as milliseconds since the epoch."""
    moment = datetime.fromisoformat(at)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def ip_version(address: str) -> int:
    """4 or 6, or 0 of what is no IP address."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0


def host_and_port(host: str) -> tuple[str, int | None]:
    """The parts of a Host field's value; what is no port stays with the name."""
    name, colon, port = host.rpartition(":")
    if colon and _PORT.fullmatch(port) and int(port) < 1 << 16:
        return name, int(port)
    return host, None


def _is_plain(value: Any, depth: int) -> bool:
    """Whether names are names, and no value is nested so deep that writing it could fail."""
    if isinstance(value, dict):
        named = all(map(_NAME.fullmatch, value))
        return named and depth > 0 and all(_is_plain(each, depth - 1) for each in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value)
    return True
