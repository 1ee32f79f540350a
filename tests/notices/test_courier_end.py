"""Only what a courier gives up is said to be, and no server that is silent holds up its end."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from gateway.notices import courier as module
from gateway.notices.by_mail import MailWay
from gateway.notices.courier import Courier
from gateway.notices.item import Item, items_of
from gateway.notices.outbox import Outbox
from gateway.notices.way import Away, Way
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.lease import Lease
from tests.e2e.harness import until
from tests.notices.support import AT, NOTICE

WAIT = 10
"""Seconds for what happens at once."""


class Hand:
    """A way that does as it is told: `does` is called for each delivery."""

    def __init__(self, does: Callable[[Item], None]) -> None:
        self._does = does
        self.sent: list[str] = []

    async def send(self, item: Item) -> None:
        self._does(item)
        self.sent.append(item.to)

    async def rest(self) -> None:
        """Nothing is open."""


async def put(outbox: Outbox, *to: str, at: int = AT) -> None:
    await outbox.put(items_of(replace(NOTICE, to=to), ("mail",)), at)


def courier_of(store: Store, way: Way, now: int = AT) -> Courier:
    lease = Lease(store, keys.notices_of("lease_mail"), "here")
    return Courier("mail", way, Outbox(store), lease, lambda: 0.0, lambda: now)


@asynccontextmanager
async def delivering(store: Store, way: Way, now: int = AT) -> AsyncIterator[Courier]:
    courier = courier_of(store, way, now)
    courier.start()
    try:
        yield courier
    finally:
        await courier.stop()


async def test_only_what_is_given_up_is_said_to_be(store: Store) -> None:
    def does(item: Item) -> None:
        if item.to != "first@x.example":
            raise Away("the server went away")

    outbox, hand = Outbox(store), Hand(does)
    await put(outbox, "first@x.example", "second@x.example", "third@x.example")
    with capture_logs() as logs:
        async with delivering(store, hand, AT + module.GIVE_UP_MS):
            await until(lambda: counted(outbox, waiting=0, delivered=1, dead=2))
    assert len([each for each in logs if each["event"] == "notice.dead"]) == 2


@pytest.mark.parametrize("place", ["greeting", "data"])
async def test_a_mail_server_that_says_nothing_does_not_hold_the_end_up(
    store: Store, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP", 0.1)
    silent, done = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if place == "data":
            writer.write(b"220 here\r\n")
            while (line := await reader.readline()) not in (b"DATA\r\n", b""):
                writer.write(b"250 yes\r\n")
            writer.write(b"354 go on\r\n")
            while line not in (b".\r\n", b""):
                line = await reader.readline()
        silent.set()
        await done.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        context = ssl.create_default_context()
        way = MailWay("127.0.0.1", port, "none", "", "", "gw@example.com", context, 20)
        await put(Outbox(store), "a@x.example")
        courier = courier_of(store, way)
        courier.start()
        try:
            async with asyncio.timeout(WAIT):
                await silent.wait()
            began = asyncio.get_running_loop().time()
            await courier.stop()
            assert asyncio.get_running_loop().time() - began < 5
        finally:
            done.set()
    assert await counted(Outbox(store), waiting=1, delivered=0, dead=0)


async def counted(outbox: Outbox, **expected: int) -> bool:
    return (await outbox.counts()).items() >= expected.items()
