"""Exports of the console on this machine: who writes them, their files, and when these are gone."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec
import structlog
from msgspec.structs import replace

from gateway.app.export_aside import MOST_BYTES, ExportJob, Far
from gateway.config import Config
from gateway.console.history_services import Download
from gateway.errors import StoreAway
from gateway.sessions.export_book import ExportBook
from gateway.sessions.export_rules import AT_ONCE, KEPT_MS, Kept, has_file, may_run
from gateway.tasks import end, lasting

LOOK_EVERY: Final = 0.5
"""Seconds between looks at whose turn it is."""
SWEEP_EVERY: Final = 60.0
"""Seconds between looks at files that are not wanted any more."""
MOST_OF_ALL: Final = 4 << 30
"""Bytes of all files of this machine; where there are more, none is begun."""
_PIECE: Final = 64 * 1024
_ENDS: Final = {
    "json": ("jsonl", "application/x-ndjson"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "ocsf": ("ocsf.jsonl", "application/x-ndjson"),
    "cef": ("cef", "text/plain; charset=utf-8"),
    "ecs": ("ecs.jsonl", "application/x-ndjson"),
}
_command: Final = (sys.executable, "-P", "-m", "gateway.app.export_aside")
_decode = msgspec.json.Decoder(Far).decode
_CANCELLED: Final = Far(why="export_unknown", detail="It was cancelled.")
_log = structlog.get_logger("exports")


class Exporting:
    """Implements `sessions.export_desk.Writers`, over the folder `exports` in the data folder."""

    def __init__(self, config: Config, book: ExportBook, now: Callable[[], int]) -> None:
        self._config = config
        self._book = book
        self._now = now
        self._folder = Path(config.data_dir) / "exports"
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to remove what is not wanted any more."""
        self._sweeping = lasting(self._sweep_on, "sweeping exports")

    async def stop(self) -> None:
        """Write no more; what was not done has failed."""
        if self._sweeping is not None:
            await end(self._sweeping)
        for task in tuple(self._tasks):
            await end(task)

    def write(self, kept: Kept) -> None:
        """Begin to write one that was let in."""
        task = asyncio.create_task(self._see_to(kept), name=f"export {kept.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def download(self, kept: Kept) -> Download | None:
        """Open the file of one."""
        path = self._path(kept)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            return None
        suffix, media_type = _ENDS[kept.order.format]
        size = os.fstat(file.fileno()).st_size
        return Download(f"records-{kept.id}.{suffix}", media_type, size, _pieces(file))

    async def drop(self, export: str) -> None:
        """Remove what there is of one."""
        await asyncio.to_thread(self._drop, export)

    async def sweep(self) -> None:
        """Remove the files of exports that are gone, failed, or were cancelled.

        Raises:
            StoreAway: nobody knows which.
        """
        names = {each.name.partition(".")[0] for each in await asyncio.to_thread(self._files)}
        if not names:
            return
        known = {each.id: each for each in await self._book.all()}
        for name in names:
            if not has_file(known.get(name), self._now()):
                await self.drop(name)

    async def _see_to(self, kept: Kept) -> None:
        """Wait for its turn, write it, and say how it went, whatever happens."""
        failed = Far(why="export_broken_off", detail="It was not written to its end.")
        try:
            turned = await self._turn(kept)
            if turned is None:
                return
            kept = turned
            failed = await self._written(kept)
        except asyncio.CancelledError:
            failed = Far(why="gateway_stopping", detail="The gateway that wrote it was stopped.")
            raise
        except StoreAway as away:
            _log.warning("export.store_away", export=kept.id, detail=away.detail)
        except OSError as fault:
            _log.error("export.not_written", export=kept.id, error=str(fault))
        finally:
            if not failed.done:
                await self._failed(kept, failed)

    async def _failed(self, kept: Kept, far: Far) -> None:
        with suppress(OSError):
            await self.drop(kept.id)
        with suppress(StoreAway):  # else it is taken to have failed in half a minute
            said = replace(kept, state="failed", why=far.why, detail=far.detail)
            if await self._book.say(replace(said, beat=self._now())):
                _log.warning("export.failed", export=kept.id, code=far.why)

    async def _turn(self, kept: Kept) -> Kept | None:
        """Wait until few are written; give it as it runs, or None when it was cancelled."""

        def decision(there: list[Kept]) -> tuple[Kept, tuple[()]] | None:
            now = self._now()
            known = any(each.id == kept.id for each in there)
            running = replace(kept, state="running", beat=now)
            return (running, ()) if known and may_run(there, kept.id, now) else None

        while True:
            if await self._book.decide(lambda there: decision(list(there))):
                return replace(kept, state="running", beat=self._now())
            if not await self._book.say(replace(kept, beat=self._now())):
                return None
            await asyncio.sleep(LOOK_EVERY)

    async def _written(self, kept: Kept) -> Far:
        """Have it written by a process beside; give how that ended."""
        if await asyncio.to_thread(self._used) + AT_ONCE * MOST_BYTES > MOST_OF_ALL:
            detail = "The exports that are kept take all the room that they may."
            return Far(why="exports_full", detail=detail)
        await asyncio.to_thread(self._make_folder)
        job = ExportJob(
            self._config, kept.order.format, kept.choice, kept.scope, self._path(kept), os.getpid()
        )
        process = _start()
        try:
            with suppress(ConnectionError):  # it has ended already
                await asyncio.to_thread(_say, process, job)
            reader = asyncio.StreamReader()
            pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), process.stdout
            )
            try:
                return await self._told(kept, reader)
            finally:
                pipe.close()
        finally:
            process.kill()
            # Nobody waits for that: a stop that came now would undo what was just said to be done.
            asyncio.get_running_loop().run_in_executor(None, process.wait)

    async def _told(self, kept: Kept, lines: asyncio.StreamReader) -> Far:
        """Pass on how far it is, every now and then also when nothing is heard."""
        far = Far()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY * 4):
                    line = await lines.readline()
                    if not line.endswith(b"\n"):
                        return Far(why="export_broken_off", detail="The process ended early.")
                    far = _decode(line)
            if far.why:
                return far
            if far.done:
                return await self._done(kept, far)
            told = replace(kept, read=far.read, of=far.of, share=far.share, beat=self._now())
            try:
                if not await self._book.say(told):
                    return _CANCELLED
            except StoreAway as away:  # it goes on: whoever writes it needs the store more
                _log.warning("export.store_away", export=kept.id, detail=away.detail)

    async def _done(self, kept: Kept, far: Far) -> Far:
        """Say that it is there."""
        size = (await asyncio.to_thread(self._path(kept).stat)).st_size
        told = replace(
            kept,
            state="ready",
            read=far.read,
            of=far.of,
            share=1.0,
            taken=far.taken,
            bytes=size,
            until=self._now() + KEPT_MS,
        )
        if not await self._book.say(told):
            return _CANCELLED
        _log.info("export.ready", export=kept.id, records=far.taken, bytes=size)
        return far

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except StoreAway as away:
                _log.warning("exports.not_swept", detail=away.detail)
            except OSError as fault:
                _log.error("exports.not_swept", error=str(fault))
            await asyncio.sleep(SWEEP_EVERY)

    def _path(self, kept: Kept) -> Path:
        return self._folder / f"{kept.id}.{_ENDS[kept.order.format][0]}"

    def _files(self) -> list[Path]:
        return list(self._folder.iterdir()) if self._folder.is_dir() else []

    def _used(self) -> int:
        return sum(each.stat().st_size for each in self._files() if each.exists())

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def _drop(self, export: str) -> None:
        for each in self._files():
            if each.name.partition(".")[0] == export:
                each.unlink(missing_ok=True)


def _start() -> subprocess.Popen[bytes]:
    """Start it with none of our files: the loop's own way would hand it sockets of a worker."""
    return subprocess.Popen(  # noqa: S603 - our own program
        _command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _say(process: subprocess.Popen[bytes], job: ExportJob) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for
    with process.stdin as pipe:
        pickle.dump(job, pipe)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
