"""A writer of the audit streams for a command: there, checkpointed and gone, as a gateway's is."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from gateway.app.clock import wall_clock
from gateway.app.evidence import Evidence
from gateway.app.secrets import audit_key
from gateway.audit.ids import Ids
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.config import Config
from gateway.errors import StoreAway
from gateway.sessions.events import Events
from gateway.store.client import Store

_DRAIN = 10.0
_log = structlog.get_logger("audit")


@asynccontextmanager
async def recording(config: Config, store: Store) -> AsyncIterator[Events]:
    """Give what puts events on record while the block runs, which is to be a matter of seconds.

    Raises:
        GatewayError: `data_dir`, the key or the folder of checkpoints cannot be used.
        StoreAway: the store does not answer.
    """
    ids = Ids(wall_clock, secrets.randbits(40))
    signing = audit_key(Path(config.data_dir))
    shards, wait = config.audit.shards, config.audit.timeout
    emitter = Emitter(RedisSink(store), ids, signing.sign, shards=shards, wait=wait)
    try:
        evidence = Evidence(config, store, emitter, ids, signing.public_key(), wall_clock)
        await evidence.start()
        try:
            yield Events(emitter, ids, wall_clock)
        finally:
            try:
                await emitter.drain(_DRAIN)
                await evidence.stop()
            except StoreAway as away:  # what is open is closed by the next gateway
                _log.warning("audit.not_closed", detail=away.detail)
    finally:
        await emitter.aclose()
