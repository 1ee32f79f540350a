"""The CRM as a child process: it answers, it stops, and it outlives nobody."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from gateway.demo.process import start_crm
from gateway.errors import GatewayError

PARENT = """
import asyncio, sys
from pathlib import Path
from gateway.demo.process import start_crm

async def main():
    crm = await start_crm(Path(sys.argv[1]))
    print(crm.url, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_answers_until_it_is_stopped(tmp_path: Path) -> None:
    crm = await start_crm(tmp_path / "crm")
    async with ClientSession() as client:
        async with client.get(f"{crm.url}/sign-in") as page:
            assert page.status == 200
        await crm.stop()
        with pytest.raises(ClientConnectionError):
            await client.get(f"{crm.url}/sign-in")
        await crm.stop()


async def test_it_says_that_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "crm").write_text("not a folder")
    with pytest.raises(GatewayError, match="did not start"):
        await start_crm(tmp_path / "crm")


async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path / "crm")), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    host, _, port = (await parent.stdout.readline()).decode().strip()[7:].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    assert await reader.read() == b""  # it closes what is open only when it ends
    writer.close()
