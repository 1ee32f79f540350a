"""What the gateway serves itself is read as strictly as what it passes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import CONSOLE, running, site
from tests.e2e.recorder_app import recorder_app


@pytest.mark.threat(17)
@pytest.mark.parametrize("path", ["/_gateway/jwks.json", "/_gateway/sign-in"])
async def test_row_17_after_an_upgrade_request_no_other_is_read(
    tmp_path: Path, store_url: str, path: str
) -> None:
    first = f"GET {path} HTTP/1.1\r\nHost: {CONSOLE}\r\nUpgrade: x\r\n\r\n"
    second = f"GET {path} HTTP/1.1\r\nHost: {CONSOLE}\r\nConnection: close\r\n\r\n"
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        answers = await gw.raw((first + second).encode())
    assert answers.count(b"HTTP/1.1 200") == 1
