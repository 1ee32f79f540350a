"""Whether a proxy answers as it should: one that is fast at errors must not win."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection, HTTPException

from tests.bench.proxy import Proxy
from tests.bench.rows import Row
from tests.bench.tools import BenchFailed

_PATIENCE = 20.0


def check(row: Row, proxy: Proxy) -> int:
    """Wait until a proxy listens, and see that it answers a row's request as it should.

    Returns:
        The bytes of the answer's body.

    Raises:
        BenchFailed: it does not; the text ends with its log.
    """
    _await(row, proxy)
    server = HTTPConnection("127.0.0.1", proxy.port, timeout=_PATIENCE)
    try:
        server.request("GET", row.path, headers=dict(proxy.headers))
        answer = server.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as fault:
        raise BenchFailed(f"{row.label} does not answer: {fault!r}.{proxy.last_words()}") from fault
    finally:
        server.close()
    wrong = row.wrong(answer.status, body)
    if wrong:
        raise BenchFailed(f"{row.label} does not answer as it should: {wrong}.{proxy.last_words()}")
    return len(body)


def _await(row: Row, proxy: Proxy) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", proxy.port), timeout=_PATIENCE).close()
        except OSError as fault:
            if time.monotonic() > end:
                raise BenchFailed(f"{row.label} does not listen.{proxy.last_words()}") from fault
            time.sleep(0.05)
        else:
            return
