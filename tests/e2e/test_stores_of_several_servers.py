"""A gateway over a cluster, and over a master that sentinels watch, through a failover."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.store import keys
from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import recorder_app
from tests.store.cluster import cluster
from tests.store.nodes import Servers, fail_over
from tests.store.sentinel import sentinel


@pytest.fixture(params=[cluster, sentinel], ids=["cluster", "sentinel"])
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    with request.param() as started:
        yield started


@pytest.mark.threat(43, 48, 52)
async def test_threats_43_48_52_sessions_live_through_a_failover_and_their_ends_too(
    tmp_path: Path, servers: Servers
) -> None:
    """One is ended, and the master that knows it dies at once; the other goes on."""
    store = {"url": servers.url, "replicas": 1}
    audit = {"shards": 3, "timeout": "2s"}
    async with (
        recorder_app() as app,
        running(tmp_path, servers.url, site(app.port), store=store, audit=audit) as gw,
        running(tmp_path / "2", servers.url, site(app.port), store=store, audit=audit) as other,
    ):
        ended, lives = await gw.enter(), await gw.enter()
        for each in (ended, lives):
            assert await status(gw, each) == await status(other, each) == 200
        refused = await gw.request("POST", "/deals/7", lives.headers, data=b"stage=won")
        assert refused.status == 403

        assert (await gw.api("DELETE", f"sessions/{ended.id}")).status in (200, 204)
        dead = await asyncio.to_thread(fail_over, servers, keys.session(ended.id))
        await asyncio.to_thread(servers.come_back, dead)  # until then it has no replica
        while await status(gw, lives) != 200 or await status(other, lives) != 200:
            pass
        assert await status(gw, ended) == await status(other, ended) == 403
        assert (await gw.api("DELETE", f"sessions/{lives.id}")).status in (200, 204)
        assert await status(gw, lives) == await status(other, lives) == 403
    verify = ["audit", "verify", *of_both(tmp_path)]
    said = await asyncio.to_thread(CliRunner().invoke, main, verify)
    assert said.exit_code == 0, said.output


async def status(gw: Running, session: Entered) -> int:
    """What a page of a session is answered with."""
    return (await gw.get("/", session.headers)).status


def of_both(folder: Path) -> list[str]:
    """The options that name the config of one gateway, and what the other signed."""
    other = folder / "2" / "data"
    own = folder / "data"
    keys_of = [f"--public-key={each / 'audit-public.pem'}" for each in (own, other)]
    kept = [f"--checkpoints={each / 'checkpoints'}" for each in (own, other)]
    return [f"--config={folder / 'gateway.yaml'}", *keys_of, *kept]
