"""Whoever is taken out of a directory is acted for no more, whichever worker serves."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.harness import PEOPLE, Running
from tests.e2e.recorder_app import recorder_app
from tests.e2e.served import Served, served
from tests.e2e.test_workers import STREAM, connections, get
from tests.scratch import scratch
from tests.servers import unused_port

USERS = "id,name,email,account,account_name\n"
JONAS = "jonas,Jonas Weber,jonas@nordlicht.example,nordlicht,Nordlicht GmbH\n"
OTHERS = "".join(
    f"u{n},Other {n},o{n}@nordlicht.example,nordlicht,Nordlicht GmbH\n" for n in range(3)
)


@pytest.fixture(params=["people.yaml", "store"])
def both(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Two workers, whose site has its users in a file or in the store."""
    with (
        scratch() as folder,
        served(Path(folder), unused_port(), of_site={"directory": request.param}) as one,
    ):
        yield one


async def imported(one: Served, *options: str) -> None:
    program = Path(sys.executable).with_name("impersonation-gateway")
    child = await asyncio.create_subprocess_exec(
        program, "users", "import", "crm", "users.csv", *options, cwd=one.folder
    )
    assert await child.wait() == 0


async def bring(one: Served, *, with_jonas: bool) -> None:
    """Say who is there, and return when that is where the workers look."""
    if "directory: store" in (one.folder / "gateway.yaml").read_text():
        (one.folder / "users.csv").write_text(USERS + JONAS * with_jonas + OTHERS)
        await imported(one, "--complete")
        return
    people = PEOPLE if with_jonas else PEOPLE.replace("id: jonas,", "id: jon,")
    (one.folder / "new.yaml").write_text(people)
    os.replace(one.folder / "new.yaml", one.folder / "people.yaml")


async def answered(gw: Running, status: int) -> None:
    """Return when both workers answer so to who would act for the user."""
    async with asyncio.timeout(20):
        same = 0
        while same < 8:  # each takes some of them
            same = same + 1 if (await gw.start()).status == status else 0


async def test_a_session_ends_on_both_workers_within_a_second_of_the_change(both: Served) -> None:
    async with recorder_app(both.app_port) as app, both.client() as gw:
        await bring(both, with_jonas=True)
        await answered(gw, 201)
        app.reply = STREAM
        async with connections(both) as (one, other):
            session = await gw.enter()
            for each in (one, other):
                each.writer.write(get("/events", session))
                await each.reader.readuntil(b"data: 1\n\n")
            await bring(both, with_jonas=False)
            began = time.monotonic()
            for each in (one, other):
                with suppress(ConnectionResetError):
                    assert await each.reader.read() == b""
            took = time.monotonic() - began
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        await answered(gw, 404)
        records = await gw.stream()
    assert took < 1
    ends = [line for line in records if session.id.encode() in line and b"deprovi" in line]
    assert len(ends) == 1
