"""Whatever a sink does, its shard ends up with every record once and in order."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.writing import lane
from gateway.audit.writing.lane import Lane
from gateway.audit.writing.sink import Batch
from tests.audit.fates import Fate, Shard, never_closed, never_lost
from tests.audit.support import KEY, a_record


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "SHORTEST_PAUSE", 0)


@settings(max_examples=200, deadline=None)
@given(
    fates=st.lists(st.sampled_from(Fate), max_size=12),
    bursts=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    longest=st.integers(1, 4),
)
def test_every_record_arrives_once_and_in_order(
    fates: list[Fate], bursts: list[int], longest: int
) -> None:
    async def run() -> None:
        shard = Shard(fates)
        way = Lane(0, "w", shard, 5, never_lost, never_closed, KEY.sign)
        for burst in bursts:
            seqs = [way.put(a_record("x")) for _ in range(burst)]
            await asyncio.gather(*(way.written(seq) for seq in seqs[-1:]))
        await way.idle()
        assert way.pending == way.pending_bytes == 0
        assert [b'"seq":%d' % seq in entry for seq, entry in enumerate(shard.held, 1)] == [
            True
        ] * sum(bursts)
        await way.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lane, "LONGEST_BATCH", longest)
        asyncio.run(run())


async def test_a_batch_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "LARGEST_BATCH", 600)
    sizes: list[int] = []

    class Measured(Shard):
        async def append(self, batch: Batch) -> int:
            sizes.append(sum(map(len, batch.lines)))
            return await super().append(batch)

    way = Lane(0, "w", Measured([]), 5, never_lost, never_closed, KEY.sign)
    for name in ("a", "b", "c" * 800, "d", "e"):
        way.put(a_record(name))
    await way.idle()
    assert [size <= 600 for size in sizes] == [True, False, True]


async def test_what_is_kept_for_a_forgetful_store_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane, "KEPT_BYTES", 1000)
    lost: list[tuple[int, int]] = []
    shard = Shard([])
    way = Lane(
        0, "w", shard, 5, lambda first, last: lost.append((first, last)), never_closed, KEY.sign
    )
    for _ in range(100):
        way.put(a_record("x"))
    await way.idle()
    shard.held.clear()
    shard.last = 0
    way.put(a_record("x"))
    await way.idle()
    [(first, last)] = lost
    assert first == 1
    assert 80 < last < 100
    assert len(shard.held) == 101 - last
