"""`audit export`: from the store of a config to a file or to the standard output."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from gateway.app.reading import opened
from gateway.app.showing import Stream
from gateway.audit.formats import Format, format_of
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.export import Export, Output, Place, begin
from gateway.audit.reading.export_file import ExportFile, Order
from gateway.audit.reading.extent import extents, ms_of_position
from gateway.audit.reading.reader import Entry
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.store.client import Store

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Shows how far it is: entered with all that there is to pass, and told of each part passed."""


async def export_to_file(
    config: Config, form: str, order: Order, path: Path, progress: Progress
) -> Place:
    """Write `path`, or go on with what a run that was ended has written of it.

    Returns:
        What was read and taken, by all runs together.

    Raises:
        GatewayError: `export_output`, the file cannot be written.
        StoreAway: the store went away; the same command goes on.
    """
    try:
        file = ExportFile(path, order)
        try:
            shape = format_of(form)
            place = await export_to(config, shape, file.order.choice, file, file.place, progress)
            file.finish()
        finally:
            file.close()
    except OSError as fault:
        raise GatewayError(
            "export_output",
            f"{path} cannot be written: {fault}.",
            "Make room, or name another file with --output; the same command goes on.",
        ) from fault
    return place


async def export_to_stream(
    config: Config, form: str, choice: Choice, stream: Stream, progress: Progress
) -> Place:
    """Write to an open stream.

    Raises:
        StoreAway: the store went away.
    """
    return await export_to(config, format_of(form), choice, _Stream(stream), None, progress)


async def export_to(
    config: Config,
    shape: Format,
    choice: Choice,
    output: Output,
    place: Place | None,
    progress: Progress,
) -> Place:
    """Write to an output, from a place on or from the beginning.

    Raises:
        StoreAway: the store went away.
        OSError: it cannot be written.
    """
    async with opened(config) as store:
        if place is None:
            place = await begin(store, config.audit.shards, choice)
            output.write(shape.head)
        way = await _Way.ahead(store, place)
        with progress(way.length) as passed:
            await Export(choice, shape, output).run(store, place, way.telling(passed))
    return place


class _Way:
    """The milliseconds of all streams that are still to be read."""

    def __init__(self, at: dict[int, int], ends: dict[int, int]) -> None:
        self._at = at
        self.length = sum(max(ends[shard] - at[shard], 0) for shard in at)

    @classmethod
    async def ahead(cls, store: Store, place: Place) -> _Way:
        found = await extents(store, place.after)
        at = {shard: ms_of_position(extent.first) for shard, extent in found.items()}
        return cls(at, {shard: ms_of_position(last) for shard, last in place.until.items()})

    def telling(self, passed: Callable[[int], None]) -> Callable[[Entry], None]:
        def moved(entry: Entry) -> None:
            now = ms_of_position(entry.position)
            passed(now - self._at[entry.shard])
            self._at[entry.shard] = now

        return moved


class _Stream:
    """An `Output` without a place to go on from."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def save(self, place: Place) -> None:
        self._stream.flush()
