"""Syslog over TLS, to a listener on a real socket that may cut."""

from __future__ import annotations

import asyncio
import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.forward.destination import Head, NotNow, Outgoing, head_of
from gateway.audit.forward.syslog import SyslogDestination, framed, message
from gateway.audit.record import Kind
from tests.audit.forward.support import written
from tests.certificates import Authority

MESSAGE = re.compile(
    r"<(\d{1,3})>1 (\S+) ([!-~]{1,255}) impersonation-gateway ([!-~]{1,128}) ([!-~]{1,32}) - (.*)"
)
"""RFC 5424, 6, with the fields that we leave out."""


class Listener:
    """Takes connections; each has its frames in a queue of its own, in order of arrival."""

    def __init__(self, context: ssl.SSLContext, *, holds: int = 1 << 20) -> None:
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, holds)
        self.port = self._socket.getsockname()[1]
        self.connections: queue.Queue[Connection] = queue.Queue()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def next(self) -> Connection:
        return self.connections.get(timeout=20)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            try:
                self.connections.put(Connection(self._context.wrap_socket(plain, server_side=True)))
            except OSError:
                plain.close()


class Connection:
    def __init__(self, opened: ssl.SSLSocket) -> None:
        self._opened = opened
        self._opened.settimeout(20)
        self._read = b""

    def frame(self) -> bytes:
        """The next message, by its octet count; empty at a clean end."""
        while (found := re.match(rb"([1-9][0-9]*) ", self._read)) is None:
            if not self._more():
                assert self._read == b""
                return b""
        start, length = found.end(), int(found[1])
        while len(self._read) < start + length:
            assert self._more()
        said, self._read = self._read[start : start + length], self._read[start + length :]
        return said

    def close(self) -> None:
        self._opened.close()

    def _more(self) -> bool:
        piece = self._opened.recv(65536)
        self._read += piece
        return bool(piece)


@pytest.fixture(autouse=True)
def _a_short_probation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.audit.forward.syslog.PROBATION", 0.2)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "house")


@pytest.fixture
def listener(authority: Authority) -> Iterator[Listener]:
    with closing(Listener(authority.server("localhost"))) as found:
        yield found


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.file)


def certified(authority: Authority, folder: Path) -> Path:
    """A file with a certificate of `authority` and its key."""
    authority.server("forwarder")
    (file,) = folder.glob("forwarder-*.pem")
    return file


def outgoing(line: bytes) -> Outgoing:
    head = head_of(line)
    assert head is not None
    return Outgoing("1-0", line, head)


async def test_records_travel_as_messages_with_their_length_before_them(
    authority: Authority, listener: Listener
) -> None:
    kinds = (Kind.REQUEST_OUTCOME, Kind.REQUEST_REFUSED, Kind.SESSION_STARTED, Kind.AUDIT_LOST)
    lines = [written(f"{number}", kind) for number, kind in enumerate(kinds)]
    destination = SyslogDestination("localhost", listener.port, trusting(authority), 10)
    await destination.send([outgoing(line) for line in lines])
    connection = listener.next()
    for line, kind, severity in zip(lines, kinds, (6, 4, 5, 2), strict=True):
        found = MESSAGE.fullmatch(connection.frame().decode("ascii"))
        assert found is not None
        assert found.groups() == (
            str(13 * 8 + severity),
            "2026-11-22T03:46:03.123Z",
            socket.gethostname(),
            "W",
            kind,
            line.decode(),
        )
    await destination.aclose()
    assert connection.frame() == b"", "the end is said, not cut"
    connection.close()


async def test_after_a_connection_broke_the_last_batch_comes_again(
    authority: Authority, listener: Listener
) -> None:
    first, second, third = (written(name) for name in "123")
    destination = SyslogDestination("localhost", listener.port, trusting(authority), 10)
    for line in (first, second):
        await destination.send([outgoing(line)])
    listener.next().close()  # it read neither
    await destination.send([outgoing(third)])
    connection = listener.next()
    assert [connection.frame().endswith(each) for each in (second, third)] == [True, True]
    connection.close()
    await destination.aclose()


async def test_a_receiver_that_cannot_be_believed_or_is_not_there_gets_nothing(
    tmp_path: Path, authority: Authority, free_port: int
) -> None:
    record = [outgoing(written("1"))]
    with closing(Listener(authority.server("elsewhere"))) as other:
        destination = SyslogDestination("localhost", other.port, trusting(authority), 10)
        with pytest.raises(NotNow, match="not valid for"):
            await destination.send(record)
    stranger = trusting(Authority(tmp_path, "stranger"))
    with (
        closing(Listener(authority.server("localhost"))) as unknown,
        pytest.raises(NotNow, match="verify failed"),
    ):
        await SyslogDestination("localhost", unknown.port, stranger, 10).send(record)
    with pytest.raises(NotNow, match="refused"):
        await SyslogDestination("localhost", free_port, stranger, 10).send(record)


async def test_who_shows_no_certificate_takes_nothing_for_delivered(
    tmp_path: Path, authority: Authority
) -> None:
    asking = authority.server("localhost")
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(authority.file)
    known = trusting(authority)
    known.load_cert_chain(certified(authority, tmp_path))
    record = [outgoing(written("1"))]
    with closing(Listener(asking)) as listener:
        for _ in range(2):
            with pytest.raises(NotNow):  # how it is told differs with who is faster
                await SyslogDestination("localhost", listener.port, trusting(authority), 1).send(
                    record
                )
        destination = SyslogDestination("localhost", listener.port, known, 10)
        await destination.send(record)
        connection = listener.next()
        assert connection.frame().endswith(record[0].line)
        connection.close()
        await destination.aclose()


@pytest.mark.parametrize("count", [1, 400], ids=["it fits here", "it fits nowhere"])
async def test_one_who_does_not_read_confirms_nothing(authority: Authority, count: int) -> None:
    with closing(Listener(authority.server("localhost"), holds=4096)) as listener:
        destination = SyslogDestination("localhost", listener.port, trusting(authority), 0.5)
        with pytest.raises(NotNow, match=r"in time" if count == 1 else r"timed out"):
            await destination.send([outgoing(written("1" * 40_000))] * count)
        listener.next().close()
        await destination.aclose()


async def test_one_who_turns_a_new_connection_away_confirms_nothing(
    authority: Authority, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.forward.syslog.PROBATION", 20)
    destination = SyslogDestination("localhost", listener.port, trusting(authority), 20)
    sending = asyncio.create_task(destination.send([outgoing(written("1"))]))
    connection = await asyncio.to_thread(listener.next)
    threading.Timer(0.1, connection.close).start()  # its system has the batch by then
    with pytest.raises(NotNow):
        await sending


@given(st.text(), st.text(), st.text(), st.text())
def test_no_field_of_a_record_breaks_out_of_its_place(
    kind: str, at: str, writer: str, host: str
) -> None:
    said = message(b'{"id":"1"}', Head(kind, at, writer), host)
    assert MESSAGE.fullmatch(said.decode("ascii"))
    assert framed(said) == str(len(said)).encode() + b" " + said
