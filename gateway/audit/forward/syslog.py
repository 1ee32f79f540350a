"""A receiver of syslog: messages of RFC 5424 over TLS, framed by octet counting (RFC 5425).

Syslog confirms nothing. A batch counts as delivered when the receiver's system has acknowledged all
of its bytes (TCP) and has not closed the connection, of which a new one is on probation. What that
system held unread when the receiver died would be lost, so the last batch is sent again when a
connection broke.
"""

from __future__ import annotations

import asyncio
import fcntl
import re
import select
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from gateway.audit.forward.destination import Head, NotNow, Outgoing
from gateway.audit.record import Kind

_FACILITY = 13  # log audit (RFC 5424, 6.2.1)
_CRITICAL, _WARNING, _NOTICE, _INFORMATIONAL = 2, 4, 5, 6
_SEVERITIES = {
    Kind.AUDIT_LOST: _CRITICAL,
    Kind.REQUEST_REFUSED: _WARNING,
    Kind.MESSAGE_REFUSED: _WARNING,
    Kind.SESSION_REFUSED: _WARNING,
    Kind.OPERATOR_REFUSED: _WARNING,
    Kind.REQUEST_INTENT: _INFORMATIONAL,
    Kind.REQUEST_OUTCOME: _INFORMATIONAL,
    Kind.MESSAGE_SENT: _INFORMATIONAL,
    Kind.AUDIT_CHECKPOINT: _INFORMATIONAL,
}
"""Of each kind; the others, which begin or end something, are notices."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
_LOOK_AGAIN = 0.005
PROBATION = 1.0
"""Seconds that a new connection has to stand after its first batch, before that is confirmed."""


def message(line: bytes, head: Head, host: str) -> bytes:
    """One message: its text is the record's line, and its fields are the record's too.

    A field that could not stand there is left out, as `-` (RFC 5424, 6).
    """
    severity = _SEVERITIES.get(head.kind, _NOTICE)  # type: ignore[call-overload]
    at = head.at if _TIME.fullmatch(head.at) else "-"
    fields = (
        *(f"<{8 * _FACILITY + severity}>1", at, _field(host, 255), "impersonation-gateway"),
        *(_field(head.writer, 128), _field(head.kind, 32), "-", ""),
    )
    return " ".join(fields).encode() + line


def framed(said: bytes) -> bytes:
    """A message as it travels: its length in octets before it (RFC 5425, 4.3)."""
    return b"%d %s" % (len(said), said)


def _field(text: str, longest: int) -> str:
    return text if re.fullmatch(rf"[!-~]{{1,{longest}}}", text) else "-"


class SyslogDestination:
    """One receiver, over one connection that stays open.

    Args:
        context: verifies the receiver, and holds the certificate that it asks for.
        timeout: seconds that connecting may take, and one batch.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext, timeout: float) -> None:
        self._address = host, port
        self._context = context
        self._timeout = timeout
        self._here = socket.gethostname()
        self._open: ssl.SSLSocket | None = None
        self._last = b""
        self._turn = threading.Lock()

    async def send(self, records: Sequence[Outgoing]) -> None:
        """As `Destination.send`; nothing is ever refused."""
        data = b"".join(framed(message(each.line, each.head, self._here)) for each in records)
        try:
            await asyncio.to_thread(self._send, data)
        except OSError as fault:  # an SSLError is an OSError
            raise NotNow(f"{type(fault).__name__} {fault}") from fault

    async def aclose(self) -> None:
        """Say that nothing more comes (RFC 5425, 4.4), and close."""
        await asyncio.to_thread(self._leave)

    def _send(self, data: bytes) -> None:
        with self._turn:  # a send that was given up may still be at work
            try:
                if self._open is not None:
                    _see_open(self._open)
            except OSError:
                self._break()
            try:
                new = self._open is None
                if self._open is None:
                    self._open = self._connect()
                self._open.sendall((self._last if new else b"") + data)
                _see_taken(self._open, time.monotonic() + self._timeout)
                if new:
                    _see_kept(self._open, time.monotonic() + PROBATION)
            except OSError:
                self._break()
                raise
            self._last = data

    def _leave(self) -> None:
        with self._turn:
            if self._open is not None:
                self._open.settimeout(0)  # the receiver's own word is not waited for
                with suppress(OSError):
                    self._open.unwrap()
            self._break()

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(self._address, self._timeout)
        try:
            return self._context.wrap_socket(plain, server_hostname=self._address[0])
        except BaseException:
            plain.close()
            raise

    def _break(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _see_taken(opened: ssl.SSLSocket, until: float) -> None:
    """Return when the other system has acknowledged every byte, and the connection still stands.

    Raises:
        OSError: it has not in time, or has closed the connection.
    """
    while _unacknowledged(opened):
        if time.monotonic() > until:
            raise TimeoutError("the receiver did not take the batch in time")
        time.sleep(_LOOK_AGAIN)
    _see_open(opened)


def _see_kept(opened: ssl.SSLSocket, until: float) -> None:
    """Return when the receiver has kept the connection open for so long.

    In TLS 1.3 the sender's handshake ends before the receiver has looked at the sender's
    certificate (RFC 8446, 2): who is turned away would take a batch for delivered.
    """
    while (left := until - time.monotonic()) > 0:
        if select.select([opened], [], [], left)[0]:
            _see_open(opened)


def _unacknowledged(opened: ssl.SSLSocket) -> int:
    """Bytes that were sent and not acknowledged (SIOCOUTQ, tcp(7))."""
    asked = fcntl.ioctl(opened.fileno(), termios.TIOCOUTQ, bytes(4))
    (count,) = struct.unpack("i", asked)
    return int(count)


def _see_open(opened: ssl.SSLSocket) -> None:
    """Raise OSError when the receiver has closed the connection, or refused who speaks.

    What it says else is read and passed over: session tickets come so, and syslog has no answers.
    """
    patience = opened.gettimeout()
    opened.settimeout(0)
    try:
        while opened.recv(1024):
            pass
    except ssl.SSLWantReadError:
        return
    finally:
        opened.settimeout(patience)
    raise ConnectionError("the receiver closed the connection")
