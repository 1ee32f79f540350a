from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.store import embedded as embedded_module
from gateway.store import folder, guard
from gateway.store.binary import find_server
from gateway.store.client import connect
from gateway.store.embedded import EmbeddedStore
from tests.store.support import ended

A_GATEWAY = """
import asyncio, json, pathlib, sys
from gateway.store.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(pathlib.Path(sys.argv[1]))
    await store.start()
    print(json.dumps({"pid": store.pid, "url": store.url}), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_what_was_written_is_there_after_a_stop_and_a_start(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder)
    for expected in (None, b"1"):
        store = await connect(await embedded.start(), timeout=2)
        assert await store.check_safe() == ()
        assert await store.redis.get("x") == expected
        await store.redis.set("x", "1")
        await store.aclose()
        await embedded.stop()
        assert embedded.pid is None
    await embedded.stop()


async def test_it_listens_on_no_port_unless_asked(short_folder: Path, free_port: int) -> None:
    for port, expected in ((None, 0), (free_port, free_port)):
        embedded = EmbeddedStore(short_folder, port=port)
        store = await connect(await embedded.start(), timeout=2)
        assert (await store.redis.info("server"))["tcp_port"] == expected
        await store.aclose()
        if port:
            near = await connect(f"redis://127.0.0.1:{port}", timeout=2)
            await near.aclose()
        await embedded.stop()


async def test_everysec_is_said_to_the_server(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder, "everysec")
    store = await connect(await embedded.start(), timeout=2)
    assert len(await store.check_safe()) == 1
    await store.aclose()
    await embedded.stop()


async def test_its_socket_and_files_are_for_its_user_only(short_folder: Path) -> None:
    data = short_folder / "data"
    embedded = EmbeddedStore(data)
    await embedded.start()
    assert data.stat().st_mode & 0o077 == 0
    assert (data / "store.sock").stat().st_mode & 0o077 == 0
    await embedded.stop()


async def test_a_long_data_folder_gets_a_short_socket(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder / ("long " * 30) / "data")
    url = await embedded.start()
    store = await connect(url, timeout=2)
    await store.aclose()
    place = Path(url.removeprefix("unix://")).parent
    assert place.stat().st_mode & 0o077 == 0
    await embedded.stop()
    assert not place.exists()


async def test_the_server_does_not_hear_ctrl_c(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder)
    await embedded.start()
    assert embedded.pid is not None
    assert os.getsid(embedded.pid) != os.getsid(0)
    await embedded.stop()


async def test_the_server_does_not_see_the_gateway_s_secrets(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = short_folder / "seen"
    program = short_folder / "server"
    program.write_text(f"#!/bin/sh\nenv > {seen}\n")  # a real one wipes its /proc/…/environ
    program.chmod(0o755)
    monkeypatch.setattr(embedded_module, "find_server", lambda: program)
    monkeypatch.setenv("GATEWAY_SECRET", "sesame")
    with pytest.raises(GatewayError, match="store_start"):
        await EmbeddedStore(short_folder).start()
    assert "LC_ALL=C" in seen.read_text()
    assert "sesame" not in seen.read_text()


async def test_deaths_are_told_and_mended_until_it_is_stopped(short_folder: Path) -> None:
    deaths: asyncio.Queue[int] = asyncio.Queue()
    embedded = EmbeddedStore(short_folder, died=deaths.put_nowait)
    url = await embedded.start()
    for _ in range(2):
        assert embedded.pid is not None
        os.kill(embedded.pid, signal.SIGKILL)
        assert await deaths.get() == -signal.SIGKILL
        await _answers(url)
    await embedded.stop()
    assert deaths.empty()


async def test_stopping_while_it_is_being_restarted_leaves_nothing(short_folder: Path) -> None:
    deaths: asyncio.Queue[int] = asyncio.Queue()
    embedded = EmbeddedStore(short_folder, died=deaths.put_nowait)
    await embedded.start()
    assert embedded.pid is not None
    os.kill(embedded.pid, signal.SIGKILL)
    await deaths.get()
    await embedded.stop()
    assert embedded.pid is None
    await folder.DataFolder(short_folder).claim()


async def test_a_server_that_cannot_start_says_its_last_words(short_folder: Path) -> None:
    (short_folder / "appendonlydir").mkdir()
    (short_folder / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    embedded = EmbeddedStore(short_folder)
    with pytest.raises(GatewayError, match="store_start") as fault:
        await embedded.start()
    assert "did not start" in fault.value.detail
    assert "store.log" in fault.value.advice
    assert len(fault.value.detail) > 50
    shutil.rmtree(short_folder / "appendonlydir")
    await embedded.start()  # and the folder was let go of
    await embedded.stop()


async def test_two_gateways_do_not_share_a_folder(short_folder: Path) -> None:
    one, other = EmbeddedStore(short_folder), EmbeddedStore(short_folder)
    url = await one.start()
    with pytest.raises(GatewayError, match="data_dir_in_use"):
        await other.start()
    await _answers(url)
    await one.stop()


async def test_a_folder_that_cannot_be_made_is_named(short_folder: Path) -> None:
    (short_folder / "file").write_text("")
    with pytest.raises(GatewayError, match="data_dir") as fault:
        await EmbeddedStore(short_folder / "file" / "data").start()
    assert "data_dir" in fault.value.advice


@pytest.mark.skipif(sys.platform != "linux", reason="PDEATHSIG is Linux's")
@pytest.mark.threat(53)
async def test_threat_53_a_killed_gateway_leaves_no_server(short_folder: Path) -> None:
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", A_GATEWAY, str(short_folder)), stdout=asyncio.subprocess.PIPE
    )
    assert gateway.stdout is not None
    server = json.loads(await gateway.stdout.readline())["pid"]
    gateway.kill()
    await gateway.wait()
    await ended(server)


@pytest.mark.threat(53)
@pytest.mark.parametrize("frozen", [False, True])
async def test_threat_53_an_orphan_is_stopped_before_the_next_start(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    monkeypatch.setattr(folder, "GRACE", 0.3)
    orphan = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", guard.__file__, str(os.getpid())),
        *(str(short_folder / "store.pid"), str(find_server()), "--port", "0", "--save", ""),
        *("--unixsocket", str(short_folder / "store.sock"), "--dir", str(short_folder)),
        *("--appendonly", "yes", "--appendfsync", "always"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    store = await _answers(f"unix://{short_folder}/store.sock", write="kept")
    assert store == orphan.pid
    if frozen:
        os.kill(orphan.pid, signal.SIGSTOP)
    embedded = EmbeddedStore(short_folder)
    url = await embedded.start()
    assert await orphan.wait() == (-signal.SIGKILL if frozen else 0)
    assert await _answers(url, expect=b"kept") == embedded.pid
    await embedded.stop()


async def test_a_pid_file_of_the_dead_harms_nobody(short_folder: Path) -> None:
    (short_folder / "store.pid").write_text(str(os.getpid()))
    embedded = EmbeddedStore(short_folder)
    await embedded.start()
    await embedded.stop()


async def _answers(url: str, *, write: str = "", expect: bytes | None = None) -> int:
    """Wait until the server at `url` answers; its process id."""
    while True:
        try:
            store = await connect(url, timeout=2)
        except GatewayError:
            await asyncio.sleep(0.01)  # a server has no event for this
            continue
        break
    if write:
        await store.redis.set("x", write)
    if expect is not None:
        assert await store.redis.get("x") == expect
    pid = int((await store.redis.info("server"))["process_id"])
    await store.aclose()
    return pid
