"""For commands that change something: the store, and a writer of their own to put it on record."""

from __future__ import annotations

import asyncio
import getpass
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app.clock import wall_clock
from gateway.app.evidence import Evidence
from gateway.app.reading import opened
from gateway.app.secrets import audit_key
from gateway.audit.ids import Ids
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.config import Config
from gateway.errors import StoreAway
from gateway.sessions.events import Events
from gateway.store.client import Store
from gateway.tasks import end

_BEAT_EVERY: Final = 1.0
_DRAIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class OneOff:
    """What a command works with; `by` is who runs it, for records and histories."""

    store: Store
    events: Events
    by: str


@asynccontextmanager
async def one_off(config: Config) -> AsyncIterator[OneOff]:
    """Open the store of a gateway, to change something on record while the block runs.

    Raises:
        GatewayError: as `opened`; or the audit key or the checkpoints cannot be used.
        StoreAway: the store does not answer, or does not have every record when the block ends.
    """
    async with opened(config) as store:
        ids, signing = Ids(wall_clock, secrets.randbits(40)), audit_key(Path(config.data_dir))
        emitter = Emitter(
            RedisSink(store),
            ids,
            signing.sign,
            shards=config.audit.shards,
            wait=config.audit.timeout,
        )
        evidence = Evidence(config, store, emitter, ids, signing.public_key(), wall_clock)
        await evidence.start()
        beats = asyncio.create_task(_beat(evidence), name="beats")
        try:
            yield OneOff(store, Events(emitter, ids, wall_clock), _whoever_runs_this())
        finally:
            await end(beats)
            try:
                await evidence.stop()
            finally:
                left = await emitter.drain(_DRAIN)
                await emitter.aclose()
        if left:
            raise emitter.no_room()


async def _beat(evidence: Evidence) -> None:
    """Say that this writer lives, so that no gateway closes what it has begun."""
    while True:
        await asyncio.sleep(_BEAT_EVERY)
        try:
            await evidence.beat()
        except StoreAway:  # whatever comes next fails of that by itself
            continue


def _whoever_runs_this() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = "somebody"
    return f"{name}@{socket.gethostname()} (command line)"
