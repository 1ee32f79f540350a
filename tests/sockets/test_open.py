"""How many WebSockets a session has open, and what they hear when the gateway stops."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.sockets.open import MOST, OpenSockets
from gateway.store.client import connect
from tests.e2e.harness import running, site
from tests.sockets.support import knock, opened, socket_app

SOCKETS = [{"id": "live", "path": "/ws", "messages": [{"n": "*"}]}]


def test_each_session_has_its_own_places_and_gets_them_back() -> None:
    sockets = OpenSockets()
    with pytest.raises(KeyError), sockets.place("a"):
        raise KeyError
    held = [sockets.place("a") for _ in range(MOST)]
    for place in held:
        place.__enter__()
    with pytest.raises(Refused) as full, sockets.place("a"):
        pass
    assert (full.value.status, full.value.code) == (429, "websocket_limit")
    with sockets.place("b"):
        held[0].__exit__(None, None, None)
    with sockets.place("a"):
        pass


async def test_one_too_many_is_refused_on_record_until_another_is_closed(
    tmp_path: Path, store_url: str
) -> None:
    async with (
        socket_app() as app,
        running(tmp_path, store_url, site(app.port, websockets=SOCKETS)) as gw,
    ):
        session = await gw.enter()
        pairs = [await opened(gw, app, session) for _ in range(MOST)]
        client = await knock(gw, app, session)
        assert client.head.startswith(b"HTTP/1.1 429 ")
        assert (await gw.records())[-1]["reason"] == "websocket_limit"
        assert len(app.heads) == MOST
        await opened(gw, app, await gw.enter())  # another session's
        first, at_app = pairs[0]
        first.close(1000)
        await at_app.closed()
        await first.closed()
        assert await first.left()
        await opened(gw, app, session)


@pytest.mark.threat(53)
async def test_row_53_a_stop_closes_both_sides_with_a_reason_and_waits_no_longer(
    tmp_path: Path, store_url: str
) -> None:
    async with socket_app() as app:
        async with running(tmp_path, store_url, site(app.port, websockets=SOCKETS)) as gw:
            client, at_app = await opened(gw, app, await gw.enter())
            ends = asyncio.gather(client.closed(), at_app.closed())
            asked = time.monotonic()
        told_client, told_app = await ends
        assert told_client == told_app == (1001, "The gateway is restarting.")
        assert time.monotonic() - asked < 8, "the drain would take 10 seconds"
        assert await client.left()
    store = await connect(store_url, timeout=5)
    rows: Any = await store.redis.xrange("gateway:audit:0")
    await store.aclose()
    outcome, stopped, signed = [json.loads(fields[b"record"]) for _, fields in rows][-3:]
    assert (outcome["kind"], outcome["reason"]) == ("request.outcome", "gateway_stopping")
    assert (stopped["kind"], signed["kind"]) == ("gateway.stopped", "audit.checkpoint")
