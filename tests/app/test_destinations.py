"""A consumer of the config becomes a destination that verifies whom it speaks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.app.destinations import destination_of
from gateway.audit.forward.destination import Destination, Head, NotNow, Outgoing
from gateway.config.consumers import Consumer
from gateway.errors import GatewayError
from tests.audit.forward.support import SECRET, Receiver
from tests.certificates import Authority

RECORD = Outgoing("1-0", b'{"id":"1"}', Head("request.intent"))


def consumer(folder: Path, **said: Any) -> Destination:
    for kind in said.values():
        for name in ("secret_file", "ca_file", "certificate_file"):
            if name in kind:
                kind[name] = str(folder / kind[name])
    return destination_of(Consumer.model_validate({"name": "a", **said}))


@asynccontextmanager
async def over_tls(authority: Authority) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    handler = web.Server(receiver, access_log=None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(handler, "127.0.0.1", 0, ssl=authority.server("localhost"))
    receiver.url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()
        await handler.shutdown(1.0)


async def test_only_a_receiver_of_a_trusted_authority_gets_records(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "house")
    Authority(tmp_path, "stranger")
    (tmp_path / "secret").write_text(SECRET)
    async with over_tls(authority) as receiver:
        said = {"url": receiver.url, "secret_file": "secret"}
        for ca_file in ({"ca_file": "stranger.pem"}, {}):
            destination = consumer(tmp_path, http=said | ca_file)
            with pytest.raises(NotNow, match="CERTIFICATE_VERIFY_FAILED"):
                await destination.send([RECORD])
            await destination.aclose()
        assert receiver.posts == []
        destination = consumer(tmp_path, http=said | {"ca_file": "house.pem"})
        await destination.send([RECORD])
        await destination.aclose()
        assert receiver.taken == ["1"]


@pytest.mark.parametrize(
    ("said", "file"),
    [
        ({"http": {"url": "https://a/", "secret_file": "none"}}, "none"),
        ({"http": {"url": "https://a/", "secret_file": "secret", "ca_file": "none"}}, "none"),
        ({"syslog": {"address": "a:6514", "ca_file": "none"}}, "none"),
        ({"syslog": {"address": "a:6514", "certificate_file": "secret"}}, "secret"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, said: dict[str, Any], file: str
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with pytest.raises(GatewayError, match="audit_forward") as caught:
        consumer(tmp_path, **said)
    assert str(tmp_path / file) in caught.value.detail
