"""The way of records to one shard: in order, each once, however often the store goes away.

Records get consecutive seqs when they are put in, and stay until the sink says it holds them. One
append is under way at a time; what comes in meanwhile goes out together with the next (group
commit without a timer). An append whose fate is unknown is simply made again: the sink knows by
seq what it holds already.

Records that were acknowledged are kept for a while too. A store that comes back without its last
seconds (a crash with `everysec`, a failover) says so by the seq it holds, and gets them again: the
same bytes, so the chain (`seal`) holds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, islice

import structlog

from gateway.audit.parts import RequestRecord
from gateway.audit.proof.seal import Sign, beginning, digest, statement
from gateway.audit.record import Kind, Record
from gateway.audit.writing.sink import CLOSED, LARGEST_BATCH, LONGEST_BATCH, Batch, Sink
from gateway.errors import StoreAway
from gateway.tasks import end

KEPT_BYTES = 4 << 20
"""Acknowledged records kept for a store that forgets: some ten thousand."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between tries while the store is away."""

_INTENT, _OUTCOME = Kind.REQUEST_INTENT, Kind.REQUEST_OUTCOME

_log = structlog.get_logger()


_Entry = tuple[bytes, bytes]
"""A record's line, and under which names it is found again."""
Done = Callable[[StoreAway | None], object]
"""Called once: with None when a record is durable, else with why that is not known in time."""


class Lane:
    """Records of one writer on their way to one shard.

    Args:
        lost: called with the seqs (first, last) of records that the store forgot and that are no
            longer kept here either.
        closed: called when the shard takes no more of this writer: it was taken for dead.
        sign: signs for this writer.
    """

    def __init__(
        self,
        shard: int,
        writer: str,
        sink: Sink,
        wait: float,
        lost: Callable[[int, int], None],
        closed: Callable[[], None],
        sign: Sign,
    ) -> None:
        self.away = False
        self.pending_bytes = 0
        self.shard = shard
        self._writer = writer
        self._sink = sink
        self._wait = wait
        self._lost = lost
        self._closed = closed
        self._sign = sign
        self._loop = asyncio.get_running_loop()
        self._kept: deque[_Entry] = deque()
        self._kept_bytes = 0
        self._pending: deque[_Entry] = deque()
        self._next = 1  # the seq of the first pending record
        self._after = 0  # what the shard must hold before it
        self._prev = sign(beginning(writer, shard))
        self._signed = 0  # the last seq that a signature covers
        self._open: dict[
            str, int
        ] = {}  # requests without an outcome, and the seqs of their intents
        self._waiters: deque[tuple[int, float, Done]] = deque()  # seq, deadline
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._rest: asyncio.Future[None] | None = None  # of the task, until there is work
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    @property
    def pending(self) -> int:
        """Records that the sink has not acknowledged."""
        return len(self._pending)

    @property
    def last(self) -> int:
        """The seq of the last record put; 0: none yet."""
        return self._next + len(self._pending) - 1

    @property
    def held(self) -> int:
        """The seq of the last record that the sink holds; 0: none yet."""
        return self._after

    @property
    def oldest_open(self) -> int:
        """The least seq of an intent without an outcome; without one, the seq that comes next."""
        return next(iter(self._open.values()), self.last + 1)

    @property
    def unsigned(self) -> bool:
        """Whether a record was put that no signature covers."""
        return self.last > self._signed

    def put_signed(self, record: Record) -> int:
        """As `put`, with the writer's signature, which then covers all up to here."""
        record.place(self._writer, self.shard, self.last + 1, self._prev)
        record.signature = self._sign(statement(record))
        self._signed = self.put(record)
        return self._signed

    def put(self, record: Record | RequestRecord) -> int:
        """Take `record` and return its seq; it is written as soon as the store lets it."""
        seq = self._next + len(self._pending)
        entry = record.place(self._writer, self.shard, seq, self._prev)
        self._prev = digest(entry)
        kind = record.kind
        if kind is _INTENT:
            self._open[record.request] = seq
        elif kind is _OUTCOME:
            self._open.pop(record.request, None)
        self._pending.append((entry, record.marks))
        self.pending_bytes += len(entry)
        if self._rest is not None or self._task is None:
            self.check()
        return seq

    def check(self) -> None:
        """Write what is pending; with nothing pending, see that the shard holds what it had."""
        if self._task is None:
            self._at_rest.clear()
            self._task = self._loop.create_task(self._work(), name=f"audit {self.shard}")
        elif self._rest is not None:
            self._at_rest.clear()
            self._rest.set_result(None)
            self._rest = None

    def then(self, seq: int, done: Done) -> None:
        """Call `done` when the sink holds `seq`, the last one put, or when that takes too long.

        The record stays on its way then.
        """
        deadline = self._loop.time() + self._wait
        self._waiters.append((seq, deadline, done))
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._expire)

    def written(self, seq: int) -> asyncio.Future[None]:
        """As `then`, as a future that fails with StoreAway."""
        waiter = self._loop.create_future()
        self.then(seq, partial(settle, waiter))
        return waiter

    async def idle(self) -> None:
        """Return when nothing is pending."""
        await self._at_rest.wait()

    async def stop(self) -> None:
        """Write no more; who still waits is told that the store is away."""
        self._give_up()
        if self._task is not None:
            await end(self._task)
        self._rest = None
        self._at_rest.set()

    async def _work(self) -> None:
        while True:
            await self._write()
            self._rest = self._loop.create_future()
            self._at_rest.set()
            await self._rest

    async def _write(self) -> None:
        """Write what is pending, and what comes in meanwhile; see at least once what is held."""
        pause, told = SHORTEST_PAUSE, False
        while self._pending or not told:
            lines, marks = self._head()
            batch = Batch(self.shard, self._writer, self._after, self._next, lines, marks)
            try:
                held = await self._sink.append(batch)
            except Exception as why:  # noqa: BLE001 - no fault of a sink may end the writing
                if not self.away:
                    _log.warning("audit_store_away", shard=self.shard, reason=str(why))
                self.away = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if self.away:
                _log.info("audit_store_back", shard=self.shard, pending=len(self._pending))
            self.away, pause, told = bool(self._sink.spooled(self.shard)), SHORTEST_PAUSE, True
            if held == CLOSED:
                _log.error("audit_writer_closed", shard=self.shard, not_written=self.pending)
                self._pending.clear()
                self.pending_bytes = 0
                self._closed()
                self._give_up()
            elif held < batch.after:
                self._write_again(held)
            else:
                self._acknowledge(held)

    def _head(self) -> tuple[Sequence[bytes], Sequence[bytes]]:
        head = tuple(islice(self._pending, LONGEST_BATCH))
        if not head:
            return (), ()
        lines, marks = zip(*head, strict=True)
        if self.pending_bytes <= LARGEST_BATCH:
            return lines, marks
        count = max(1, sum(size <= LARGEST_BATCH for size in accumulate(map(len, lines))))
        return lines[:count], marks[:count]

    def _acknowledge(self, held: int) -> None:
        kept, pending, size = self._kept, self._pending, 0
        for _ in range(held + 1 - self._next):
            entry = pending.popleft()
            kept.append(entry)
            size += len(entry[0])
        self.pending_bytes -= size
        self._kept_bytes += size
        self._next = held + 1
        self._after = held
        while self._kept_bytes > KEPT_BYTES and not self._sink.spooled(self.shard):
            self._kept_bytes -= len(kept.popleft()[0])
        waiters = self._waiters
        while waiters and waiters[0][0] <= held:
            _tell(waiters.popleft()[2], None)

    def _write_again(self, held: int) -> None:
        """The store forgot what it had acknowledged: put what is kept back in front."""
        while self._kept and self._next > held + 1:
            entry = self._kept.pop()
            self._kept_bytes -= len(entry[0])
            self._pending.appendleft(entry)
            self.pending_bytes += len(entry[0])
            self._next -= 1
        self._after = held
        _log.error("audit_store_forgot", shard=self.shard, held=held, again_from=self._next)
        if self._next > held + 1:
            self._lost(held + 1, self._next - 1)

    def _give_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        while self._waiters:
            _tell(self._waiters.popleft()[2], _not_confirmed())

    def _expire(self) -> None:
        now = self._loop.time()
        while self._waiters and self._waiters[0][1] <= now:
            _tell(self._waiters.popleft()[2], _not_confirmed())
        self._timer = None
        if self._waiters:
            self._timer = self._loop.call_at(self._waiters[0][1], self._expire)


def _tell(done: Done, away: StoreAway | None) -> None:
    try:
        done(away)
    except Exception:  # noqa: BLE001 - its fault is no other's, and none of the writing
        _log.exception("audit_done_failed")


def settle(waiter: asyncio.Future[None], away: StoreAway | None) -> None:
    """End the waiting of who awaits `waiter`: `Done` for a coroutine."""
    if waiter.done():  # its request may have been cancelled
        return
    if away is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(away)


def _not_confirmed() -> StoreAway:
    return StoreAway(
        "audit_away",
        "The store did not confirm the record in time, so nothing was done.",
        "Try again in a moment; if it lasts, tell the people who run the gateway.",
    )
