"""The streams as they are now, chosen and written in a format.

An export ends where the streams ended when it began, so it has an end while gateways write. It
reads page by page and keeps nothing: its memory does not grow with the streams.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import msgspec

from gateway.audit.formats import Format
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.extent import extents, holds, order, trimmed
from gateway.audit.reading.fields import fields_of
from gateway.audit.reading.reader import START, Entry, read_from
from gateway.errors import GatewayError
from gateway.store.client import Store

SAVE_EVERY = 5000
"""Entries of which at most this many are read again after a kill."""


class Place(msgspec.Struct):
    """Where an export stands: stream ids by shard, after which and up to which to go on.

    `trimmed`: up to where each stream was trimmed when the export began.
    `read`: entries that were looked at; `taken`: those that were written; `unreadable`: those that
    no gateway wrote. These are in an export of whole streams as they are, and in no other.
    """

    after: dict[int, str]
    until: dict[int, str]
    read: int = 0
    taken: int = 0
    unreadable: int = 0
    trimmed: dict[int, str] = {}


class Output(Protocol):
    """Where an export goes."""

    def write(self, data: bytes) -> None:
        """Take what is to be written."""

    def save(self, place: Place) -> None:
        """See that all that was taken is written, and what comes then comes after `place`."""


async def begin(store: Store, shards: int, choice: Choice) -> Place:
    """Where an export of what the streams hold now begins, and where it ends.

    Raises:
        StoreAway: the store went away.
    """
    after = dict.fromkeys(range(shards), choice.after)
    found = await extents(store, after)
    return Place(
        after={shard: after[shard] for shard in found},
        until={shard: extent.last for shard, extent in found.items()},
        trimmed={shard: await trimmed(store, shard) for shard in found},
    )


@dataclass(frozen=True)
class Export:
    """Writes what is wanted of the streams to `output`, from a place on."""

    choice: Choice
    form: Format
    output: Output

    async def run(self, store: Store, place: Place, moved: Callable[[Entry], None]) -> None:
        """Go on from `place` to its end; `place` goes along. `moved` is told of each entry.

        Raises:
            StoreAway: the store went away. What was saved is good to go on from.
            GatewayError: `export_overtaken`, what was still to be read is gone.
            OSError: it cannot be written.
        """

        async def seen(shard: int, after: str) -> None:
            if not await self._is_whole(store, place, shard, after):
                raise _overtaken()

        ends = {shard: order(last) for shard, last in place.until.items()}
        left = {shard for shard, end in ends.items() if order(place.after[shard]) < end}
        start = {shard: place.after[shard] for shard in left}
        async with aclosing(read_from(store, start, seen)) as entries:
            while left and (entry := await anext(entries, None)) is not None:
                position = order(entry.position)
                if position <= ends[entry.shard]:
                    self._take(entry, place)
                    moved(entry)
                if position >= ends[entry.shard]:
                    left.discard(entry.shard)
        if left:
            raise _overtaken()
        self.output.save(place)

    async def _is_whole(self, store: Store, place: Place, shard: int, after: str) -> bool:
        """Whether nothing that comes after a place was gone when it was read.

        Streams are trimmed from their front, so nothing is missing behind an entry that is there.
        """
        until = await trimmed(store, shard)
        if order(until) > order(after):
            return order(until) <= order(place.trimmed.get(shard, START))
        return after in (until, self.choice.after) or await holds(store, shard, after)

    def _take(self, entry: Entry, place: Place) -> None:
        place.after[entry.shard] = entry.position
        place.read += 1
        fields = None if self._is_stream else fields_of(entry.line)
        if self._is_stream or (fields is not None and self.choice.takes(fields)):
            self.output.write(self.form.write(entry.line, fields or {}))
            place.taken += 1
        elif fields is None:
            place.unreadable += 1
        if place.read % SAVE_EVERY == 0:
            self.output.save(place)

    @cached_property
    def _is_stream(self) -> bool:
        """Whether it is the streams as they are, with all that is in them."""
        return self.form.is_stream and self.choice.is_all


def _overtaken() -> GatewayError:
    return GatewayError(
        "export_overtaken",
        "Records were taken out of the streams before the export had come to them.",
        "Remove what it has written and begin again, or let audit.keep be longer.",
    )
