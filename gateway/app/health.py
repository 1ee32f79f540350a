"""How the gateway of this process is."""

from __future__ import annotations

from dataclasses import asdict

from gateway.app.gateway import Gateway
from gateway.app.metrics import Metrics
from gateway.errors import StoreAway
from gateway.sessions.glass_book import GlassBook


class Health:
    """Reads the gateway's own counts when somebody asks; nothing is counted twice."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def metrics(self) -> Metrics:
        """Count."""
        gateway = self._gateway
        return Metrics(
            requests=asdict(gateway.counts),
            pending=gateway.emitter.pending,
            spooled=gateway.emitter.spooled,
            not_posted=gateway.evidence.not_posted,
            away=gateway.emitter.away,
            stale_policies=gateway.policies.stale,
            stale_operators=gateway.people.stale,
            stale_directories=gateway.directories.stale,
            connected=gateway.live.connected,
            under_way=gateway.live.under_way(),
            connections=len(gateway.listener.connections),
            consumers=gateway.evidence.lags,
            notices=gateway.notices.counts,
            unreviewed=await self._unreviewed(),
        )

    async def _unreviewed(self) -> int | None:
        try:
            return len(await GlassBook(self._gateway.store).unreviewed())
        except StoreAway:
            return None

    async def unready(self) -> str:
        """Why acting on behalf does not work; empty when it does."""
        try:
            async with self._gateway.store.answers("say that it is there"):
                await self._gateway.store.ping()
        except StoreAway as away:
            return away.detail
        if not self._gateway.live.connected:
            return "ends of sessions are not heard"
        if self._gateway.emitter.away:
            return "records cannot be written"
        return ""
