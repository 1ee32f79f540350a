"""nginx under the config that `deploy/` ships for it, in front of an app and a gateway."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import Authority
from tests.e2e.harness import HOST
from tests.servers import unused_port

SHIPPED = Path(__file__).parents[2] / "deploy/nginx-split.conf"
MAIN = """
daemon off; master_process off; worker_processes 1; error_log stderr notice; pid {folder}/pid;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/split.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """A running nginx, spoken to over TLS."""

    port: int
    trust: ssl.SSLContext

    async def open(
        self, address: str = "127.0.0.1"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, from an address of this machine's own."""
        return await asyncio.open_connection(
            "127.0.0.1",
            self.port,
            ssl=self.trust,
            server_hostname="front",
            local_addr=(address, 0),
        )

    async def raw(self, data: bytes, address: str = "127.0.0.1") -> bytes:
        """Send bytes as they are; give everything that comes until nginx closes."""
        reader, writer = await self.open(address)
        try:
            writer.write(data)
            return await reader.read()
        finally:
            writer.close()

    async def ask(
        self, line: str, host: str, *fields: str, body: bytes = b"", address: str = "127.0.0.1"
    ) -> tuple[int, bytes]:
        """Send one request with header lines as they are; give the status and all of the answer."""
        lines = [f"{line} HTTP/1.1", f"Host: {host}", "Connection: close", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        answer = await self.raw(head + body, address)
        return int(answer.split(b" ", 2)[1]), answer


@asynccontextmanager
async def nginx_front(
    folder: Path, app_port: int, gateway_ports: tuple[int, int], *hosts: str
) -> AsyncIterator[Front]:
    """Run nginx with the shipped file; only names and addresses in it are others.

    Args:
        folder: for its files.
        app_port, gateway_ports: of this machine.
        hosts: the app's own, beside the first one.
    """
    port = unused_port()
    trust = _write(folder, port, app_port, gateway_ports, hosts)
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    process = await asyncio.create_subprocess_exec(
        *(nginx, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = b""
    while b'using the "' not in said:  # the event method: by then it listens
        line = await process.stderr.readline()
        said += line
        assert line, said.decode()
    try:
        yield Front(port, trust)
    finally:
        process.terminate()
        await process.wait()


def _write(
    folder: Path, port: int, app_port: int, gateway_ports: tuple[int, int], hosts: tuple[str, ...]
) -> ssl.SSLContext:
    """Write nginx's files; give what trusts its certificate."""
    authority = Authority(folder, "authority")
    authority.server("front")
    certificate = next(folder.glob("front-*.pem"))
    text = SHIPPED.read_text()
    for old, new in {
        "crm.example.com  crm;": "".join(f"{host} crm;" for host in (HOST, *hosts)),
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/nginx/tls/crm.example.com.pem": str(certificate),
        "/etc/nginx/tls/crm.example.com.key": str(certificate),
        "10.0.1.20:8000": f"127.0.0.1:{app_port}",
        "10.0.2.11:8080": f"127.0.0.1:{gateway_ports[0]}",
        "10.0.2.12:8080": f"127.0.0.1:{gateway_ports[1]}",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "split.conf").write_text(text)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    return ssl.create_default_context(cafile=str(authority.file))
