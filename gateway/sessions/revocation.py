"""Tell every worker that a session ended, and know that each has cut it (law 9).

The end is published to all subscribed workers. Each cuts what it has open and confirms. So it is
with a session that may do less; of one that may do more they only read anew what it is. A worker
that loses its subscription cuts everything and serves no session until it has it again. How many
are subscribed is not asked: the store may know of a loss before the worker does, and a node of a
cluster knows its own subscribers only. Who may serve holds a lease (`leases`), and `announce`
returns when all holders have confirmed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, cast

import structlog
from redis.exceptions import RedisError

from gateway.errors import StoreAway
from gateway.sessions.leases import Leases
from gateway.sessions.live import LiveSessions
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script
from gateway.tasks import end, lasting

_HEARTBEAT: Final = 1.0
_SILENCE: Final = 3.0
_LEASE: Final = _SILENCE + 2 * _HEARTBEAT
"""A heartbeat longer than its worker serves by it, however late that finds out."""
_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_CUT: Final = "cut"
_ANEW: Final = "anew"
_log = structlog.get_logger("revocation")

# KEYS: the list of who has confirmed. ARGV: who, seconds that it is kept.
_CONFIRM: Final = Script(
    "redis.call('RPUSH', KEYS[1], ARGV[1]) redis.call('EXPIRE', KEYS[1], ARGV[2])"
)


class Revocation:
    """One worker's subscription to ends, and its way to announce them.

    Args:
        name: the worker's own, which no other has.
    """

    def __init__(self, store: Store, live: LiveSessions, name: str) -> None:
        self._store = store
        self._live = live
        self._name = name
        self._leases = Leases(store)
        self._task: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()
        self._why = "it did not answer"

    async def start(self) -> None:
        """Subscribe, and return when subscribed.

        Raises:
            StoreAway: it did not come to that in time.
        """
        self._task = lasting(self._run, "revocation")
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
        await self.have_ended((self._name,))

    async def have_ended(self, workers: Sequence[str]) -> None:
        """Wait for no word of these: they serve nothing any more.

        Where the store cannot be told so, it is known as soon as their leases have run out.
        """
        with suppress(StoreAway):
            async with self._store.answers("tell that workers have ended"):
                await self._leases.end(workers)

    async def announce(self, session_id: str, *, cut: bool = True) -> None:
        """Make every worker cut a session that ended or whose token changed, this one first.

        Returns when all have. Without `cut` what is under way goes on as it was, and what comes
        next finds the session as it is now.

        Raises:
            StoreAway: not every worker has confirmed in time.
        """
        self._told(session_id, cut)
        reply_to = keys.confirmation(secrets.token_hex(8))
        redis = self._store.redis
        async with self._store.answers("tell the workers of it"):
            how = _CUT if cut else _ANEW
            await redis.publish(keys.endings(), f"{session_id} {reply_to} {how}")
            silent = await self._leases.holders()
            deadline = asyncio.get_running_loop().time() + self._store.timeout * 0.9
            while silent:
                left = deadline - asyncio.get_running_loop().time()
                heard = await redis.blpop([reply_to], timeout=left) if left > 0 else None
                if heard is None:
                    raise StoreAway(
                        "workers_silent",
                        "Not every worker of the gateway has confirmed that it knows of this.",
                        "For new requests it counts already. Try again, to see it confirmed.",
                    )
                silent.discard(cast("bytes", heard[1]).decode())
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
        async with self._store.answers("hear of ended sessions"):
            opened = await self._store.pubsub(keys.endings())
        async with opened as pubsub:
            await pubsub.subscribe(keys.endings())
            heard = renewed = loop.time()
            while True:
                async with _unless_silent(min(heard + _SILENCE, renewed + _LEASE - _HEARTBEAT)):
                    message = await pubsub.get_message(timeout=_HEARTBEAT)
                    if message is None:
                        await pubsub.ping()
                        continue
                    heard = loop.time()
                    if message["type"] == "subscribe":
                        await self._renew()
                        renewed = heard
                        self._live.connected = True
                        self._subscribed.set()
                    elif heard - renewed >= _HEARTBEAT:
                        with suppress(StoreAway):  # it may take writes again before this matters
                            await self._renew()
                            renewed = heard
                    if message["type"] == "message":
                        await self._hear(message["data"].decode())

    async def _renew(self) -> None:
        async with self._store.answers("say that it serves sessions"):
            await self._leases.renew(self._name, _LEASE)

    async def _hear(self, text: str) -> None:
        session_id, reply_to, how = text.split(" ")
        self._told(session_id, how != _ANEW)
        async with self._store.answers("confirm that a session is over"):
            await self._store.run(_CONFIRM, (reply_to,), (self._name, 30))

    def _told(self, session_id: str, cut: bool) -> None:
        if cut:
            self._live.cut(session_id)
        else:
            self._live.read_anew(session_id)


@asynccontextmanager
async def _unless_silent(deadline: float) -> AsyncIterator[None]:
    """Bound a block, which talks to the store, in the loop's time."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as silent:
        raise StoreAway("store_silent", "The store has not answered for three seconds.") from silent
