"""Keeps the record whole, beside the requests: beats, requests of the dead, checkpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.app.secrets import public_key_in
from gateway.audit.ids import Ids
from gateway.audit.proof.checkpoints import CheckpointFile
from gateway.audit.proof.posting import Posting
from gateway.audit.proof.trimming import NotTrimmed, Terms, Trimmer
from gateway.audit.reading.lag import Lag, lag_of
from gateway.audit.writing.anew import Anew
from gateway.audit.writing.closing import Closer
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.pulse import Pulse
from gateway.audit.writing.recovery import Recovery
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.writers import Writers
from gateway.config import Config
from gateway.errors import GatewayError, StoreAway
from gateway.store.client import Store

BEAT_EVERY = 5.0
"""Seconds between beats, and between looks at the others."""
TRIM_EVERY = 600.0
"""Seconds between looks at what is old."""
MEASURE_EVERY = 10.0
"""Seconds between looks at what is not delivered."""
PATIENCE = 6
"""Looks in a row without a beat after which a writer is dead: half a minute."""

_log = structlog.get_logger("gateway")


class Evidence:
    """Start it before anything is put on record; run it; stop it after the last record.

    Raises:
        GatewayError: `data_dir`, the folder of checkpoints cannot be used; `audit_source`, a public
            key cannot be read.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        emitter: Emitter,
        ids: Ids,
        key: Ed25519PublicKey,
        now: Callable[[], int],
    ) -> None:
        shards, writers = config.audit.shards, Writers(store)
        consumers = config.audit.consumers
        alone = config.store.url == "embedded"  # its folder is locked: no other gateway is there
        self._emitter = emitter
        self._pulse = Pulse(writers, emitter, shards)
        self._closer = Closer(
            store, writers, emitter, ids, shards=shards, patience=1 if alone else PATIENCE
        )
        anew = Anew(store, writers, emitter, ids)
        self._recovery = Recovery(spool_folder(config), RedisSink(store), writers, anew)
        self._every = config.audit.checkpoint_every
        self._shards = shards
        self._store = store
        self._now = now
        self._consumers = [each.name for each in consumers]
        self.lags: dict[str, Lag] = {}
        self._trimmer: Trimmer | None = None
        if config.audit.keep is not None:
            keys = (key, *map(public_key_in, config.audit.public_keys))
            required = [each.name for each in consumers if each.required]
            terms = Terms(int(config.audit.keep * 1000), required, keys)
            self._trimmer = Trimmer(store, emitter, writers, terms, self._keep, now)
        folder = checkpoint_folder(config)
        self._posting = _posting(config, folder)
        self._kept = asyncio.Event()
        try:
            self._file = CheckpointFile(folder, emitter.writer)
        except OSError as fault:
            raise GatewayError(
                "data_dir",
                f"Checkpoints cannot be kept in {folder}: {fault}.",
                "Let audit.checkpoints name a folder that the gateway's user may write to.",
            ) from fault

    async def start(self) -> None:
        """Say that this gateway writes, and put on record what others could not.

        Raises:
            StoreAway: the store does not answer.
        """
        await self._pulse.beat()
        await self._recovery.recover()

    async def beat(self) -> None:
        """Say that this writer lives; `run` does so by itself.

        Raises:
            StoreAway: the store does not answer.
        """
        await self._pulse.beat()

    async def have_ended(self, writers: Sequence[str]) -> None:
        """Close at once what these writers left open: their processes are gone."""
        self._closer.have_ended(writers)
        await _tried(self._look)

    async def run(self) -> None:
        """Go on until cancelled."""
        await asyncio.gather(
            _repeat(BEAT_EVERY, self._pulse.beat),
            _repeat(BEAT_EVERY, self._look, first=0),
            _repeat(self._every, self.checkpoint),
            _repeat(TRIM_EVERY, self.trim),
            _repeat(MEASURE_EVERY, self.measure, first=0),
            self._post(),
        )

    @property
    def not_posted(self) -> int:
        """Checkpoints that the webhook has not confirmed, as of the last try."""
        return self._posting.waiting if self._posting else 0

    async def checkpoint(self) -> None:
        """Put a checkpoint of each stream on record, and outside the store what is on record.

        What the store does not have in time is kept outside by the next call.
        """
        lines = await self._emitter.checkpoint()
        if late := self._emitter.unsigned:
            _log.warning("audit.checkpoint_late", count=late)
        if lines:
            try:
                await self._keep(lines)
            except OSError as fault:  # they are on record; the next ones cover what these did
                _log.error("audit.checkpoint_not_kept", error=str(fault))

    async def trim(self) -> None:
        """Take out of the streams what need not be kept any longer.

        Raises:
            StoreAway: the store does not answer; the next time goes on.
        """
        if self._trimmer is None:
            return
        for shard in range(self._shards):
            try:
                gone = await self._trimmer.trim(shard)
            except (NotTrimmed, OSError) as fault:
                _log.error("audit.not_trimmed", shard=shard, error=str(fault))
            else:
                if gone:
                    _log.info("audit.trimmed", shard=shard, records=gone)

    async def measure(self) -> None:
        """See how far each consumer's delivery is behind: `lags` is as of the last look.

        Raises:
            StoreAway: the store does not answer; nothing is said then.
        """
        try:
            self.lags = {
                name: await lag_of(self._store, self._shards, name, self._now)
                for name in self._consumers
            }
        except StoreAway:
            self.lags = {}
            raise

    async def _look(self) -> None:
        """Look after those who died. What they spooled comes first: a closed chain takes none."""
        await self._recovery.recover()
        await self._closer.look()

    async def _keep(self, lines: Sequence[bytes]) -> None:
        await asyncio.to_thread(self._file.append, lines)
        self._kept.set()

    async def _post(self) -> None:
        """Post what is kept as soon as it is, and again what was not taken."""
        while self._posting is not None:
            self._kept.clear()
            await _tried(self._posting.post)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._kept.wait()

    async def stop(self) -> None:
        """Put the last checkpoint on record and say that this gateway writes no more.

        Raises:
            StoreAway: the store does not answer; the next gateway closes what is open.
        """
        await self._recovery.aclose()
        try:
            await self._end()
        finally:
            if self._posting is not None:
                await _tried(self._posting.post)
                await self._posting.aclose()

    async def _end(self) -> None:
        await self.checkpoint()
        if not self._emitter.pending and not self._emitter.spooled:
            await self._pulse.stop()


def checkpoint_folder(config: Config) -> Path:
    """Where the checkpoints are kept."""
    return config.audit.checkpoints or Path(config.data_dir) / "checkpoints"


def _posting(config: Config, folder: Path) -> Posting | None:
    if config.audit.checkpoint_webhook is None:
        return None
    from gateway.app.destinations import posting_to

    return Posting(folder, posting_to(config.audit.checkpoint_webhook))


def spool_folder(config: Config) -> Path:
    """Where records wait while the store is away."""
    return Path(config.data_dir) / "spool"


async def _repeat(
    seconds: float, task: Callable[[], Awaitable[None]], *, first: float | None = None
) -> None:
    await asyncio.sleep(seconds if first is None else first)
    while True:
        await _tried(task)
        await asyncio.sleep(seconds)


async def _tried(task: Callable[[], Awaitable[None]]) -> None:
    try:
        await task()
    except StoreAway as away:
        _log.warning("audit.not_looked_after", detail=away.detail)
    except Exception as fault:  # noqa: BLE001 - a fault of one round must not end the rounds
        _log.error("audit.not_looked_after", exc_info=fault)
