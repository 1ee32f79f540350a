"""How the gateway of this process is, for its console: read when somebody asks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from gateway.app.file_watch import FileWatch
from gateway.app.gateway import Gateway
from gateway.audit.record import timestamp
from gateway.audit.writing.writers import Writers
from gateway.config import Config
from gateway.console.system_values import (
    AppStatus,
    AuditStatus,
    ConfigStatus,
    ConsumerStatus,
    DirectoryStatus,
    NoticesStatus,
    ReloadStatus,
    SiteStatus,
    StoreStatus,
    SystemSays,
)
from gateway.errors import GatewayError, StoreAway
from gateway.sessions.glass_book import GlassBook
from gateway.sessions.leases import Leases
from gateway.site import Site
from gateway.store.address import address
from gateway.store.embedded import EmbeddedStore

_ADDRESS: Final = re.compile(r"\S+:[0-9]{2,5}\b")
_SIDE: Final = 5.0
"""Seconds for which what the store said is said again."""


class Status:
    """Says it, once `gateway` is there."""

    def __init__(self, config: Config, sites: list[Site], now: Callable[[], int]) -> None:
        self.gateway: Gateway | None = None
        self._config = config
        self._sites = sites
        self._now = now
        self._started_at = now()
        self._turn = asyncio.Lock()
        self._store: StoreStatus | None = None
        self._asked_at = 0.0

    async def __call__(self) -> SystemSays:
        """Say how it is."""
        gateway = self.gateway
        assert gateway is not None  # noqa: S101 - nobody asks before it serves
        serving, store, audit, unreviewed = await asyncio.gather(  # each may wait for the store
            self._serving(gateway),
            self._of_store(gateway),
            self._audit(gateway),
            self._unreviewed(gateway),
        )
        return SystemSays(
            version=version("impersonation-gateway"),
            worker=gateway.name,
            started_at=timestamp(self._started_at),
            serving=serving,
            sessions_under_way=gateway.live.under_way(),
            store=store,
            sites=tuple(self._site(gateway, each) for each in self._sites),
            policies=_reload(gateway.policies.watch),
            operators=_reload(gateway.people.file.watch),
            audit=audit,
            notices=NoticesStatus(
                configured=self._config.notifications is not None,
                waiting=gateway.notices.counts.get("waiting", 0),
                delivered=gateway.notices.counts.get("delivered", 0),
                dead=gateway.notices.counts.get("dead", 0),
            ),
            config=tuple(
                ConfigStatus(file=each.file, sha256=each.sha256) for each in gateway.config
            ),
            unreviewed=unreviewed,
        )

    async def _of_store(self, gateway: Gateway) -> StoreStatus:
        """Ask the store, or say what it said a moment ago."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._store is None or now - self._asked_at > _SIDE:
                self._store, self._asked_at = await self._asked(gateway), now
            return self._store

    async def _asked(self, gateway: Gateway) -> StoreStatus:
        url = self._config.store.url
        embedded = url in ("embedded", EmbeddedStore(self._config.data_dir).url)
        kind = "embedded" if embedded else address(url).kind
        try:
            servers = await gateway.store.servers()
            warnings = await gateway.store.check_safe()
        except StoreAway as away:
            return StoreStatus(kind=kind, reachable=False, warnings=(away.detail,))
        except GatewayError as fault:
            return StoreStatus(kind=kind, reachable=True, warnings=(_without(fault.detail),))
        return StoreStatus(
            kind=kind, reachable=True, servers=servers, warnings=tuple(map(_without, warnings))
        )

    def _site(self, gateway: Gateway, site: Site) -> SiteStatus:
        source = gateway.directories.of(site.name)
        seen = gateway.upstreams[site.name].seen
        return SiteStatus(
            name=site.name,
            label=site.label,
            hosts=site.hosts,
            report_only=tuple(sorted(site.report_only)),
            app=AppStatus(
                connected_at=self._moment(seen.connected_at),
                failed_at=self._moment(seen.failed_at),
                fault=seen.fault,
            ),
            directory=DirectoryStatus(
                kept_in=source.kept_in,
                accounts=len(site.directory.accounts()),
                users=len(tuple(site.directory.people)),
                read_at=timestamp(source.read_at) if source.read_at else None,
                stale=source.stale,
                fault=source.fault,
            ),
        )

    def _moment(self, at: float) -> str | None:
        """Give a time of the loop's clock as one of the wall's."""
        if not at:
            return None
        return timestamp(self._now() - int((asyncio.get_running_loop().time() - at) * 1000))

    async def _audit(self, gateway: Gateway) -> AuditStatus:
        writers = await self._writers(gateway)
        return AuditStatus(
            streams=self._config.audit.shards,
            away=gateway.emitter.away,
            pending=gateway.emitter.pending,
            spooled=gateway.emitter.spooled,
            not_posted=gateway.evidence.not_posted,
            consumers=tuple(
                ConsumerStatus(name=name, records=lag.records, seconds=lag.seconds)
                for name, lag in gateway.evidence.lags.items()
            ),
            writers=None if writers is None else len(writers),
            dead=None if writers is None else sum(writers.values()),
        )

    async def _writers(self, gateway: Gateway) -> dict[str, bool] | None:
        """Give who writes, and whether somebody closes what they left open."""
        found: dict[str, bool] = {}
        try:
            for shard in range(self._config.audit.shards):
                for name, said in (await Writers(gateway.store).all(shard)).items():
                    found[name] = found.get(name, False) or bool(said.claimer)
        except StoreAway:
            return None
        return found

    async def _serving(self, gateway: Gateway) -> int | None:
        try:
            async with gateway.store.answers("see who serves"):
                return len(await Leases(gateway.store).holders())
        except StoreAway:
            return None

    async def _unreviewed(self, gateway: Gateway) -> int | None:
        try:
            return len(await GlassBook(gateway.store).unreviewed())
        except StoreAway:
            return None


def _reload(watch: FileWatch) -> ReloadStatus:
    return ReloadStatus(read_at=timestamp(watch.read_at), stale=watch.stale, fault=watch.fault)


def _without(detail: str) -> str:
    """Leave addresses out that the store found out itself and the config does not name."""
    return _ADDRESS.sub("(address)", detail)
