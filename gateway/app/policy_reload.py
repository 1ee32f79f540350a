"""Policies of one's own, read again when their files change; else the old ones hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import structlog

from gateway.app.file_watch import FileWatch, Look, look_in
from gateway.audit.record import ConfigFile, Kind
from gateway.errors import GatewayError
from gateway.policy.rights.files import Policies
from gateway.policy.rights.in_force import InForce
from gateway.sessions.events import Events
from gateway.sessions.review import Review

Files = dict[str, str]
"""Names of policy files and what they hold."""
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
        self._read = read
        self._parse = parse
        self._in_force = in_force
        self._review = review
        self._events = events
        self.watch = FileWatch("policies", lambda: look(folder), held, self._take)

    @property
    def stale(self) -> bool:
        """Whether the files say something else than what holds, because they cannot be used."""
        return self.watch.stale

    def start(self) -> None:
        """Begin to look."""
        if self._folder is not None:
            self.watch.start()

    async def stop(self) -> None:
        """Look no more."""
        await self.watch.stop()

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
        self.watch.stale = False
        _log.info("policies.loaded", files=len(files), policies=len(policies.words))
        await self._review.look(lambda _: True)


def look(folder: Path | None) -> Look:
    """See how the policy files of a folder are."""
    return () if folder is None else look_in(folder, "*.cedar")
