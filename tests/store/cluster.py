"""A real cluster: three masters, each with its slots and a replica."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.scratch import scratch
from tests.servers import DURABLE, unused_port
from tests.store.nodes import Node, until

SLOTS = 16384
MASTERS = 3
NODE_TIMEOUT_MS = 1500


class ClusterServers:
    """The processes of a cluster; `masters` and `replicas` are as it was made."""

    def __init__(self, folder: Path) -> None:
        self._buses: dict[int, int] = {}
        self.masters = [self._node(folder / f"m{n}") for n in range(MASTERS)]
        self.replicas = [self._node(folder / f"r{n}") for n in range(MASTERS)]
        self.nodes = [*self.masters, *self.replicas]
        self.url = "redis+cluster://" + ",".join(each.place for each in self.masters[:2])

    def make(self) -> None:
        """Start all, and return when all agree."""
        first = self.masters[0]
        for number, node in enumerate(self.nodes):
            node.start()
            node.say("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.say("CLUSTER", "MEET", "127.0.0.1", first.port, self._buses[first.port])
        for number, node in enumerate(self.masters):
            slots = range(SLOTS * number // MASTERS, SLOTS * (number + 1) // MASTERS)
            node.say("CLUSTER", "ADDSLOTS", *slots)
        for node, master in zip(self.replicas, self.masters, strict=True):
            until(lambda n=node, m=master: bool(n.say("CLUSTER", "REPLICATE", self.id(m))))  # type: ignore[misc]  # defaults
        until(self.whole)

    def whole(self) -> bool:
        """As `Servers.whole`."""
        return all(
            "cluster_state:ok" in _text(each.say("CLUSTER", "INFO")) for each in self.nodes
        ) and (
            sum(each.follows() for each in self.nodes) == MASTERS
            and all(_replicas_known(each) for each in self.nodes)
        )

    def come_back(self, dead: Node) -> None:
        """As `Servers.come_back`."""
        dead.start()
        until(self.whole)

    def id(self, node: Node) -> str:
        """What the cluster calls a node."""
        return str(node.say("CLUSTER", "MYID"))

    def master_of(self, key: str) -> Node:
        """As `Servers.master_of`."""
        return next(each for each in self.nodes if each.child and self._serves(each, key))

    def _serves(self, node: Node, key: str) -> bool:
        try:
            node.say("EXISTS", key)
        except redis.ResponseError:  # MOVED: another one does
            return False
        return True

    def _node(self, folder: Path) -> Node:
        bus = unused_port()
        node = Node(
            folder,
            *DURABLE,
            *("--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)),
            *("--cluster-port", str(bus), "--cluster-replica-validity-factor", "0"),
        )
        self._buses[node.port] = bus
        return node


@contextmanager
def cluster() -> Iterator[ClusterServers]:
    """Run a cluster as long as the block runs."""
    with scratch() as folder:
        servers = ClusterServers(Path(folder))
        try:
            servers.make()
            yield servers
        finally:
            for node in servers.nodes:
                node.kill()
                node.client.close()


def _replicas_known(node: Node) -> bool:
    """Whether a node has heard of a replica for each slot: first, last, master, replicas."""
    return all(len(each) > 3 for each in node.say("CLUSTER", "SLOTS"))


def _text(said: object) -> str:
    return str(said).replace("': '", ":")
