"""A supervisor says why workers cannot start, replaces one that hangs, leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from gateway.app.control import Channel, HaveEnded
from gateway.app.metrics import Metrics
from gateway.app.sockets import listening_together
from gateway.app.supervisor import Workers
from gateway.config import Config, load
from gateway.errors import GatewayError
from tests.e2e.harness import site, written


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Config:
    path, _ = written(tmp_path, store_url, 80, site(1))
    return load(path, {})


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def failure(config: Config, count: int) -> GatewayError:
    before = children()
    workers = Workers(config, listening_together("127.0.0.1", 0, count))
    assert await workers.unready() == "no worker serves"
    assert await workers.metrics() == Metrics(workers=0)
    with pytest.raises(GatewayError) as told:
        async with workers.running():
            pass
    assert children() == before
    return told.value


async def test_what_a_worker_cannot_start_for_is_what_the_gateway_cannot_start_for(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/redaction.key").write_text("short")
    why = await failure(config, 1)
    assert (why.code, "redaction.key cannot be used" in why.detail) == ("data_dir", True)


async def test_a_worker_that_ends_without_a_word_is_an_error_with_its_status(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    why = await failure(config, 1)
    assert why.code == "worker_start"
    assert "Worker 1 did not come to serve: it ended with status 1" in why.detail


async def test_a_machine_that_can_start_none_is_an_error_too(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    why = await failure(config, 3)
    assert (why.code, "No such file" in why.detail) == ("worker_start", True)


async def test_a_worker_that_hangs_is_killed_and_replaced(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.supervisor.LOOK_EVERY", 0.05)
    monkeypatch.setattr("gateway.app.supervisor.ANSWER", 0.3)
    workers = Workers(config, listening_together("127.0.0.1", 0, 1))
    async with workers.running():
        (hung,) = workers._serving()
        hung.send(signal.SIGSTOP)
        async with asyncio.timeout(30):
            assert await hung.process.wait() == -signal.SIGKILL
            while not workers._serving():  # noqa: ASYNC110  it is logged, and told to nobody
                await asyncio.sleep(0.01)
        assert (await workers.metrics()).replaced == 1


async def test_a_message_may_be_long_and_one_that_was_cut_short_is_none() -> None:
    ours, theirs = socket.socketpair()
    here: Channel[HaveEnded] = await Channel.over(HaveEnded, ours)
    there: Channel[HaveEnded] = await Channel.over(HaveEnded, theirs)
    said = HaveEnded(writers=tuple(f"W{number:025}" for number in range(20_000)))
    there.say(said)
    there._writer.write(b'{"type":"HaveEnded"')
    closing = asyncio.create_task(there.close())
    assert [heard async for heard in here] == [said]
    await closing
    await here.close()
