"""Records back out of their streams, as the lines that went in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import NamedTuple

from gateway.store.client import Store
from gateway.store.keys import audit_stream

PAGE = 512
"""Entries of one read of one stream."""

START = "0-0"
"""Before the first entry of a stream."""

_Answer = dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]]


class Entry(NamedTuple):
    """One entry of a stream: `position` (a stream id) is where to go on `after`."""

    shard: int
    position: str
    line: bytes


async def read(
    store: Store, shards: int, *, follow: bool = False, after: str = START
) -> AsyncIterator[Entry]:
    """All records of all shards, or with `follow` also those to come, without an end.

    Entries of one shard come in the order of their stream; those of several are merged by time as
    far as one read sees. What has other fields than one `record` was not written by a gateway: its
    line is empty.

    Args:
        after: a stream id such as `1795319608158-0`: entries after it only.

    Raises:
        StoreAway: the store went away; `position` of the last entry says where to go on.
    """
    async for entry in _read(store, dict.fromkeys(range(shards), after), follow, PAGE):
        yield entry


async def read_shard(
    store: Store, shard: int, after: str, page: int = PAGE
) -> AsyncIterator[Entry]:
    """As `read`, of one shard; `page` entries at a time, between which others have their turn."""
    async for entry in _read(store, {shard: after}, False, page):
        yield entry


def read_from(
    store: Store, after: Mapping[int, str], seen: Callable[[int, str], Awaitable[None]]
) -> AsyncGenerator[Entry, None]:
    """As `read`, of some shards, each after a stream id of its own.

    Args:
        seen: called for each shard of which some entries were read, with after what, before the
            first of them is given. What it raises ends the reading.
    """
    return _read(store, after, False, PAGE, seen)


async def _read(
    store: Store,
    start: Mapping[int, str],
    follow: bool,
    page: int,
    seen: Callable[[int, str], Awaitable[None]] | None = None,
) -> AsyncGenerator[Entry, None]:
    positions = {audit_stream(shard): after for shard, after in start.items()}
    shard_of = {audit_stream(shard).encode(): shard for shard in start}
    block = int(store.timeout * 500) if follow else None  # half of what an answer may take
    while True:
        async with store.answers("read the audit stream"):
            answer: _Answer = await store.redis.read_streams(positions, page, block)
        if not answer and not follow:
            return
        if seen is not None:
            for name in answer:
                await seen(shard_of[name], positions[name.decode()])
        entries = [
            Entry(shard_of[name], position.decode(), line_in(fields))
            for name, found_there in answer.items()
            for position, fields in found_there
        ]
        for entry in sorted(entries, key=_time):
            yield entry
            positions[audit_stream(entry.shard)] = entry.position


def line_in(fields: Mapping[bytes, bytes]) -> bytes:
    """What a gateway wrote of an entry; b"" where others may see something else beside it."""
    return fields.get(b"record", b"") if len(fields) == 1 else b""


def _time(entry: Entry) -> tuple[int, int]:
    ms, _, count = entry.position.partition("-")
    return int(ms), int(count)
