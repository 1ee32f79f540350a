"""How a request reached us, as the console is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app.views import PublicAddress
from tests.e2e.harness import CONSOLE, running, site
from tests.e2e.recorder_app import recorder_app


@pytest.mark.parametrize(
    ("scheme", "port", "origin"),
    [
        ("https", 0, "https://a.example"),
        ("https", 443, "https://a.example"),
        ("http", 80, "http://a.example"),
        ("http", 443, "http://a.example:443"),
        ("https", 8443, "https://a.example:8443"),
    ],
)
def test_an_origin_names_its_port_where_a_browser_does(scheme: str, port: int, origin: str) -> None:
    assert PublicAddress(scheme, port).origin("a.example") == origin


@pytest.mark.threat(7)
@pytest.mark.parametrize(
    ("trusted", "address"), [([], "127.0.0.1"), (["127.0.0.1"], "198.51.100.9")]
)
async def test_row_7_a_sign_ins_address_is_what_the_last_trusted_peer_says(
    tmp_path: Path, store_url: str, trusted: list[str], address: str
) -> None:
    # A peer may add a field of its own below the client's; the last one is the peer's.
    lines = [
        "POST /_gateway/api/sessions HTTP/1.1",
        f"Host: {CONSOLE}",
        "X-Forwarded-For: 203.0.113.66",
        "X-Forwarded-For: 203.0.113.67, 198.51.100.9",
        "Origin: https://evil.example",
        "Content-Length: 0",
        "Connection: close",
    ]

    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port), trusted_peers=trusted) as gw,
    ):
        await gw.raw("\r\n".join(lines).encode() + b"\r\n\r\n")
        refused = [each for each in await gw.records() if each["kind"] == "operator.refused"]
    assert [each["client"]["address"] for each in refused] == [address]


@pytest.mark.threat(14)
async def test_row_14_an_unknown_host_says_nothing_in_our_pages_headers(
    tmp_path: Path, store_url: str
) -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: x; script-src *\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        answer = await gw.raw(head)
    headers = answer.partition(b"\r\n\r\n")[0]
    assert headers.startswith(b"HTTP/1.1 421")
    assert b"http://unknown.invalid" in headers
    assert b"script-src *" not in headers
