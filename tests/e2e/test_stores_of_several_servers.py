"""A gateway over a cluster, and over a master that sentinels watch, through a failover."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.store import keys
from tests.e2e.harness import Entered, Running, running, site, until
from tests.e2e.recorder_app import recorder_app
from tests.store.cluster import cluster
from tests.store.nodes import PATIENCE, Servers, fail_over
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
    out = tmp_path / "forwarded.jsonl"
    consumer = {"name": "siem", "file": {"path": str(out)}, "required": True}
    audit = {"shards": 3, "timeout": "2s", "keep": "1ms", "consumers": [consumer]}
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
        for gateway in (gw, other):
            await until(partial(serves, gateway, lives), PATIENCE)
        assert await status(gw, ended) == await status(other, ended) == 403
        assert (await gw.api("DELETE", f"sessions/{lives.id}")).status in (200, 204)
        assert await status(gw, lives) == await status(other, lives) == 403
        count = sum([await gw.store.redis.xlen(keys.audit_stream(shard)) for shard in range(3)])
        await forwarded(tmp_path / "gateway.yaml", out, count)
    own = f"--config={tmp_path / 'gateway.yaml'}"
    assert "Nothing was found." in await told("audit", "verify", *of_both(tmp_path))
    sessions = await told("audit", "sessions", own, "--account", "nordlicht")
    assert sessions.count("-> jonas@nordlicht.example") == 2
    steps = await told("audit", "timeline", lives.id, own)
    assert "/deals/7 refused" in steps
    exported = tmp_path / "export.jsonl"
    await told("audit", "export", own, f"--output={exported}")
    offline = ["audit", "verify", f"--export={exported}", *of_both(tmp_path)[1:]]
    assert "Nothing was found." in await told(*offline)


async def forwarded(config: Path, out: Path, count: int) -> None:
    """Let `audit forward` run until so many records have come out."""
    command = Path(sys.executable).parent / "impersonation-gateway"
    forwarder = await asyncio.create_subprocess_exec(
        *(command, "audit", "forward", "siem", "--config", config),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while lines_of(out) < count:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.05)
    finally:
        forwarder.terminate()
        ended = await forwarder.wait()
    assert ended == 0


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


async def told(*words: str) -> str:
    """What a command says."""
    said = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert said.exit_code == 0, said.output
    return said.output


async def serves(gw: Running, session: Entered) -> bool:
    """Whether a session's pages are given."""
    return await status(gw, session) == 200


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
