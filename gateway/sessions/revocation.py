"""Tell every worker that a session ended, and know that each has cut it (law 9).

The end is published to all subscribed workers, and the store says how many there are. Each cuts
what it has open and confirms; `announce` returns when all have. A worker that loses its
subscription cuts everything and serves no session until it has it again, so nobody is missed.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

import structlog
from redis.exceptions import RedisError

from gateway.errors import StoreAway
from gateway.sessions.live import LiveSessions
from gateway.store import keys
from gateway.store.client import Store
from gateway.tasks import end

_HEARTBEAT: Final = 1.0
_SILENCE: Final = 3.0
_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_log = structlog.get_logger("revocation")


class Revocation:
    """One worker's subscription to ends, and its way to announce them."""

    def __init__(self, store: Store, live: LiveSessions) -> None:
        self._store = store
        self._live = live
        self._task: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()
        self._why = "it did not answer"

    async def start(self) -> None:
        """Subscribe, and return when subscribed.

        Raises:
            StoreAway: it did not come to that in time.
        """
        self._task = asyncio.create_task(self._run(), name="revocation")
        try:
            async with asyncio.timeout(_SILENCE):
                await self._subscribed.wait()
        except TimeoutError:
            await self.stop()
            raise StoreAway(
                "store_away",
                f"The store does not tell the gateway of ended sessions: {self._why}.",
                f"Let the gateway's user of the store subscribe to {keys.endings()}.",
            ) from None

    async def stop(self) -> None:
        """Unsubscribe; this worker serves no session any more."""
        self._lose()
        if self._task is not None:
            await end(self._task)

    async def announce(self, session_id: str) -> None:
        """Make every worker cut a session that ended or whose token changed, this one first.

        Returns when all have.

        Raises:
            StoreAway: not every worker has confirmed in time.
        """
        self._live.cut(session_id)
        reply_to = keys.confirmation(secrets.token_hex(8))
        redis = self._store.redis
        async with self._store.answers("tell the workers of it"):
            told = int(await redis.publish(keys.endings(), f"{session_id} {reply_to}"))
            deadline = asyncio.get_running_loop().time() + self._store.timeout * 0.9
            for _ in range(told):
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or await redis.blpop([reply_to], timeout=left) is None:
                    raise StoreAway(
                        "workers_silent",
                        "Not every worker of the gateway has confirmed that the session is over.",
                        "It is ended for new requests. Try again, to see it confirmed.",
                    )
            await redis.delete(reply_to)

    def _lose(self) -> None:
        self._live.connected = False
        self._live.cut_all()

    async def _run(self) -> None:
        pause = _SHORTEST_PAUSE
        while True:
            try:
                await self._listen()
            except (StoreAway, OSError, RedisError, ValueError) as error:
                if self._live.connected:  # it had worked: what was lost now is another matter
                    pause = _SHORTEST_PAUSE
                self._why = str(error)
                _log.warning("revocation.lost", error=self._why, retry_in=pause)
            finally:
                self._lose()  # whatever it was: who cannot be told of ends serves nothing
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._store.redis.pubsub() as pubsub:
            await pubsub.subscribe(keys.endings())
            heard = loop.time()
            while loop.time() - heard < _SILENCE:
                message = await pubsub.get_message(timeout=_HEARTBEAT)
                if message is None:
                    await pubsub.ping()
                    continue
                heard = loop.time()
                if message["type"] == "subscribe":
                    self._live.connected = True
                    self._subscribed.set()
                elif message["type"] == "message":
                    await self._hear(message["data"].decode())
        raise StoreAway("store_silent", "The store has not answered for three seconds.")

    async def _hear(self, text: str) -> None:
        session_id, reply_to = text.split(" ")
        self._live.cut(session_id)
        async with self._store.redis.pipeline(transaction=False) as pipe:
            pipe.rpush(reply_to, "cut")
            pipe.expire(reply_to, 30)
            await pipe.execute()
