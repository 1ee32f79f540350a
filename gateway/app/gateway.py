"""A running gateway: what `serve` starts and stops, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.app.directory_sources import DirectorySources
from gateway.app.evidence import Evidence
from gateway.app.exporting import Exporting
from gateway.app.notices import Delivering
from gateway.app.people_upkeep import PeopleUpkeep
from gateway.app.policy_reload import PolicyReload
from gateway.app.secrets import Rings
from gateway.audit.record import ConfigFile, Kind
from gateway.audit.writing.emitter import Emitter
from gateway.counts import Counts
from gateway.errors import StoreAway
from gateway.listener.server import Listener
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.live import LiveSessions
from gateway.sessions.revocation import Revocation
from gateway.sessions.timekeeper import Timekeeper
from gateway.sockets.open import OpenSockets
from gateway.store.client import Store
from gateway.upstream.client import Upstream

_log = structlog.get_logger("gateway")
_DRAIN: Final = 10.0


@dataclass(slots=True)
class Gateway:
    """A running gateway. `listener` makes the protocol of each client connection."""

    listener: Listener
    live: LiveSessions
    emitter: Emitter
    store: Store
    rings: Rings
    counts: Counts
    evidence: Evidence
    policies: PolicyReload
    notices: Delivering
    people: PeopleUpkeep
    directories: DirectorySources
    timekeeper: Timekeeper
    ending: Ending
    revocation: Revocation
    events: Events
    upstreams: dict[str, Upstream]
    sockets: OpenSockets
    name: str
    config: tuple[ConfigFile, ...]
    exporting: Exporting

    async def start(self) -> None:
        """Go on record as started, and be told of ended sessions."""
        await self.directories.load()  # first: whoever looks at sessions needs to know everybody
        await self.people.load()
        await self.evidence.start()
        await self.revocation.start()
        self.ending.start()
        self.policies.start()
        self.directories.start()
        self.timekeeper.start()
        self.notices.start()
        self.people.start()
        self.exporting.start()
        await self.events.of_gateway(Kind.GATEWAY_STARTED, self.name, self.config)

    async def have_ended(self, writers: Sequence[str]) -> None:
        """Take the word of who saw the processes of these writers end."""
        await self.revocation.have_ended(writers)
        await self.evidence.have_ended(writers)

    async def stop(self) -> None:
        """Finish what is under way, write every record, and let go of everything."""
        dead = self.emitter.taken_for_dead.is_set()
        await self.exporting.stop()
        await self.timekeeper.stop()
        await self.notices.stop()
        await self.policies.stop()
        await self.people.stop()
        await self.directories.stop()
        await self.ending.stop()
        self.sockets.stopping.set()
        if dead:
            self.live.cut_all()
        self.listener.pre_shutdown()
        await self.listener.shutdown(0 if dead else _DRAIN)
        await self.revocation.stop()
        for upstream in set(self.upstreams.values()):
            await upstream.aclose()
        try:
            await self.events.of_gateway(Kind.GATEWAY_STOPPED, self.name)
            await self.evidence.stop()
        except StoreAway as away:
            _log.warning("gateway.stop_not_recorded", detail=away.detail)
        left = await self.emitter.drain(_DRAIN)
        if left:
            _log.error("audit.not_written", records=left)
        if spooled := self.emitter.spooled:
            _log.warning("audit.left_in_spool", records=spooled)
        await self.emitter.aclose()
