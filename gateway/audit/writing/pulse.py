"""Says of this gateway, every few seconds and beside each stream, that it lives (`writers`)."""

from __future__ import annotations

from collections import deque
from itertools import count

from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.writers import Said, Writers


class Horizon:
    """From where on in one stream this writer's requests may be open. Pure.

    A writer knows seqs, and the stream positions. A beat brings them together: what the writer puts
    after it stands after the stream's last position.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[int, str]] = deque()  # after seq, only positions after this one
        self._done = 1  # all before this seq is in the stream, each intent with its outcome
        self._coming: tuple[int, int] | None = None  # (done, as soon as this seq is in the stream)

    @property
    def position(self) -> str:
        """Up to here all is closed; empty before the first beat."""
        return self._marks[0][1] if self._marks else ""

    def beat(self, oldest: int, last: int, held: int, position: str) -> None:
        """Take what a beat brought together.

        Args:
            oldest, last: `Emitter.open_from`, from before the beat.
            held, position: what the stream held at the beat.
        """
        self._marks.append((held, position))
        self._coming = self._coming or (oldest, last)
        if self._coming[1] <= held:  # the outcomes of what is before `oldest` are in the stream
            self._done, self._coming = self._coming[0], None
        while len(self._marks) > 1 and self._marks[1][0] < self._done:
            self._marks.popleft()


class Pulse:
    """The beats of the emitter's writer, beside each of its streams.

    Both methods raise `StoreAway` when the store does not answer.
    """

    def __init__(self, writers: Writers, emitter: Emitter, shards: int) -> None:
        self._writers = writers
        self._emitter = emitter
        self._horizons = [Horizon() for _ in range(shards)]
        self._said = [Said("", "", "")] * shards
        self._beats = count(1)

    async def beat(self) -> None:
        """Say that the writer lives. One that was claimed finds that out by its records."""
        number = next(self._beats)
        for shard, horizon in enumerate(self._horizons):
            oldest, last = self._emitter.open_from(shard)
            position = horizon.position
            held = await self._writers.beat(shard, self._emitter.writer, position, number)
            if held is not None:
                horizon.beat(oldest, last, *held)
                self._said[shard] = Said(position or held[1], str(number), "")

    async def stop(self) -> None:
        """Say nothing more: every record is written and every request closed."""
        for shard, said in enumerate(self._said):
            await self._writers.remove(shard, self._emitter.writer, said)
