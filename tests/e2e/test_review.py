"""What an attacker and an unlucky user tried on a whole gateway."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def reading(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    """A gateway whose site lets a POST that only reads pass in look-only mode."""
    rules = [{"id": "search", "allow": ["POST"], "path": "/search"}]
    async with running(tmp_path, store_url, site(app.port, rules=rules)) as gateway:
        yield gateway


@pytest.mark.parametrize("type_", [FORM, "application/json", None, "text/plain"])
async def test_an_allowed_post_arrives_with_its_whole_body(
    reading: Running, app: RecorderApp, type_: str | None
) -> None:
    entered = await reading.enter()
    body = b'{"payment_method": "sepa"}' if type_ == "application/json" else b"q=all&page=2"
    headers = entered.headers | ({"Content-Type": type_} if type_ else {})
    answer = await reading.request("POST", "/search", headers, data=body)
    assert answer.status == 200
    assert [seen.body for seen in app.seen] == [body]


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("/search?+_method=DELETE", {"Content-Type": "text/plain"}, b"q=1"),
        ("/search?%20_method=DELETE", {"Content-Type": "text/plain"}, b"q=1"),
        ("/search", {"Content-Type": FORM}, b"q=1&_method=DELETE"),
        ("/search", {"Content-Type": "application/json"}, b'{"\\u005fmethod": "DELETE"}'),
        ("/search", {"Content-Type": "application/json"}, b'{"_method": "DELETE", }'),
        (
            "/search",
            {"Content-Type": "application/json", "Connection": "content-type"},
            b"_method=DELETE",
        ),
        (
            "/search",
            {"Content-Type": "multipart/mixed; boundary=b"},
            b'--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--b--',
        ),
        (
            "/search",
            {"Content-Type": FORM, "Content-Encoding": "gzip"},
            gzip.compress(b"_method=DELETE"),
        ),
        (
            "/search",
            {"Content-Type": f"{FORM}; charset=utf-16"},
            "_method=DELETE".encode("utf-16"),
        ),
    ],
)
async def test_no_spelling_of_a_method_override_passes_in_look_only_mode(
    reading: Running, app: RecorderApp, target: str, headers: dict[str, str], body: bytes
) -> None:
    entered = await reading.enter()
    sent = "".join(f"{n}: {v}\r\n" for n, v in (entered.headers | headers).items())
    head = f"POST {target} HTTP/1.1\r\n{sent}Content-Length: {len(body)}\r\n"
    if "Connection" not in headers:
        head += "Connection: close\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", reading.port)
    writer.write(head.encode() + b"\r\n" + body)
    line = await reader.readline()
    writer.close()
    assert line.startswith(b"HTTP/1.1 403 ")
    assert app.seen == []
