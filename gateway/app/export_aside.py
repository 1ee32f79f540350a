"""Writes an export in a process beside, so that whoever serves goes on serving.

Run as `python -m gateway.app.export_aside`, it reads its job from standard input and says on
standard output, a line of JSON each, how far it is. It ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from gateway.app.export import export_to
from gateway.app.reading import opened
from gateway.audit.formats import format_of
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.export import Output, Place
from gateway.audit.reading.export_file import ExportFile, Order
from gateway.audit.reading.permitted import Permitted, bare
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.model import Frozen
from gateway.sessions.export_rules import Scope
from gateway.store.guard import die_with
from gateway.store.keys import audit_stream

MOST_BYTES: Final = 1 << 30
"""Of one file."""
_EVERY: Final = 0.5
"""Seconds between two words of how far it is."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What is to be written, where, and for which process."""

    config: Config
    form: str
    choice: Choice
    scope: Scope
    path: Path
    parent: int
    most_bytes: int = MOST_BYTES


class Far(Frozen, frozen=True, kw_only=True):
    """How far an export is; `why` and `detail`: what it failed of. `done`: the file is whole."""

    read: int = 0
    of: int | None = None
    share: float = 0.0
    taken: int = 0
    done: bool = False
    why: str = ""
    detail: str = ""


class _Bounded:
    """An output that ends where it would be too large."""

    def __init__(self, output: Output, most: int) -> None:
        self._output = output
        self._left = most
        self.taken = 0

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise GatewayError(
                "export_too_large",
                "It would be larger than the console's exports may be.",
                "Ask for a shorter time, or for less; `audit export` has no such bound.",
            )
        self._output.write(data)

    def save(self, place: Place) -> None:
        self._output.save(place)


async def write(job: ExportJob, tell: Callable[[Far], None]) -> Far:
    """Write an export, and tell how far it is.

    Raises:
        GatewayError, StoreAway: it cannot be written.
        OSError: there is no room, or no right to write.
    """
    choice, form, of = job.choice, format_of(job.form), None
    scope = job.scope
    if scope.accounts or scope.bare:
        fields = {name: getattr(choice, name) for name in Choice.__dataclass_fields__}
        accounts = None if scope.all else frozenset(scope.accounts)
        choice = Permitted(**fields, accounts=accounts, bare=scope.bare)
    if scope.bare:
        form = bare(form)
    if choice.since is None:
        async with opened(job.config) as store, store.answers("count the records"):
            counts = [
                await store.redis.xlen(audit_stream(n)) for n in range(job.config.audit.shards)
            ]
        of = sum(counts)

    @contextmanager
    def progress(length: int) -> Iterator[Callable[[int], None]]:
        read = way = 0
        said = time.monotonic()

        def passed(ms: int) -> None:
            nonlocal read, way, said
            read, way = read + 1, way + ms
            if read % 100 == 0 and time.monotonic() - said > _EVERY:
                said = time.monotonic()
                share = min(way / length, 1.0) if length else 0.0
                tell(Far(read=read, of=of, share=share))

        yield passed

    file = ExportFile(job.path, Order({}, job.choice))
    try:
        output = _Bounded(file, job.most_bytes)
        place = await export_to(job.config, form, choice, output, None, progress)
        file.finish()
    finally:
        file.close()
    return Far(read=place.read, of=of, share=1.0, taken=place.taken, done=True)


def main() -> None:
    """Do what standard input says."""
    try:
        job: ExportJob = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's words
    except EOFError:  # it ended before it could say any
        sys.exit(1)
    die_with(job.parent, signal.SIGKILL)
    os.nice(10)  # whoever serves goes first

    def tell(far: Far) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(far) + b"\n")
        sys.stdout.buffer.flush()

    try:
        tell(asyncio.run(write(job, tell)))
    except GatewayError as why:
        tell(Far(why=why.code, detail=f"{why.detail} {why.advice}".rstrip()))
    except OSError as fault:
        tell(Far(why="export_output", detail=f"The file cannot be written: {fault.strerror}."))


if __name__ == "__main__":
    main()
