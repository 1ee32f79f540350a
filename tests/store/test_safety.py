"""What makes a store unfit, from what real ones say of themselves."""

from __future__ import annotations

import pytest

from gateway.errors import GatewayError
from gateway.store.client import connect
from gateway.store.safety import checked
from tests.servers import StoreServer

FIT = {
    "redis_version": "7.2.4",
    "role": "master",
    "maxmemory": 0,
    "maxmemory_policy": "noeviction",
    "aof_enabled": 1,
}
ALWAYS = {"appendfsync": "always"}


def test_a_durable_primary_is_fit() -> None:
    assert checked(FIT, ALWAYS) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"redis_mode": "sentinel"}, "store_url"),
        ({"server_mode": "cluster"}, "store_url"),
        ({"redis_version": "6.0.16"}, "store_too_old"),
        ({"role": "slave"}, "store_read_only"),
        ({"maxmemory": 1, "maxmemory_policy": "allkeys-lru"}, "store_evicts"),
        ({"maxmemory": 1, "maxmemory_policy": "volatile-ttl"}, "store_evicts"),
    ],
)
def test_what_forgets_by_design_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(GatewayError, match=code):
        checked(FIT | change, ALWAYS)


@pytest.mark.parametrize(
    ("facts", "settings", "warned"),
    [
        (FIT | {"redis_version": "6.2.0"}, ALWAYS, ""),
        (FIT | {"redis_version": "10.0.0"}, ALWAYS, ""),
        (FIT | {"maxmemory": 1}, ALWAYS, ""),
        (FIT | {"maxmemory_policy": "allkeys-lru"}, ALWAYS, ""),
        (FIT, {}, ""),
        (FIT, {"appendfsync": "everysec"}, "two seconds"),
        (FIT | {"aof_enabled": 0}, ALWAYS, "no append-only file"),
    ],
)
def test_what_a_crash_may_cost_is_said(
    facts: dict[str, object], settings: dict[str, str], warned: str
) -> None:
    warnings = checked(facts, settings)
    assert bool(warnings) == bool(warned)
    assert warned in "".join(warnings)


@pytest.mark.threat(48)
async def test_threat_48_an_evicting_store_is_refused(store_server: StoreServer) -> None:
    store = await connect(store_server.url, timeout=2)
    assert await store.check_safe() == ()
    await store.redis.config_set("appendfsync", "everysec")
    assert len(await store.check_safe()) == 1
    await store.redis.config_set("maxmemory", "100mb")
    assert len(await store.check_safe()) == 1
    await store.redis.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(GatewayError, match="store_evicts"):
        await store.check_safe()
    await store.aclose()


async def test_a_store_that_hides_its_settings_is_asked_for_what_it_tells(
    store_server: StoreServer,
) -> None:
    store = await connect(store_server.url, timeout=2)
    await store.redis.config_set("appendfsync", "everysec")
    await store.redis.acl_setuser("default", commands=["-config|get"])  # as hosted stores have it
    assert await store.check_safe() == ()
    await store.aclose()
