"""Steady load, in a process of its own: requests at set times, whatever became of those before.

A latency counts from the time at which its request was due, so that an answer that kept a
connection busy costs all that waited for it too. Each connection has a thread with blocking reads:
no loop whose own queue would be measured.

    python -m tests.bench.steady PORT PATH HEADERS PER_SECOND SECONDS

writes the latencies in milliseconds as one JSON list; HEADERS is a JSON object.
"""

from __future__ import annotations

import gc
import json
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httptools

_CONNECTIONS = 32
_TIMEOUT = 10
_LEAD = 0.05
"""Seconds until the first request is due, in which every thread gets ready."""


class Connection:
    """A connection that one thread sends the same request on again and again."""

    def __init__(self, port: int, request: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._complete = False

    def ask(self) -> None:
        """Send the request and read its answer.

        Raises:
            ConnectionError: there is none, or not with status 200.
        """
        self._complete = False
        self._socket.sendall(self._request)
        parser = httptools.HttpResponseParser(self)
        while not self._complete:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the connection was closed instead of an answer")
            parser.feed_data(data)
        if parser.get_status_code() != 200:
            raise ConnectionError(f"an answer has status {parser.get_status_code()}")

    def on_message_complete(self) -> None:
        """As httptools calls it."""
        self._complete = True

    def latencies(self, due: Sequence[float]) -> list[float]:
        """Send a request at each of these times (`time.monotonic`); give their milliseconds."""
        taken = []
        for at in due:
            time.sleep(max(at - time.monotonic(), 0))
            self.ask()
            taken.append((time.monotonic() - at) * 1000)
        return taken


def main(port: int, request: bytes, per_second: float, seconds: float) -> list[float]:
    """Send requests at a steady rate; give their latencies in milliseconds."""
    connections = [Connection(port, request) for _ in range(_CONNECTIONS)]
    for connection in connections:
        connection.ask()  # so that both sides have all connections that they need
    gc.disable()
    start = time.monotonic() + _LEAD
    due = [start + n / per_second for n in range(int(per_second * seconds))]
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        taken = [
            threads.submit(connection.latencies, due[n::_CONNECTIONS])
            for n, connection in enumerate(connections)
        ]
    return [ms for each in taken for ms in each.result()]


if __name__ == "__main__":
    port, path, headers, per_second, seconds = sys.argv[1:]
    lines = [f"GET {path} HTTP/1.1", *(f"{n}: {v}" for n, v in json.loads(headers).items())]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    sys.stdout.write(json.dumps(main(int(port), request, float(per_second), float(seconds))))
