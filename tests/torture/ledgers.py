"""What the three sides say: what a client got, what the app saw, what the stream holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.audit.record import Kind, Record

CANARY = "CANARY-4711"
"""Stands in answers of the app where a rule hides it: no client in a session may see it."""
BAR = b"<link rel=stylesheet href=/_gateway/"
ANSWERED = "x-torture"
"""Field of every answer of the app: the id of the request that it answers."""


@dataclass(slots=True)
class Asked:
    """One request, as its client tells of it. Moments are of the one monotonic clock."""

    id: str
    kind: str
    method: str = "GET"
    session: str = ""
    sent: float = 0.0
    """Before its first byte was written."""
    status: int = 0
    answers: str = ""
    """The request that the answer says it answers; empty: it is not the app's, or none came."""
    code: str = ""
    """Why the gateway refused it, as the answer says."""
    size: int = 0
    """Bytes of the body that came."""
    whole: bool = False
    left: bool = False
    """The client itself went away."""
    spools: bool = False
    """Its gateway keeps records on its disk while the store is away."""
    slow: bool = False
    """The client pauses before each piece that it reads."""
    bar: bool = True
    leaked: bool = False
    newest: float = 0.0
    """When the app made the newest part of a stream that came."""


@dataclass(slots=True)
class Acted:
    """One session, as its client tells of it.

    `over`: when its end had returned; infinity where nobody can tell, None before.
    """

    id: str
    subject: str
    actor: str
    mode: str
    over: float | None = None


class Seen(NamedTuple):
    """One request, as the app tells of it. `ms`: the wall clock when it had come."""

    id: str
    ms: int
    method: str
    user: str
    actor: str
    size: int


@dataclass(slots=True)
class Told:
    """What the stream tells of one request: positions (ms) and records."""

    intents: list[tuple[int, Record]] = field(default_factory=list)
    outcomes: list[tuple[int, Record]] = field(default_factory=list)
    refusals: list[Record] = field(default_factory=list)


class Entry(NamedTuple):
    """One entry of a stream."""

    shard: int
    position: str
    line: bytes


def seen_in(path: Path) -> list[Seen]:
    """Read the app's ledger; the last line may be cut where the app was killed."""
    *lines, _ = path.read_text().split("\n")
    return [Seen(*json.loads(line)) for line in lines]


def write_seen(seen: Seen) -> bytes:
    """Give the line of the app's ledger."""
    return json.dumps(seen).encode() + b"\n"


def told_in(entries: Iterable[Entry]) -> tuple[dict[str, Told], list[Record]]:
    """Give what the stream tells of each request by the id in its path, and all other records."""
    told: dict[str, Told] = {}
    others = []
    for entry in entries:
        try:
            record = msgspec.json.decode(entry.line, type=Record)
        except msgspec.DecodeError:
            continue  # `verify` tells of it
        of = told.setdefault(request_of(record.target), Told()) if record.target else Told()
        at = int(entry.position.partition("-")[0])
        match record.kind:
            case Kind.REQUEST_INTENT:
                of.intents.append((at, record))
            case Kind.REQUEST_OUTCOME:
                of.outcomes.append((at, record))
            case Kind.REQUEST_REFUSED:
                of.refusals.append(record)
            case _:
                others.append(record)
    return told, others


def request_of(target: str) -> str:
    """The id of a request: the last part of its path."""
    return target.rpartition("/")[2]
