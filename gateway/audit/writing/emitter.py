"""Where the rest of the gateway hands its records in.

`commit` returns when the record is durable, and never before: only then may a request be forwarded
or a response released (law 3). Durable means in its stream, or where the sink spools, on this
machine's disk on its way there. A lost record is worse than an outage.
"""

from __future__ import annotations

import asyncio
from functools import partial
from operator import attrgetter
from zlib import crc32

from gateway.audit.ids import Ids
from gateway.audit.parts import RequestRecord
from gateway.audit.proof.seal import Sign
from gateway.audit.record import Kind, Record, Trimmed, line, timestamp
from gateway.audit.writing.lane import Done, Lane, settle
from gateway.audit.writing.sink import Sink
from gateway.errors import StoreAway

MAX_PENDING = 32 << 20
"""Bytes of records that wait for the store; a full outage of some seconds under load."""

_ALWAYS_TAKEN = frozenset((Kind.REQUEST_OUTCOME, Kind.REQUEST_BODY, Kind.RESPONSE_BODY))

_pending_bytes = attrgetter("pending_bytes")


class Emitter:
    """Writes records to `sink`, in order and exactly once, for as long as this process lives.

    Made inside the loop that uses it. A session's records go to one shard and keep their order;
    those without a session share one.

    Args:
        ids: names this writer, and its own records.
        sign: signs beginnings and checkpoints of this writer's chains.
        shards: over how many streams sessions are spread.
        wait: seconds that a commit waits before it refuses.
        max_pending: bytes of records that may wait for the store.
    """

    def __init__(
        self,
        sink: Sink,
        ids: Ids,
        sign: Sign,
        *,
        shards: int = 1,
        wait: float = 2.0,
        max_pending: int = MAX_PENDING,
    ) -> None:
        self.writer = ids()
        self._ids = ids
        self._sink = sink
        self._max_pending = max_pending
        self._closed = False
        self.taken_for_dead = asyncio.Event()
        """Set when another gateway closed what this one had begun: it must end."""
        self._signed: list[Record] = []  # of what is kept outside the store, not given out yet
        self._lanes = tuple(
            Lane(shard, self.writer, sink, wait, partial(self._lost, shard), self._shut, sign)
            for shard in range(shards)
        )
        self._only = self._lanes[0] if shards == 1 else None

    @property
    def away(self) -> bool:
        """Whether the last try to write to any shard failed."""
        return any(lane.away for lane in self._lanes)

    @property
    def pending(self) -> int:
        """Records taken and not yet acknowledged."""
        return sum(lane.pending for lane in self._lanes)

    @property
    def spooled(self) -> int:
        """Records that are durable here, and not in their streams yet."""
        return sum(map(self._sink.spooled, range(len(self._lanes))))

    def room(self) -> bool:
        """Whether a record would be taken."""
        only = self._only
        held = only.pending_bytes if only is not None else sum(map(_pending_bytes, self._lanes))
        return held < self._max_pending and not self._closed

    def put(
        self, record: Record | RequestRecord, done: Done, before: RequestRecord | None = None
    ) -> None:
        """Take `record`, and call `done` once, later: with None when it is durable.

        So is `before` then, which is taken together with it and stands before it.

        Else `done` gets a StoreAway, and the caller forwards and releases nothing. The record
        itself is kept and written when the store is back, for what was tried belongs on record; the
        caller says by an outcome or a refusal what became of it.
        `done` is called as soon as the store has confirmed it, and must not take long. What it
        raises is logged, and harms no other record.

        Raises:
            StoreAway: too many wait already, or the emitter is closed; the record is not kept, and
                `done` is not called.
        """
        if not self.room():
            raise self.no_room()
        lane = self._only or self._lane(record.session)
        if before is not None:
            lane.put(before)
        lane.then(lane.put(record), done)

    async def commit(self, record: Record | RequestRecord) -> None:
        """Return when `record` is durable: as `put`, for who can wait.

        A caller that is cancelled leaves the record on its way.

        Raises:
            StoreAway: the store did not confirm it in time, or it was not taken.
        """
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.put(record, partial(settle, durable))
        await durable

    def emit(self, record: Record | RequestRecord) -> None:
        """Take `record`, to be written in turn and as soon as the store lets it.

        An outcome is always taken, and so is what is said of a body: there is one of each for each
        intent that was committed while there was room, so what waits stays bounded, as long as
        bodies are left out when there is no room.

        Raises:
            StoreAway: the emitter is closed; or any other kind, when there is no room.
        """
        if self._closed or not (record.kind in _ALWAYS_TAKEN or self.room()):
            raise self.no_room()
        (self._only or self._lane(record.session)).put(record)

    def emit_in(self, shard: int, record: Record) -> None:
        """As `emit`, in stream `shard`, where it belongs also when sessions are spread anew.

        Raises:
            StoreAway: the emitter is closed.
        """
        if self._closed:
            raise self.no_room()
        self._lanes[shard].put(record)

    async def settled(self, session: str) -> None:
        """Return when all that was put of a session is durable.

        Raises:
            StoreAway: the store did not confirm it in time.
        """
        lane = self._only or self._lane(session)
        if lane.pending:
            await lane.written(lane.last)

    async def written(self, shard: int) -> None:
        """Return when all that was put for stream `shard` is durable, however long that takes.

        Raises:
            StoreAway: the emitter is closed.
        """
        await self._lanes[shard].idle()
        if self._closed:
            raise self.no_room()

    def check(self) -> None:
        """See in the background that each shard still holds what it acknowledged, and mend it.

        Writing sees that too. So this is for quiet times: it brings `away` up to date, and it
        finds out about a store that crashed or failed over and forgot its last seconds.
        """
        if not self._closed:
            for lane in self._lanes:
                lane.check()

    async def checkpoint(self) -> list[bytes]:
        """Sign where each chain stands that grew since the last signature.

        Returns:
            The lines to be kept outside the store, each durably in its stream: of checkpoints, and
            of losses. One that is not there in time is given by a later call.
        """
        written = []
        for lane in self._lanes:
            if lane.unsigned and self.room() and not self._sink.spooled(lane.shard):
                record = self._own(Kind.AUDIT_CHECKPOINT)
                written.append(lane.written(lane.put_signed(record)))
                self._signed.append(record)
        await asyncio.gather(*written, return_exceptions=True)
        durable = [record for record in self._signed if self._is_in_stream(record)]
        self._signed = [record for record in self._signed if record not in durable]
        return [line(record) for record in durable]

    @property
    def unsigned(self) -> int:
        """Signatures that were made and are not in their streams yet."""
        return sum(not self._is_in_stream(record) for record in self._signed)

    async def trim(self, shard: int, until: str, trimmed: tuple[Trimmed, ...]) -> bytes:
        """Sign which records are about to leave a stream.

        Returns:
            The record's line, durably in the stream.

        Raises:
            StoreAway: it could not be written in time; it is on its way.
        """
        if not self.room():
            raise self.no_room()
        lane, record = self._lanes[shard], self._own(Kind.AUDIT_TRIMMED)
        record.until, record.trimmed = until, trimmed
        await lane.written(lane.put_signed(record))
        if self._sink.spooled(shard):  # the stream must say so before anything goes
            raise StoreAway("audit_away", "The store does not have the record yet.")
        return line(record)

    def open_from(self, shard: int) -> tuple[int, int]:
        """Give the least seq of an intent without an outcome, and the last seq put so far.

        Without such an intent the first is one more than the second. Outcomes that were put may
        not be written yet.
        """
        lane = self._lanes[shard]
        return lane.oldest_open, lane.last

    async def drain(self, seconds: float) -> int:
        """Wait until nothing is pending, at most `seconds`; return how many records still are."""
        idle = asyncio.gather(*(lane.idle() for lane in self._lanes))
        await asyncio.wait((idle,), timeout=seconds)
        idle.cancel()
        return self.pending

    async def aclose(self) -> None:
        """Take and write no more, and let go of the sink: `drain` first."""
        self._closed = True
        for lane in self._lanes:
            await lane.stop()
        await self._sink.aclose()

    def _lane(self, session: str) -> Lane:
        return self._lanes[crc32(session.encode()) % len(self._lanes)]

    def no_room(self) -> StoreAway:
        """Why a record is not taken."""
        if self.taken_for_dead.is_set():
            return StoreAway(
                "writer_closed",
                "This gateway was silent for so long that another closed what it had begun.",
                "Try again: it starts anew.",
            )
        if self._closed:
            return StoreAway("gateway_stopping", "The gateway is stopping.", "Try again shortly.")
        return StoreAway(
            "audit_full",
            "The store has been away for so long that no more records can wait for it.",
            "Tell the people who run the gateway.",
        )

    def _lost(self, shard: int, first: int, last: int) -> None:
        record = self._own(Kind.AUDIT_LOST)
        record.reason = "store_forgot"
        record.lost = (first, last)
        record.detail = (
            f"The store had acknowledged records {first} to {last} of writer {self.writer} "
            "and lost them."
        )
        self._lanes[shard].put_signed(record)
        self._signed.append(record)

    def _is_in_stream(self, record: Record) -> bool:
        in_store = self._lanes[record.shard].held >= record.seq
        return in_store and not self._sink.spooled(record.shard)

    def _own(self, kind: Kind) -> Record:
        return Record(id=self._ids(), kind=kind, at=timestamp(self._ids.now()))

    def _shut(self) -> None:
        self._closed = True
        self.taken_for_dead.set()
