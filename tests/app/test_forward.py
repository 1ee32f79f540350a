"""`audit forward` as a process, and what it says of dead letters."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis
from click.testing import CliRunner

from gateway.audit.forward.deliver import NO_RECORD
from gateway.audit.forward.forwarder import BATCH
from gateway.cli import main
from gateway.store.keys import audit_dead, audit_forwarder
from tests.audit.forward.support import (
    SECRET,
    names_in,
    opened,
    put_many,
    receiving,
    written,
)
from tests.config.support import SMALL
from tests.config.support import put as put_config

PROGRAM = "from gateway.cli import main; main()"


def config(folder: Path, store_url: str, url: str = "https://siem.example.com/") -> Path:
    (folder / "secret").write_text(f"{SECRET}\n")
    consumers = [
        {"name": "siem", "http": {"url": url, "secret_file": "secret"}},
        {"name": "archive", "file": {"path": "audit.jsonl"}, "required": True},
    ]
    said = SMALL | {"store": {"url": store_url}, "audit": {"consumers": consumers}}
    return put_config(folder, json.dumps(said))


@asynccontextmanager
async def forwarding(path: Path, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, "audit", "forward", name, "--config", path),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_one_that_is_killed_loses_nothing_and_keeps_the_order(
    tmp_path: Path, store_url: str
) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        path = config(tmp_path, store_url, receiver.url)
        names = await put_many(store, 2 * BATCH + 10)
        receiver.turns.extend([204, "hold"])
        async with forwarding(path, "siem") as first:
            await receiver.posted(2)
            first.kill()
        assert receiver.taken == names[:BATCH]
        await store.redis.pexpire(audit_forwarder("siem"), 1)  # as if its time was over
        async with forwarding(path, "siem") as second:
            assert await receiver.takes(len(names)) == names
            second.send_signal(signal.SIGTERM)
            assert await second.wait() == 0
        _, held, again, _ = receiver.posts
        assert held.headers["webhook-id"] == again.headers["webhook-id"]


async def until(stream: asyncio.StreamReader, word: bytes) -> AsyncIterator[bytes]:
    """Lines up to the first with `word` in it."""
    async for line in stream:
        yield line
        if word in line:
            return


async def test_sigterm_ends_a_wait_for_the_destination_at_once(
    tmp_path: Path, store_url: str
) -> None:
    async with opened(store_url) as store:
        await put_many(store, 3)
        path = config(tmp_path, store_url)
        (tmp_path / "audit.jsonl").mkdir()  # it cannot be written
        async with forwarding(path, "archive") as process:
            assert process.stderr is not None
            lines = [json.loads(line) async for line in until(process.stderr, b"forward.not_now")]
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        said = lines[-1]
        assert said["reason"].endswith("audit.jsonl: Is a directory")
        assert (said["consumer"], said["records"]) == ("archive", 3)
        (waiting,) = await store.redis.xinfo_groups("gateway:audit:0")
        assert waiting["pending"] == 3


def run(path: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["audit", "forward", *words, "--config", str(path)])
    return result.exit_code, result.output


def test_dead_letters_are_told_and_sent_once_more(tmp_path: Path, store_url: str) -> None:
    path = config(tmp_path, store_url)
    with redis.Redis.from_url(store_url) as store:
        for line, reason in ((written("1"), "status 422"), (b"\xff", NO_RECORD)):
            about: dict[Any, Any] = {
                "shard": 0,
                "position": "1-0",
                "at": "2026-11-22T03:46:03.123Z",
            }
            store.xadd(audit_dead("archive"), about | {"record": line, "reason": reason})
    status, told = run(path, "archive", "--dead")
    first, second = map(json.loads, told.splitlines())
    assert status == 0
    assert first["record"]["id"] == "1"
    assert (first["reason"], first["position"]) == ("status 422", "1-0")
    assert second["record"] == "\\xff"
    for sent in (1, 0):
        status, told = run(path, "archive", "--retry-dead")
        assert status == 1
        assert told.splitlines() == [f"0 1-0: {NO_RECORD}", f"{sent} were sent, 1 are left."]
    assert names_in((tmp_path / "audit.jsonl").read_bytes()) == ["1"]
    status, told = run(path, "siem", "--retry-dead")
    assert (status, told) == (0, "0 were sent, 0 are left.\n")


def test_what_cannot_be_forwarded_is_said_in_words(tmp_path: Path, store_url: str) -> None:
    path = config(tmp_path, store_url)
    status, told = run(path, "simm")
    assert status == 2
    assert "audit.consumers has no simm; it has: siem, archive" in told
    assert run(path, "siem", "--dead", "--retry-dead")[0] == 2
    (tmp_path / "secret").write_text("whsec_c2hvcnQ=")
    status, told = run(path, "siem", "--retry-dead")
    assert status == 1
    assert "secret cannot be used: a secret is whsec_ and 24 to 64 bytes" in told
