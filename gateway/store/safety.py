"""Is this store fit to keep records? Decided from what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import GatewayError

OLDEST = (6, 2)


def checked(facts: Mapping[str, object], settings: Mapping[str, str]) -> tuple[str, ...]:
    """Refuse what forgets records by design; name what may lose some in a crash.

    Args:
        facts: the fields of `INFO` (Redis 6.2 and later, Valkey), parsed.
        settings: `appendfsync`, where the store tells it.

    Raises:
        GatewayError: the store evicts keys, is a replica or is too old.
    """
    version = str(facts["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise GatewayError(
            "store_too_old",
            f"The store speaks as Redis {version}; the gateway needs 6.2 or later.",
            "Use Redis 6.2 or later, or Valkey.",
        )
    if facts["role"] != "master":
        raise GatewayError(
            "store_read_only",
            "The store is a replica and takes no writes.",
            "Give the gateway the primary's address.",
        )
    policy = str(facts["maxmemory_policy"])
    if policy != "noeviction" and facts["maxmemory"]:
        raise GatewayError(
            "store_evicts",
            f"The store throws keys away when its memory is full (maxmemory-policy {policy}): "
            "a whole audit stream can go at once.",
            "Set maxmemory-policy to noeviction, or use a store of the gateway's own.",
        )
    if not facts["aof_enabled"]:
        return ("The store keeps no append-only file: a crash of it can lose records.",)
    if settings.get("appendfsync", "always") != "always":
        return (
            "The store does not sync each write to disk (appendfsync is not always): "
            "a crash of it can lose the records of its last two seconds.",
        )
    return ()
