"""How many of the interpreter's instructions a request takes, which repeats where time does not.

    python -m tests.bench.guard             says them, and fails where one has grown
    python -m tests.bench.guard --write     takes them as the new bounds

A gateway with a real store runs in this thread, an app and a client in others; a fixed transcript
is sent, and every bytecode instruction that this thread executes is counted. What code in C does
is not: it is for the benchmark. Bounds hold for one minor version of Python, whose compiler makes
the instructions; others have bounds of their own.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as count_up
from pathlib import Path
from types import FrameType
from typing import Any

import uvloop

from tests.bench.payloads import BODIES, Payload
from tests.bench.proxies.gateway_program import RULES
from tests.e2e.harness import HOST, Entered, running, site
from tests.e2e.recorder_app import http
from tests.scratch import scratch
from tests.servers import store_server_in

BOUNDS = Path(__file__).with_name("guard.json")
SLACK = 1.02
"""Housekeeping and group commit fall differently each time."""
_ROUNDS, _EACH = 4, 10
_EACH_TIME = "@@"
"""Stands for a number that no request had before."""
_NUMBERS = count_up()
_TYPES = {"txt": "text/plain", "json": "application/json", "html": "text/html"}
_ANSWERS = {
    each.path.encode(): http(body, type_=_TYPES[each.path.rpartition(".")[2]])
    for each, body in BODIES.items()
}


def transcript(session: Entered) -> dict[str, bytes]:
    """Give the requests by their names."""
    ours = f"Host: {session.host}\r\nCookie: {session.cookie}\r\n"
    small, data, page, ruled = (each.path for each in Payload)
    unseen = f"Host: {HOST}\r\nCookie: a={_EACH_TIME}\r\nUser-Agent: b/{_EACH_TIME}\r\n"
    sent = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    lines = {
        "pass-through GET": f"GET {small} HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
        "pass-through GET, unseen head": f"GET {small}?{_EACH_TIME} HTTP/1.1\r\n{unseen}\r\n",
        "pass-through POST": f"POST {small} HTTP/1.1\r\nHost: {HOST}\r\n{sent}",
        "governed GET, JSON redacted": f"GET {data} HTTP/1.1\r\n{ours}\r\n",
        "governed GET, unseen head, JSON redacted": (
            f"GET {data}?{_EACH_TIME} HTTP/1.1\r\n{ours}User-Agent: b/{_EACH_TIME}\r\n\r\n"
        ),
        "governed POST, JSON redacted": f"POST {data} HTTP/1.1\r\n{ours}{sent}",
        "governed GET, page": f"GET {page} HTTP/1.1\r\n{ours}\r\n",
        "governed GET, page redacted": f"GET {ruled} HTTP/1.1\r\n{ours}\r\n",
    }
    return {name: line.encode() for name, line in lines.items()}


class Counter:
    """Counts the instructions that its thread executes while it is on."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def on(self) -> Iterator[None]:
        """Count while the block runs."""
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.count += event == "opcode"
        return self._step


def app() -> int:
    """Serve fixed answers from a thread; give its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while head := client.recv(65536):
            while b"\r\n\r\n{}" not in head and head.startswith(b"POST"):
                head += client.recv(65536)
            client.sendall(_ANSWERS[head.split(b" ", 2)[1].partition(b"?")[0]])

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def send(port: int, request: bytes, times: int) -> None:
    """Send a request on one connection again and again, each after the answer to the last."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        for _ in range(times):
            client.sendall(request.replace(_EACH_TIME.encode(), b"%d" % next(_NUMBERS)))
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += client.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{request[:40]!r} was answered {head[:40]!r}")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += client.recv(65536)


async def count(port: int, request: bytes) -> int:
    """Give the fewest instructions that such a request took, of several rounds of them."""
    await asyncio.to_thread(send, port, request, _EACH)
    counter = Counter()
    found = []
    for _ in range(_ROUNDS):
        before = counter.count
        with counter.on():
            await asyncio.to_thread(send, port, request, _EACH)
        found.append((counter.count - before) // _EACH)
    return min(found)


async def measure() -> dict[str, int]:
    """Run the transcript; give the instructions of each of its requests."""
    with scratch() as name:
        store = store_server_in(Path(name))
        store.start()
        try:
            async with running(Path(name) / "gw", store.url, site(app(), **RULES)) as gw:
                session = await gw.enter(mode="read_write")
                requests = transcript(session)
                return {name: await count(gw.port, each) for name, each in requests.items()}
        finally:
            store.remove()


def main() -> None:
    """Say each count; fail where one is over its bound."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    known: dict[str, dict[str, int]] = json.loads(BOUNDS.read_text())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        counts = runner.run(measure())
    if "--write" in sys.argv:
        known[version] = counts
        BOUNDS.write_text(json.dumps(known, indent=2) + "\n")
    bounds = known.get(version, {})
    grown = []
    for name, instructions in counts.items():
        bound = bounds.get(name)
        over = bound is not None and instructions > bound * SLACK
        grown += [name] * over
        word = "no bound for this Python" if bound is None else f"bound {bound}"
        sys.stdout.write(f"{instructions:8}  {name} ({word}){'  GROWN' * over}\n")
    if grown:
        sys.exit("Requests take more instructions than before. Mend it, or say why and --write.")


if __name__ == "__main__":
    main()
