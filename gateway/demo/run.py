"""`impersonation-gateway demo`: the embedded store, the CRM, and the gateway in front of it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import string
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib import resources
from pathlib import Path
from typing import Any

import uvloop

from gateway.demo.asking_first import ask_first
from gateway.demo.people import OPERATORS, PASSWORD, write_operators, write_tokens
from gateway.demo.process import start_crm

Serve = Callable[[Path, socket.socket, socket.socket], AbstractAsyncContextManager[Any]]
"""Serves a config file on two sockets, the public one and the one for operations."""
Listen = Callable[[str, int], socket.socket]


def main(
    *, listen: str, data_dir: Path | None, as_json: bool, serve: Serve, open_socket: Listen
) -> None:
    """Run the demo until Ctrl-C.

    Raises:
        GatewayError: it cannot start.
    """
    keep = tempfile.TemporaryDirectory(prefix="gateway-demo-") if data_dir is None else None
    with (
        keep or nullcontext(str(data_dir)) as name,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        folder = Path(name).resolve()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        runner.run(_run(listen, folder, as_json, serve, open_socket))


async def _run(listen: str, folder: Path, as_json: bool, serve: Serve, open_socket: Listen) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    host, _, port = listen.rpartition(":")
    public, ops = open_socket(host, int(port)), open_socket("127.0.0.1", 0)
    crm = await start_crm(folder / "crm")
    try:
        place = _Place(public, ops, _unused_port(open_socket))
        tokens = write_tokens(folder, place.console)
        write_operators(folder)
        config = _write_config(folder, place, crm.url)
        async with serve(config, public, ops):
            await ask_first(place.port, tokens["sam"])
            said = _said(place, tokens)
            sys.stdout.write(json.dumps(said) + "\n" if as_json else _in_words(said))
            sys.stdout.flush()
            await stop.wait()
    finally:
        await crm.stop()


class _Place:
    """The addresses of one run."""

    def __init__(self, public: socket.socket, ops: socket.socket, store_port: int) -> None:
        host, self.port = public.getsockname()[:2]
        self.listen = f"{host}:{self.port}"
        self.store_port = store_port
        self.console = f"http://acting.localhost:{self.port}"
        self.crm = f"http://crm.localhost:{self.port}"
        self.ops = f"http://127.0.0.1:{ops.getsockname()[1]}"
        self.store = f"redis://127.0.0.1:{store_port}/0"


def _unused_port(open_socket: Listen) -> int:
    with open_socket("127.0.0.1", 0) as probe:
        port: int = probe.getsockname()[1]
        return port


def _write_config(folder: Path, place: _Place, crm: str) -> Path:
    package = resources.files("gateway.demo")
    people = (package / "people.yaml").read_text("utf-8")
    (folder / "people.yaml").write_text(people, "utf-8")
    (folder / "policies").mkdir(exist_ok=True)
    rule = (package / "hoshi.cedar").read_text("utf-8")
    (folder / "policies" / "hoshi.cedar").write_text(rule, "utf-8")
    template = string.Template((package / "gateway.yaml").read_text("utf-8"))
    text = template.substitute(
        listen=place.listen,
        port=place.port,
        folder=folder,
        store_port=place.store_port,
        issuer=place.console,
        crm=crm,
    )
    path = folder / "gateway.yaml"
    path.write_text(text, "utf-8")
    return path


def _said(place: _Place, tokens: dict[str, str]) -> dict[str, Any]:
    return {
        "console": f"{place.console}/_gateway/",
        "ops": place.ops,
        "store": place.store,
        "sites": [{"name": "crm", "url": place.crm}],
        "operators": [
            {"id": each["id"], "profile": each["profile"], "token": tokens[each["id"]]}
            for each in OPERATORS
        ],
        "subjects": [
            {"id": "jonas.weber", "name": "Jonas Weber", "account": "nordlicht"},
            {"id": "mei.tanaka", "name": "Mei Tanaka", "account": "hoshi"},
            {"id": "priya.nair", "name": "Priya Nair", "account": "lotus"},
            {"id": "nora.finch", "name": "Nora Finch", "account": "alder"},
        ],
    }


def _in_words(said: dict[str, Any]) -> str:
    return f"""
  Console   {said["console"]}   sign in as ada, mira or sam, password {PASSWORD}
  The CRM   {said["sites"][0]["url"]}/   as an ordinary user: jonas.weber, password relata
  Health    {said["ops"]}/readyz
  Records   redis-cli -u {said["store"]} XRANGE gateway:audit:0 - +

  Try this: sign in to the console as ada, act for Jonas Weber (look only), open a contact.
  The notes are gone, the bar says who you are, and moving a deal is refused. Then leave.

  Signed in to the console, and to the CRM as one of its users, open Team there and one of its
  people: a button leads to the same start.

  Nora Finch's company asks its people first. In another browser profile sign in to the CRM as
  nora.finch, password relata, and open {said["sites"][0]["url"]}/_gateway/consent
  Until she allows it there, nobody can act for her; then mira and sam can.

  At Hoshi Trading nothing is changed without a second person: as ada, ask to change things for
  Mei Tanaka (a ticket is needed too, such as #7); as mira, approve it. An administrator such as sam
  can claim an emergency, and mira looks into it afterwards.

  Ctrl-C stops everything.
"""
