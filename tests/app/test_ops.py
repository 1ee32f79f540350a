"""The listener for operations says how the gateway is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import recorder_app
from tests.servers import StoreServer


async def ask(gw: Running, path: str) -> tuple[int, str]:
    async with gw.client.get(f"http://127.0.0.1:{gw.ops_port}{path}") as answer:
        return answer.status, await answer.text()


async def test_it_lives_is_ready_and_counts(tmp_path: Path, store_url: str) -> None:
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        assert await ask(gw, "/livez") == (200, "alive\n")
        assert await ask(gw, "/readyz") == (200, "ready\n")
        assert (await ask(gw, "/"))[0] == 404
        session = await gw.enter()
        await gw.get("/", {"Host": HOST})
        await gw.get("/", session.headers)
        await gw.request("DELETE", "/", session.headers)
        status, text = await ask(gw, "/metrics")
        lines = text.splitlines()
        assert status == 200
        assert 'gateway_requests_total{kind="pass_through"} 1.0' in lines
        assert 'gateway_requests_total{kind="governed"} 1.0' in lines
        assert 'gateway_requests_total{kind="refused"} 1.0' in lines
        assert "gateway_sessions_connected 1.0" in lines
        assert "gateway_audit_away 0.0" in lines


async def test_it_is_not_ready_while_the_store_is_away(
    tmp_path: Path, store_server: StoreServer
) -> None:
    more: dict[str, Any] = {"audit": {"timeout": "500ms"}}
    async with (
        recorder_app() as app,
        running(tmp_path, store_server.url, site(app.port), **more) as gw,
    ):
        store_server.kill()
        status, text = await ask(gw, "/readyz")
        assert status == 503
        assert text.startswith("not ready: ")
        assert await ask(gw, "/livez") == (200, "alive\n")
        store_server.start()
        async with asyncio.timeout(15):
            while (await ask(gw, "/readyz"))[0] != 200:
                pass
