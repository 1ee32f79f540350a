"""For commands that change something: the store, and a writer of their own to put it on record."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
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
    """What a command works with; `by` is who runs it, for histories."""

    store: Store
    events: Events
    by: str


@asynccontextmanager
async def one_off(config: Config) -> AsyncIterator[OneOff]:
    """Open the store of a gateway, to change something on record while the block runs.

    Raises:
        GatewayError: as `opened` and `recording`.
        StoreAway: as `recording`.
    """
    async with opened(config) as store, recording(config, store) as events:
        yield OneOff(store, events, f"command line: {machine_user()}")


@asynccontextmanager
async def recording(config: Config, store: Store) -> AsyncIterator[Events]:
    """Give what puts events on record while the block runs, in a chain of its own.

    Raises:
        GatewayError: the audit key or the checkpoints cannot be used.
        StoreAway: the store does not answer, or does not have every record when the block ends.
    """
    ids, signing = Ids(wall_clock, secrets.randbits(40)), audit_key(Path(config.data_dir))
    shards, wait = config.audit.shards, config.audit.timeout
    emitter = Emitter(RedisSink(store), ids, signing.sign, shards=shards, wait=wait)
    evidence = Evidence(config, store, emitter, ids, signing.public_key(), wall_clock)
    await evidence.start()
    beats = asyncio.create_task(_beat(evidence), name="beats")
    try:
        yield Events(emitter, ids, wall_clock)
    finally:
        await end(beats)
        try:
            await evidence.stop()
        finally:
            left = await emitter.drain(_DRAIN)
            await emitter.aclose()
    if left:
        raise emitter.no_room()


def machine_user() -> str:
    """Name the user who runs this, as the machine does, whatever the environment says."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


async def _beat(evidence: Evidence) -> None:
    """Say that this writer lives, so that no gateway closes what it has begun."""
    while True:
        await asyncio.sleep(_BEAT_EVERY)
        try:
            await evidence.beat()
        except StoreAway:  # whatever comes next fails of that by itself
            continue
