"""The WebSockets that sessions hold open on this worker: so many each, and told of its stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import Refused

MOST = 32
"""Of one session (law 10). A page needs one or two, and an operator has few pages open."""


class OpenSockets:
    """Counts them. `stopping` is set when the gateway stops: each then says goodbye."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def place(self, session_id: str) -> Iterator[None]:
        """Hold one of a session's places.

        Raises:
            Refused: 429 `websocket_limit`, all are taken.
        """
        if self._counts[session_id] >= MOST:
            raise Refused(
                "websocket_limit",
                f"The session has {MOST} WebSockets open, and no more are opened for it.",
                "Close pages of the session that you do not need, and reload this one.",
                status=429,
            )
        self._counts[session_id] += 1
        try:
            yield
        finally:
            self._counts[session_id] -= 1
            if not self._counts[session_id]:
                del self._counts[session_id]
