"""A site's directory in files: read again when they change, else the one before holds."""

from __future__ import annotations

import asyncio
from functools import partial
from hashlib import sha256
from pathlib import Path

import structlog

from gateway.app.aside import read_aside
from gateway.app.directories import files_of
from gateway.app.file_watch import FileWatch, Look, look_at
from gateway.audit.record import ConfigFile
from gateway.errors import GatewayError
from gateway.people.changes import changes
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory
from gateway.sessions.events import Events
from gateway.sessions.review import Review

_log = structlog.get_logger("directory")


class DirectoryFile:
    """Keeps the directory of a site up to date with its files.

    Args:
        site: its name.
        path: the file that the config names.
        template: makes house contacts.
        held: how the files looked before the directory was read.
    """

    def __init__(
        self,
        site: str,
        path: Path,
        template: HouseTemplate | None,
        held: Look,
        directory: MemoryDirectory,
        review: Review,
        events: Events,
    ) -> None:
        self._site = site
        self._path = path
        self._template = template
        self._directory = directory
        self._review = review
        self._events = events
        self.watch = FileWatch("directory", partial(look_at, *files_of(path)), held, self._take)

    async def _take(self) -> None:
        """Let what the files say hold, on record, and look at the sessions that it concerns.

        Raises:
            GatewayError: `config`, they cannot be used.
            StoreAway: it cannot be put on record, or not every session could be looked at.
        """
        before = self._directory.people
        try:
            hashes = await asyncio.to_thread(self._hashes)
            read = await read_aside(self._path, self._template)
            if await asyncio.to_thread(self._hashes) != hashes:
                raise self._unusable("it changed while it was read.")
        except OSError as fault:
            raise self._unusable(f"{fault}.") from fault
        except GatewayError as fault:
            raise self._unusable(fault.detail) from fault
        if len(before) and not len(read.people):
            raise self._unusable("it has no users any more.")
        found = await asyncio.to_thread(changes, before, read.people)
        if found.words:
            await self._events.of_directory(self._site, found.words, hashes)
        self._directory.swap_both(read)
        _log.info("directory.loaded", site=self._site, detail=found.words)
        await self._review.of_directory(self._site, found)

    def _hashes(self) -> tuple[ConfigFile, ...]:
        return tuple(
            ConfigFile(file=str(file), sha256=sha256(file.read_bytes()).hexdigest())
            for file in files_of(self._path)
            if file.exists()
        )

    def _unusable(self, why: str) -> GatewayError:
        detail = f"Site {self._site}, {self._path}: {why}"
        return GatewayError("config", detail, "The directory that was read before holds.")
