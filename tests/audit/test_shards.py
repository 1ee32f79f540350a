"""How many streams there are is known to the store, so that nobody reads too few."""

from __future__ import annotations

import pytest

from gateway.audit.shards import check_shards, note_shards
from gateway.errors import GatewayError
from gateway.store.client import connect
from gateway.store.keys import audit_stream


async def test_fewer_streams_than_hold_records_are_refused(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    await check_shards(store, 1)
    await note_shards(store, 4)
    await note_shards(store, 2)  # the others hold nothing
    await store.redis.xadd(audit_stream(2), {"record": "{}"})
    for look in (check_shards, note_shards):
        with pytest.raises(GatewayError, match="gateway:audit:2 holds records") as refused:
            await look(store, 2)
        assert "to 3 or more" in refused.value.advice
        await look(store, 3)
    await store.redis.xtrim(audit_stream(2), maxlen=0, approximate=False)
    await check_shards(store, 2)
    await store.aclose()
