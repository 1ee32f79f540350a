"""A real master with one replica, and three sentinels that watch them: two must agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tests.scratch import scratch
from tests.servers import DURABLE
from tests.store.nodes import Node, until

NAME = "records"
_QUORUM = 2
_DOWN_MS = 1500


class SentinelServers:
    """The processes."""

    def __init__(self, folder: Path) -> None:
        self.servers = [Node(folder / name, *DURABLE) for name in ("one", "other")]
        self.sentinels = [self._sentinel(folder / f"s{number}") for number in range(3)]
        self.nodes = [*self.servers, *self.sentinels]
        self.url = f"redis+sentinel://{','.join(each.place for each in self.sentinels)}/{NAME}"

    def make(self) -> None:
        """Start all, and return when each sentinel sees the replica and the other sentinels."""
        master, replica = self.servers
        for node in self.nodes:
            node.start()
        replica.say("REPLICAOF", "127.0.0.1", master.port)
        for sentinel in self.sentinels:
            sentinel.say("SENTINEL", "MONITOR", NAME, "127.0.0.1", master.port, _QUORUM)
            sentinel.say("SENTINEL", "SET", NAME, "down-after-milliseconds", _DOWN_MS)
            sentinel.say("SENTINEL", "SET", NAME, "failover-timeout", 2000)
        until(self.whole)

    def whole(self) -> bool:
        """As `Servers.whole`; each sentinel sees the replica and the other sentinels."""
        states = [self._seen_by(each) for each in self.sentinels]
        seen = all((s["num-slaves"], s["num-other-sentinels"]) == (1, 2) for s in states)
        return seen and sum(each.follows() for each in self.servers) == 1

    def come_back(self, dead: Node) -> None:
        """As `Servers.come_back`; sentinels would tell it to follow only after eight seconds."""
        dead.start()
        dead.say("REPLICAOF", "127.0.0.1", self.master_of("").port)
        until(self.whole)

    def master_of(self, _key: str) -> Node:
        """As `Servers.master_of`: who all sentinels take for the master."""
        (port,) = {self._seen_by(each)["port"] for each in self.sentinels}
        (master,) = (each for each in self.servers if each.port == port and each.child)
        return master

    def _seen_by(self, sentinel: Node) -> dict[str, Any]:
        return cast("dict[str, Any]", sentinel.client.sentinel_master(NAME))

    def _sentinel(self, folder: Path) -> Node:
        folder.parent.mkdir(exist_ok=True)
        config = folder.parent / f"{folder.name}.conf"
        config.touch()
        return Node(folder, str(config), "--sentinel")


@contextmanager
def sentinel() -> Iterator[SentinelServers]:
    """Run them as long as the block runs."""
    with scratch() as folder:
        servers = SentinelServers(Path(folder))
        try:
            servers.make()
            yield servers
        finally:
            for node in servers.nodes:
                node.kill()
                node.client.close()
