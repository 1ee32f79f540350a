"""Policies of one's own, read again when their files change; else the old ones hold.

Files are looked at several times a second, by name, size and time: a watch of the kernel's sees
nothing of volumes that are shared or swapped. They are read when two looks found the same, so that
nothing is read that is still being written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.record import ConfigFile, Kind
from gateway.errors import GatewayError, StoreAway
from gateway.policy.rights.files import Policies
from gateway.policy.rights.in_force import InForce
from gateway.sessions.events import Events
from gateway.sessions.review import Review
from gateway.tasks import end

EVERY: Final = 0.2
"""Seconds between looks."""

Files = dict[str, str]
"""Names of policy files and what they hold."""
Look = tuple[tuple[str, int, int, int], ...]
"""Of each policy file in a folder: its name, time, size and number."""
_log = structlog.get_logger("policies")


class PolicyReload:
    """Keeps `in_force` up to date with a folder.

    Args:
        folder: None: there is nothing to read again.
        held: how it looked before the policies in force were read.
        read: gives the files of the folder.
        parse: makes policies of them and of the ready ones; raises `GatewayError`.
    """

    def __init__(
        self,
        folder: Path | None,
        held: Look,
        read: Callable[[], Files],
        parse: Callable[[Files], Policies],
        in_force: InForce,
        review: Review,
        events: Events,
    ) -> None:
        self._folder = folder
        self._held = held
        self._read = read
        self._parse = parse
        self._in_force = in_force
        self._review = review
        self._events = events
        self._task: asyncio.Task[None] | None = None
        self.stale = False
        """Whether the files say something else than what holds, because they cannot be used."""

    def start(self) -> None:
        """Begin to look."""
        if self._folder is not None:
            self._task = asyncio.create_task(self._watch(self._folder), name="policies")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end(self._task)

    async def _watch(self, folder: Path) -> None:
        before = self._held
        while True:
            await asyncio.sleep(EVERY)
            now = await asyncio.to_thread(look, folder)
            if now == before and now != self._held:
                try:
                    await self._take()
                except StoreAway as away:  # it is tried again: nothing changes off the record
                    _log.warning("policies.store_away", detail=away.detail)
                    continue
                except Exception as fault:  # noqa: BLE001 - whatever it is, the old ones hold
                    self.stale = True
                    detail = fault.detail if isinstance(fault, GatewayError) else repr(fault)
                    _log.error("policies.not_loaded", detail=detail)
                self._held = now
            before = now

    async def _take(self) -> None:
        """Put what the files say in force, on record, and look at every session.

        Raises:
            GatewayError: `config`, they cannot be used.
            StoreAway: it cannot be put on record, or not every session could be looked at.
        """
        files = await asyncio.to_thread(self._read)
        if not files:
            raise GatewayError(
                "config",
                f"{self._folder} holds no policies any more.",
                "To do without any, take the folder out of the config and start again.",
            )
        policies = await asyncio.to_thread(self._parse, files)
        hashes = tuple(
            ConfigFile(file=str(self._folder / name), sha256=sha256(text.encode()).hexdigest())
            for name, text in sorted(files.items())
            if self._folder is not None
        )
        await self._events.of_gateway(Kind.POLICIES_CHANGED, "", hashes)
        self._in_force.policies = policies
        self.stale = False
        _log.info("policies.loaded", files=len(files), policies=len(policies.words))
        await self._review.look(lambda _: True)


def look(folder: Path | None) -> Look:
    """See how the policy files of a folder are."""
    if folder is None:
        return ()
    try:
        found = sorted(folder.glob("*.cedar"))
        return tuple((path.name, *_seen(path)) for path in found)
    except OSError:
        return ()


def _seen(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
