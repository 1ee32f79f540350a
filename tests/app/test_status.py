"""How the gateway is, also while the store or an app is away; and what is not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import status
from gateway.app.clock import wall_clock
from gateway.app.status import Status
from gateway.config import load
from tests.e2e.harness import running, site
from tests.e2e.recorder_app import recorder_app
from tests.servers import StoreServer, unused_port


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("The replica 10.0.0.3:6379 does not answer.", "The replica (address) does not answer."),
        ("The store at node-7.internal:7000 syncs.", "The store at (address) syncs."),
        ("It syncs every second: 12:30.", "It syncs every second: (address)"),
        ("Nothing of the kind.", "Nothing of the kind."),
    ],
)
def test_addresses_that_the_config_does_not_name_are_left_out(said: str, left: str) -> None:
    assert status._without(said).rstrip(".") == left.rstrip(".")


async def test_it_is_told_also_while_the_store_and_an_app_are_away(
    tmp_path: Path, store_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "_SIDE", -1.0)
    async with (
        recorder_app() as app,
        running(tmp_path, store_server.url, site(app.port)) as gw,
    ):
        config = load(tmp_path / "gateway.yaml", {})
        look = Status(config, [], wall_clock)
        look.gateway = gw.gateway
        told = await look()
        assert (told.store.reachable, told.serving, told.unreviewed) == (True, 1, 0)
        assert told.audit.writers == 1
        store_server.kill()
        told = await look()
        assert not told.store.reachable
        assert (told.serving, told.unreviewed, told.audit.writers) == (None, None, None)
        store_server.start()


async def test_an_app_that_cannot_be_reached_is_told(tmp_path: Path, store_url: str) -> None:
    async with running(tmp_path, store_url, site(unused_port())) as gw:
        session = await gw.enter()
        assert (await gw.get("/a", session.headers)).status == 502
        says = await (await gw.api("GET", "system")).json()
        [one] = says["sites"]
        assert (one["app"]["fault"], one["app"]["connected_at"]) == ("upstream_unreachable", None)
        assert one["app"]["failed_at"] >= says["started_at"]
