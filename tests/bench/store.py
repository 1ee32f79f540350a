"""The store beside the gateway: what it holds of the audit stream, and what it costs."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from redis import Redis

from tests.bench.tools import BenchFailed

_STREAM = "gateway:audit:0"
_KEPT = 1000
_WRITTEN = "bench:written"
_RECORD = b"r" * 800


class AuditStore:
    """A connection to the store at `url`.

    Raises:
        BenchFailed: it would not keep a record over a power cut, so that a figure would say less.
    """

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(url, decode_responses=True)
        safe = self._redis.config_get("appendonly", "appendfsync")
        if safe != {"appendonly": "yes", "appendfsync": "always"}:
            raise BenchFailed(f"The store is not durable: {safe}. It must sync every write.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._redis.close()

    def records(self) -> int:
        """How many records were ever put into the audit stream."""
        count: int = self._redis.xinfo_stream(_STREAM)["entries-added"]
        return count

    def must_hold(self, least: int, label: str) -> None:
        """See that the stream has had so many records; then drop most of them.

        So the store keeps small, and has no reason to write its file anew in the next round.

        Raises:
            BenchFailed: it has not; `label` says whose records are missing.
        """
        missing = least - self.records()
        if missing > 0:
            raise BenchFailed(f"{label}: {missing} answers have no record.")
        self._redis.xtrim(_STREAM, maxlen=_KEPT)

    def round_trips(self, per_second: float, seconds: float) -> list[float]:
        """Write something of a record's size at a steady rate; give the milliseconds of each."""
        taken = []
        start = time.monotonic()
        for n in range(int(per_second * seconds)):
            due = start + n / per_second
            time.sleep(max(due - time.monotonic(), 0))
            self._redis.xadd(_WRITTEN, {"r": _RECORD}, maxlen=_KEPT)
            taken.append((time.monotonic() - due) * 1000)
        self._redis.delete(_WRITTEN)
        return taken

    def cpu(self) -> float:
        """User and system seconds that the store's process has used."""
        said = self._redis.info("cpu")
        seconds: float = said["used_cpu_user"] + said["used_cpu_sys"]
        return seconds
