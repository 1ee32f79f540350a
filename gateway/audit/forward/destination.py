"""What a destination of records promises, and what it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

_ONE_LINE = re.compile(rb"[ -~]+")


class Head(msgspec.Struct):
    """What is read of a record to deliver it."""

    kind: str
    at: str = ""
    writer: str = ""


class Outgoing(NamedTuple):
    """A record on its way: where it stands in its stream, and its line as it stands there."""

    position: str
    line: bytes
    head: Head


class NotNow(Exception):
    """The destination is away or takes nothing; the same is sent again until it does."""


class Refused(Exception):
    """The destination does not take one of these records, whenever it is sent."""


class Destination(Protocol):
    """Where records are delivered."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Return when the destination has confirmed all of them.

        Raises:
            NotNow: it has not; it may have some of them, or all.
            Refused: it takes them neither now nor later, all together.
        """

    async def aclose(self) -> None:
        """Let go of what is open."""


def head_of(line: bytes) -> Head | None:
    """Read a line; None when no gateway wrote it.

    A gateway's line is one JSON object in printable ASCII. What is not could, among lines, be
    taken for several records (threat 47).
    """
    if _ONE_LINE.fullmatch(line) is None:
        return None
    try:
        return msgspec.json.decode(line, type=Head)
    except (msgspec.DecodeError, RecursionError):
        return None
