"""The store of a running gateway: found or started, seen to be safe, and let go of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from gateway.audit.shards import note_shards
from gateway.config import Config
from gateway.store.client import Store, connect
from gateway.store.embedded import EmbeddedStore

_log = structlog.get_logger("gateway")


@asynccontextmanager
async def store_of(config: Config) -> AsyncIterator[tuple[Store, str]]:
    """Open the store, starting the embedded one where the config says so; give its URL too.

    Raises:
        GatewayError: it cannot be reached or started, or would forget records.
    """
    embedded: EmbeddedStore | None = None
    url = config.store.url
    if url == "embedded":
        embedded = EmbeddedStore(
            Path(config.data_dir), config.store.fsync, port=config.store.port or None, died=_died
        )
        url = await embedded.start()
    try:
        store = await connect(url, timeout=config.audit.timeout, replicas=config.store.replicas)
        try:
            for warning in await store.check_safe():
                _log.warning("store.not_durable", detail=warning)
            await note_shards(store, config.audit.shards)
            yield store, url
        finally:
            await store.aclose()
    finally:
        if embedded is not None:
            await embedded.stop()


def _died(status: int) -> None:
    _log.error("store.died", status=status)
