"""Content codings through a whole gateway: any it reads comes in, gzip leaves where it pays."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import pytest
import zstandard

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

RULES = {
    "categories": {"notes": "notes"},
    "redaction": [{"id": "notes", "category": "notes", "json": ["$..note"], "html": [".note"]}],
}
DATA = b'{"note": "secret", "open": "%s"}' % (b"shown " * 1000)
PAGE = b"<!doctype html><p class=note>secret</p><p>%s</p>" % (b"shown " * 1000)
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.fixture
async def gw(tmp_path: Path, store_url: str, app: RecorderApp) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gateway:
        yield gateway


@pytest.mark.threat(32)
async def test_row_32_what_any_coding_hides_is_found_and_leaves_in_gzip_if_that_pays(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    for coding, pack in CODINGS.items():
        for type_, body in (("application/json", DATA), ("text/html", PAGE)):
            said = (f"Content-Encoding: {coding}",)
            app.reply = http(pack(body), type_=type_, headers=said)
            plain = await gw.get("/", session.headers)
            packed = await gw.get("/", session.headers | {"Accept-Encoding": "br, gzip"})
            assert "Content-Encoding" not in plain.headers
            assert packed.headers["Content-Encoding"] == "gzip"
            shown = gzip.decompress(await packed.read())
            assert b"secret" not in shown
            assert b"secret" not in await plain.read()
            assert shown.count(b"shown") == (await plain.read()).count(b"shown") == 1000


async def test_what_is_short_or_was_not_compressed_leaves_plain(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    asks = session.headers | {"Accept-Encoding": "gzip"}
    app.reply = http(DATA, type_="application/json")
    assert "Content-Encoding" not in (await gw.get("/", asks)).headers
    short = gzip.compress(b'{"note": 1}')
    app.reply = http(short, type_="application/json", headers=("Content-Encoding: gzip",))
    answer = await gw.get("/", asks)
    assert (await answer.read(), "Content-Encoding" in answer.headers) == (b"{}", False)
