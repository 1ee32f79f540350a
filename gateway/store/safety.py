"""Is this store fit to keep records? Decided from what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import GatewayError

OLDEST = (6, 2)

_ANOTHER = {"sentinel": "a Sentinel", "cluster": "a node of a cluster"}


def checked(
    facts: Mapping[str, object],
    settings: Mapping[str, str],
    place: str = "",
    *,
    replica: bool = False,
) -> tuple[str, ...]:
    """Refuse what forgets records by design; name what may lose some in a crash.

    Args:
        facts: the fields of `INFO` (Redis 6.2 and later, Valkey), parsed.
        settings: `appendfsync`, where the store tells it.
        place: which server of several it is.
        replica: it is known to be one, and may become the primary.

    Raises:
        GatewayError: the store evicts keys, takes no writes, is too old, or is another kind
            of server than its address says.
    """
    store = f"The store at {place}" if place else "The store"
    mode = facts.get("redis_mode") or facts.get("server_mode")  # of Redis; of Valkey
    if mode == "sentinel" or (mode == "cluster" and not place):
        raise GatewayError(
            "store_url",
            f"What answers at the store's address is {_ANOTHER[str(mode)]}.",
            f"Write the address as redis+{mode}://….",
        )
    version = str(facts["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise GatewayError(
            "store_too_old",
            f"{store} speaks as Redis {version}; the gateway needs 6.2 or later.",
            "Use Redis 6.2 or later, or Valkey.",
        )
    if facts["role"] != "master" and not replica:
        raise GatewayError(
            "store_read_only",
            f"{store} is a replica and takes no writes.",
            "Give the gateway the primary's address.",
        )
    policy = str(facts["maxmemory_policy"])
    if policy != "noeviction" and facts["maxmemory"]:
        raise GatewayError(
            "store_evicts",
            f"{store} throws keys away when its memory is full (maxmemory-policy {policy}): "
            "a whole audit stream can go at once.",
            "Set maxmemory-policy to noeviction, or use a store of the gateway's own.",
        )
    if not facts["aof_enabled"]:
        return (f"{store} keeps no append-only file: a crash of it can lose records.",)
    if settings.get("appendfsync", "always") != "always":
        return (
            f"{store} does not sync each write to disk (appendfsync is not always): "
            "a crash of it can lose the records of its last two seconds.",
        )
    return ()
