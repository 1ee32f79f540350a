from __future__ import annotations

import datetime
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import UpstreamError
from gateway.upstream.client import Upstream
from gateway.upstream.tls import client_context
from tests.certificates import DAY, NOW, Authority
from tests.upstream.support import OK, PERMIT, Apps, Talk, always, request, whole


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "house")


async def test_a_certificate_that_holds_lets_requests_through(
    apps: Apps, authority: Authority
) -> None:
    upstream = await apps.start(
        always(OK),
        server_context=authority.server("crm.internal"),
        tls=True,
        ca_file=str(authority.file),
        server_name="crm.internal",
    )
    for _ in range(3):
        assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 1


@pytest.mark.parametrize(
    ("certified", "expected", "ca", "until"),
    [
        ("other.internal", "crm.internal", "house", NOW + DAY),
        ("crm.internal", None, "house", NOW + DAY),  # the address is not what it certifies
        ("crm.internal", "crm.internal", "other", NOW + DAY),
        ("crm.internal", "crm.internal", None, NOW + DAY),  # the system does not know it
        ("crm.internal", "crm.internal", "house", NOW - DAY),
    ],
)
async def test_a_certificate_that_does_not_hold_stops_the_request(
    apps: Apps,
    authority: Authority,
    tmp_path: Path,
    certified: str,
    expected: str | None,
    ca: str | None,
    until: datetime.datetime,
) -> None:
    files = {"house": authority.file, "other": Authority(tmp_path, "other").file}
    upstream = await apps.start(
        always(OK),
        server_context=authority.server(certified, until=until),
        tls=True,
        ca_file=str(files[ca]) if ca else None,
        server_name=expected,
    )
    with pytest.raises(UpstreamError, match="its certificate does not hold") as caught:
        await upstream.send(PERMIT, request())
    assert (caught.value.status, caught.value.code) == (502, "upstream_unreachable")


async def test_an_app_that_does_not_speak_tls_is_a_502(apps: Apps, authority: Authority) -> None:
    async def script(talk: Talk) -> None:
        await talk.reader.read(1)
        await talk.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    upstream = await apps.start(script, tls=True, ca_file=str(authority.file))
    with pytest.raises(UpstreamError, match="upstream_unreachable"):
        await upstream.send(PERMIT, request())


async def test_an_app_that_never_finishes_its_handshake_is_a_504(
    apps: Apps, authority: Authority
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        upstream = apps.upstream(
            port=silent.getsockname()[1],
            tls=True,
            ca_file=str(authority.file),
            connect_timeout=0.1,
        )
        with pytest.raises(UpstreamError) as caught:
            await upstream.send(PERMIT, request())
        assert (caught.value.status, caught.value.code) == (504, "upstream_timeout")


def test_an_authority_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        client_context(str(tmp_path / "missing.pem"))
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(OSError, match=r"(?i)no certificate"):
        client_context(str(tmp_path / "empty.pem"))


@pytest.fixture
def endings(authority: Authority) -> Iterator[dict[str, int]]:
    """Ports of apps that end a close-delimited body with, and without, a close_notify."""
    context = authority.server("localhost")
    ports, threads, listeners = {}, [], []

    def serve(listener: socket.socket, polite: bool) -> None:
        try:
            plain, _ = listener.accept()
        except OSError:  # the test is over, and never came here
            return
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf or whole")
            if polite:
                connection.unwrap().close()
            else:
                socket.socket(fileno=connection.detach()).close()

    for name, polite in (("whole", True), ("cut", False)):
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(listener, polite))
        thread.start()
        ports[name] = listener.getsockname()[1]
        listeners.append(listener)
        threads.append(thread)
    yield ports
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)  # wakes who still waits for a connection
        listener.close()
    for thread in threads:
        thread.join()


@pytest.mark.threat(19)
async def test_threat_19_a_body_that_tls_did_not_end_never_looks_complete(
    apps: Apps, authority: Authority, endings: dict[str, int]
) -> None:
    def to(port: int) -> Upstream:
        return apps.upstream(
            port=port, tls=True, ca_file=str(authority.file), server_name="localhost"
        )

    response = await to(endings["whole"]).send(PERMIT, request())
    assert await whole(response) == b"half or whole"

    response = await to(endings["cut"]).send(PERMIT, request())
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        await whole(response)
