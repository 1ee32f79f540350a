"""Requests for approval in the store, and what became of them.

What is asked for never changes; its state does, in one step that expects the state before: of those
who decide at the same moment one does. All is gone after thirty days.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec.structs import replace

from gateway.console.approval_values import Approval, State
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

KEPT_MS: Final = 30 * 86_400_000
_AT_ONCE: Final = 200

# KEYS: the request. ARGV: the state that it must have, what it is to be as a whole.
_CHANGE: Final = Script(
    """
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'data', ARGV[3])
return 1
"""
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Approval).decode


class ApprovalBook:
    """Keeps them. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def waiting_of(self, operator: str, now_ms: int) -> int:
        """Count the requests of an operator that wait."""
        held = keys.approvals_of(operator)
        async with self._store.answers("count the requests for approval"):
            await self._redis.zremrangebyscore(held, "-inf", now_ms)
            return int(await self._redis.zcard(held))

    async def add(self, asked: Approval) -> None:
        """Keep a new request."""
        held = keys.approvals_of(asked.operator.id)
        async with self._store.answers("keep the request for approval"):
            await self._redis.hset(
                keys.approval(asked.id), mapping={"state": asked.state, "data": _encode(asked)}
            )
            await self._redis.pexpire(keys.approval(asked.id), KEPT_MS)
            await self._redis.zadd(keys.approvals(), {asked.id: asked.asked_at})
            await self._redis.zremrangebyscore(keys.approvals(), "-inf", asked.asked_at - KEPT_MS)
            await self._redis.zadd(held, {asked.id: asked.until})
            await self._redis.pexpire(held, KEPT_MS)

    async def get(self, approval_id: str, now_ms: int) -> Approval | None:
        """Give a request as it is now, or None."""
        async with self._store.answers("read the request for approval"):
            raw = await self._redis.hget(keys.approval(approval_id), "data")
        return None if raw is None else _as_of(_decode(raw), now_ms)

    async def latest(self, now_ms: int) -> list[Approval]:
        """Give the last requests of all, the newest first."""
        async with self._store.answers("list the requests for approval"):
            ids = await self._redis.zrevrange(keys.approvals(), 0, _AT_ONCE - 1)
        found = [await self.get(each.decode(), now_ms) for each in ids]
        return [each for each in found if each is not None]

    async def change(self, before: Approval, after: Approval) -> bool:
        """Let a request go from one state into another; false when it is in another by now."""
        arguments = [before.state, after.state, _encode(after)]
        async with self._store.answers("change the request for approval"):
            done = await self._store.run(_CHANGE, [keys.approval(before.id)], arguments)
            if done and after.state != "pending":
                await self._redis.zrem(keys.approvals_of(before.operator.id), before.id)
        return bool(done)


def _as_of(approval: Approval, now_ms: int) -> Approval:
    waits: tuple[State, ...] = ("pending", "approved")
    over = approval.state in waits and now_ms >= approval.until
    return replace(approval, state="expired") if over else approval
