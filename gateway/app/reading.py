"""A gateway's store for those who read it, whether or not that gateway runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.audit.shards import check_shards
from gateway.config import Config
from gateway.store.client import Store, connect
from gateway.store.embedded import EmbeddedStore


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Store]:
    """The store of `config`; an embedded one is not started.

    Raises:
        GatewayError: its address cannot be used; `store_shards`, the config names too few streams.
        StoreAway: nobody answers there.
    """
    embedded = config.store.url == "embedded"
    url = EmbeddedStore(config.data_dir).url if embedded else config.store.url
    store = await connect(url, timeout=config.audit.timeout, replicas=config.store.replicas)
    try:
        await check_shards(store, config.audit.shards)
        yield store
    finally:
        await store.aclose()
