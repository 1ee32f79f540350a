"""CPU per request of the gateway's own process, beside nginx, in one run on one machine.

Needs nginx, wrk and, for the store, what the tests need. The app is nginx serving fixed files; the
client is wrk with 16 keep-alive connections; each proxy has one worker. CPU is user plus system
time of the proxy's own process from /proc, divided by the requests that wrk counted.

    python -m tests.bench [seconds a round]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.aiohttp_proxy import aiohttp_proxy
from tests.bench.bare_proxy import bare_proxy
from tests.bench.gateway import gateway
from tests.e2e.harness import HOST
from tests.servers import store_server_in, unused_port

TICK = os.sysconf("SC_CLK_TCK")
ROUNDS = 3
NGINX = """
daemon off; master_process off; worker_processes 1; error_log stderr error; pid {folder}/{name}.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  types {{ application/json json; text/html html; }}
  {more}
}}
"""
APP = "server {{ listen 127.0.0.1:{port}; root {folder}; }}"
PROXY = """
  upstream app {{ server 127.0.0.1:{app}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header X-Remote-User jonas; }} }}
"""


@contextmanager
def nginx(folder: Path, name: str, more: str) -> Iterator[int]:
    """Run nginx; give its process id."""
    path = folder / f"{name}.conf"
    path.write_text(NGINX.format(folder=folder, name=name, more=more))
    child = subprocess.Popen(["nginx", "-c", path, "-p", folder])
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait()


def cpu(pid: int) -> float:
    """User and system time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def wrk(seconds: int, port: int, path: str, *headers: str) -> tuple[int, str]:
    """Send load; give the number of requests and wrk's own words on errors."""
    more = [word for header in headers for word in ("-H", header)]
    said = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{seconds}s", *more, f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"(\d+) requests in", said)
    wrong = "; ".join(line.strip() for line in said.splitlines() if "Non-2xx" in line)
    return int(found[1]) if found else 0, wrong


def payload() -> bytes:
    """2.3 KB of JSON in which two rules hit."""
    people = [
        {"id": n, "name": f"Contact {n}", "email": f"c{n}@example.org", "stage": "Proposal",
         "amount": 1000 * n, "private_notes": "Thinks of leaving in spring"}
        for n in range(17)
    ]  # fmt: skip
    return json.dumps({"contacts": people}).encode()


def main() -> None:
    """Run every proxy in turn, several rounds interleaved, and print one table."""
    if not shutil.which("nginx") or not shutil.which("wrk"):
        sys.exit("install nginx and wrk: apt-get install nginx-light wrk")
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="gw-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a.json").write_bytes(payload())
        page = b"<!doctype html><html><body>" + b"<p class=x>Some words of a page.</p>" * 600
        (folder / "a.html").write_bytes(page + b"</body></html>")
        (folder / "a.txt").write_bytes(b"ok")
        store = store_server_in(folder)
        store.start()
        app, proxy, plain, bare = (unused_port() for _ in range(4))
        ours, theirs = multiprocessing.Pipe()
        of_aiohttp, its_own = multiprocessing.Pipe()
        of_bare, bares_own = multiprocessing.Pipe()
        spawn = multiprocessing.get_context("spawn").Process
        process = spawn(target=gateway, args=(str(folder / "gw"), store.url, app, theirs))
        reference = spawn(target=aiohttp_proxy, args=(plain, app, its_own))
        floor = spawn(target=bare_proxy, args=(bare, app, bares_own))
        served = nginx(folder, "app", APP.format(port=app, folder=folder))
        proxied = nginx(folder, "proxy", PROXY.format(port=proxy, app=app))
        with served, proxied as proxy_pid:
            process.start()
            reference.start()
            floor.start()
            reference_pid, floor_pid = of_aiohttp.recv(), of_bare.recv()
            pid, port, host, cookie = ours.recv()
            governed = (f"Host: {host}", f"Cookie: {cookie}")
            runs: list[tuple[str, int, int, str, tuple[str, ...]]] = [
                ("nginx proxy_pass, 2 B", proxy_pid, proxy, "/a.txt", ()),
                ("gateway pass-through, 2 B", pid, port, "/a.txt", (f"Host: {HOST}",)),
                ("nginx proxy_pass, 2.3 KB JSON", proxy_pid, proxy, "/a.json", ()),
                ("gateway pass-through, 2.3 KB JSON", pid, port, "/a.json", (f"Host: {HOST}",)),
                ("bare protocols, 2.3 KB JSON", floor_pid, bare, "/a.json", ()),
                ("aiohttp server and client, 2.3 KB JSON", reference_pid, plain, "/a.json", ()),
                ("gateway governed, 2.3 KB JSON", pid, port, "/a.json", governed),
                ("gateway governed, 22 KB HTML", pid, port, "/a.html", governed),
            ]
            figures: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for label, measured, where, path, headers in runs:
                    before = cpu(measured)
                    count, wrong = wrk(seconds, where, path, *headers)
                    if wrong:
                        sys.exit(f"{label}: {wrong}")
                    figures.setdefault(label, []).append((cpu(measured) - before) / count * 1e6)
            for pipe, child in ((ours, process), (of_aiohttp, reference), (of_bare, floor)):
                pipe.send("stop")
                child.join()
        store.remove()
    report(figures)


def report(figures: dict[str, list[float]]) -> None:
    """Print the table: CPU microseconds per request, and the ratio to the first row's median."""
    base = statistics.median(figures["nginx proxy_pass, 2 B"])
    lines = [f"{'CPU us per request':40}{'min':>8}{'median':>8}{'max':>8}{'ratio':>8}"]
    for label, values in figures.items():
        median: Any = statistics.median(values)
        cells = f"{min(values):8.1f}{median:8.1f}{max(values):8.1f}{median / base:8.2f}"
        lines.append(f"{label:40}{cells}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
