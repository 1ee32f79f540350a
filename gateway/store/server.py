"""One server, and what `store.replicas` asks of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from gateway.store.connection import careful
from gateway.store.keys import waited

_OF_KEYS = ("DEL", "EXPIRE", "GETDEL", "HSET", "PEXPIRE", "RPUSH", "SET", "ZADD", "ZREM")
_OF_STREAMS = ("XACK", "XADD", "XDEL", "XTRIM")
WRITES = frozenset((*_OF_KEYS, *_OF_STREAMS, "EVAL", "EVALSHA"))
"""What the gateway changes the store by."""

_MARK_MS = 1000

Command = tuple[Any, ...]
_Answer = TypeVar("_Answer")


class NotCopied(RedisError):
    """Too few replicas have what was written: a failover could undo it."""


class Bounds(NamedTuple):
    """What holds of each connection.

    `timeout`: seconds of one exchange. `replicas`: how many of them must have a write.
    """

    timeout: float
    replicas: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """For redis-py: nothing is repeated, nothing waits without an end."""
        return {
            "legacy_responses": False,
            "decode_responses": False,
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "retry": Retry(NoBackoff(), 0),
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
            "driver_info": None,  # its version is read from disk for each connection
        }

    def behind(self, key: str) -> tuple[Command, Command]:
        """The commands that follow a write to `key` on its connection: wait for the replicas.

        WAIT waits for what its own connection wrote. A write that is made again, because its answer
        was lost, may find that nothing is left to do; so there is always one more, in its slot.
        """
        milliseconds = int(self.timeout * 400)  # twice: a script that is not known goes again
        return (
            ("SET", waited(key), "1", "PX", _MARK_MS),
            ("WAIT", self.replicas, milliseconds),
        )

    def see(self, copied: int) -> None:
        """Judge WAIT's answer.

        Raises:
            NotCopied: by it a failover could undo what was written.
        """
        if copied < self.replicas:
            raise NotCopied(f"{copied} of {self.replicas} replicas have it")


class Member(NamedTuple):
    """A server of the store as its owner knows it; `place` is empty of a single one."""

    server: Server
    place: str = ""
    replica: bool = False


class Server(Redis):
    """The one server of a store, or one of several."""

    def __init__(self, pool: ConnectionPool, bounds: Bounds) -> None:
        super().__init__(connection_pool=careful(pool))
        self.auto_close_connection_pool = True
        self.bounds = bounds

    @staticmethod
    def of_url(url: str, bounds: Bounds) -> Server:
        """A client of the server at `url`; nothing is connected yet.

        Raises:
            ValueError: the URL cannot be used.
        """
        return Server(ConnectionPool.from_url(url, **bounds.options), bounds)

    async def at(self, key: str, send: Callable[[Server, bool], Awaitable[_Answer]]) -> _Answer:
        """Call `send` with the server that holds `key`, and whether it must be asked to take it.

        Call it inside `Store.answers`, which bounds it in time.
        """
        return await send(self, False)

    async def masters(self) -> Sequence[Server]:
        """Every server that takes writes now."""
        return (self,)

    async def members(self) -> Sequence[Member]:
        """Every server that has, or may come to have, the only copy of a record."""
        return (Member(self),)

    async def read_streams(
        self, after: Mapping[str, str], count: int, block: int | None
    ) -> dict[bytes, Any]:
        """XREAD: what streams hold after a position; with `block` wait for that in milliseconds."""
        found = await self.xread(cast("dict[Any, Any]", after), count=count, block=block)
        return cast("dict[bytes, Any]", found or {})

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command, once; after a write wait for the replicas that must have it."""
        if self.bounds.replicas and args[0] in WRITES:
            return await self.send(args, options, asking=False)
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's gap

    async def send(self, args: Command, options: dict[str, Any], *, asking: bool) -> Any:
        """As `execute_command`; `asking`: its slot is on the way here, and it is taken already."""
        if not self.bounds.replicas or args[0] not in WRITES:
            return (await self.exchange([args], options, asking=asking))[0]
        behind = self.bounds.behind(key_of(args))
        answer, _, copied = await self.exchange([args, *behind], options, asking=asking)
        self.bounds.see(copied)
        return answer

    async def exchange(
        self, commands: Sequence[Command], options: dict[str, Any], *, asking: bool
    ) -> list[Any]:
        """Send commands together on one connection; `options` are those of the first."""
        async with self.pipeline(transaction=False) as pipe:
            for command in commands:
                if asking:  # it covers one command
                    pipe.execute_command("ASKING")
                pipe.execute_command(*command, **options)
                options = {}
            answers = await pipe.execute()
        return answers[1::2] if asking else answers


def key_of(args: Sequence[Any]) -> str:
    """The key of a command that the gateway uses; empty: any server may have it."""
    name = args[0]
    if name in ("EVAL", "EVALSHA"):
        key = args[3] if int(args[2]) else ""
    elif name in ("XREAD", "XREADGROUP"):
        key = args[-2]  # of one stream
    else:
        key = args[1] if len(args) > 1 else ""
    return key.decode() if isinstance(key, bytes) else str(key)
