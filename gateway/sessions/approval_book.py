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
_MOST_WAITING: Final = 1000
_OPEN: Final = 20

# KEYS: the request. ARGV: the state that it must have, what it is to be as a whole.
_CHANGE: Final = Script(
    """
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'data', ARGV[3])
return 1
"""
)
# KEYS: the operator's. ARGV: now, when it waits no more, the id, the most, milliseconds to keep it.
_WAIT: Final = Script(
    """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
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

    async def wait(self, asked: Approval, most: int) -> bool:
        """Count a new request among those of its operator that wait; false at more than `most`."""
        arguments = [asked.asked_at, asked.until, asked.id, most, KEPT_MS]
        held = keys.approvals_of(asked.operator.id)
        async with self._store.answers("count the requests for approval"):
            return bool(await self._store.run(_WAIT, [held], arguments))

    async def add(self, asked: Approval) -> None:
        """Keep a new request."""
        async with self._store.answers("keep the request for approval"):
            await self._redis.hset(
                keys.approval(asked.id), mapping={"state": asked.state, "data": _encode(asked)}
            )
            await self._redis.pexpire(keys.approval(asked.id), KEPT_MS)
            await self._redis.zadd(keys.approvals(), {asked.id: asked.asked_at})
            await self._redis.zremrangebyscore(keys.approvals(), "-inf", asked.asked_at - KEPT_MS)
            await self._redis.zadd(keys.approvals_waiting(), {asked.id: asked.until})

    async def get(self, approval_id: str, now_ms: int) -> Approval | None:
        """Give a request as it is now, or None."""
        async with self._store.answers("read the request for approval"):
            raw = await self._redis.hget(keys.approval(approval_id), "data")
        return None if raw is None else _as_of(_decode(raw), now_ms)

    async def latest(self, now_ms: int) -> list[Approval]:
        """Give the requests that wait, and the last ones of all, the newest first."""
        waiting = keys.approvals_waiting()
        async with self._store.answers("list the requests for approval"):
            await self._redis.zremrangebyscore(waiting, "-inf", now_ms)
            ids = await self._redis.zrange(waiting, 0, _MOST_WAITING - 1)
            ids += await self._redis.zrevrange(keys.approvals(), 0, _AT_ONCE - 1)
        found = [await self.get(each.decode(), now_ms) for each in dict.fromkeys(ids)]
        known = [each for each in found if each is not None]
        return sorted(known, key=lambda each: (each.asked_at, each.id), reverse=True)

    async def open_of(self, operator: str, now_ms: int) -> list[Approval]:
        """Give an operator's requests that wait or can be used; of very many the last ones."""
        ids: list[bytes] = []
        async with self._store.answers("list the requests for approval"):
            for listed in (keys.approved_of(operator), keys.approvals_of(operator)):
                ids += await self._redis.zrevrangebyscore(listed, "+inf", f"({now_ms}", 0, _OPEN)
        found = [await self.get(each.decode(), now_ms) for each in dict.fromkeys(ids)]
        waits = ("pending", "approved")
        return [each for each in found if each is not None and each.state in waits]

    async def _list_approved(self, after: Approval) -> None:
        listed = keys.approved_of(after.operator.id)
        if after.state == "approved":
            await self._redis.zadd(listed, {after.id: after.until})
            await self._redis.zremrangebyscore(listed, "-inf", after.decided_at)
            await self._redis.pexpire(listed, KEPT_MS)
        else:
            await self._redis.zrem(listed, after.id)

    async def change(self, before: Approval, after: Approval) -> bool:
        """Let a request go from one state into another; false when it is in another by now."""
        arguments = [before.state, after.state, _encode(after)]
        async with self._store.answers("change the request for approval"):
            done = await self._store.run(_CHANGE, [keys.approval(before.id)], arguments)
            if done and after.state != "pending":
                await self._redis.zrem(keys.approvals_of(before.operator.id), before.id)
                await self._redis.zrem(keys.approvals_waiting(), before.id)
                await self._list_approved(after)
        return bool(done)


def _as_of(approval: Approval, now_ms: int) -> Approval:
    waits: tuple[State, ...] = ("pending", "approved")
    over = approval.state in waits and now_ms >= approval.until
    return replace(approval, state="expired") if over else approval
