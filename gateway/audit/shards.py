"""How many streams there are: whoever reads fewer would miss records, and nobody would be told."""

from __future__ import annotations

from typing import cast

from gateway.errors import GatewayError
from gateway.store.client import Store
from gateway.store.keys import audit_shards, audit_stream
from gateway.store.scripts import Script

# ARGV: how many are in use now. Keeps the most that ever were.
_NOTE = Script(
    """
local most = tonumber(redis.call('GET', KEYS[1]) or 0)
if tonumber(ARGV[1]) > most then redis.call('SET', KEYS[1], ARGV[1]) end
"""
)


async def check_shards(store: Store, shards: int) -> None:
    """See that no stream beyond these holds records.

    Raises:
        GatewayError: `store_shards`, one does.
        StoreAway: the store does not answer.
    """
    async with store.answers("see how many streams there are"):
        most = int(cast("bytes", await store.redis.get(audit_shards())) or 0)
        beyond = [n for n in range(shards, most) if await store.redis.xlen(audit_stream(n))]
    if beyond:
        raise GatewayError(
            "store_shards",
            f"audit.shards is {shards}, and stream {audit_stream(beyond[-1])} holds records too.",
            f"Set audit.shards to {beyond[-1] + 1} or more, in all gateways of this store.",
        )


async def note_shards(store: Store, shards: int) -> None:
    """Say that these streams are written from now on.

    Raises:
        GatewayError, StoreAway: as `check_shards`.
    """
    await check_shards(store, shards)
    async with store.answers("say how many streams there are"):
        await store.run(_NOTE, [audit_shards()], [shards])
