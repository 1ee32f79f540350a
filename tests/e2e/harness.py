"""A real gateway on real sockets, in the test's own loop, with a token for its JSON API."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import yaml
from aiohttp import ClientResponse, ClientSession, DummyCookieJar, TCPConnector
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from gateway.app.gateway import Gateway
from gateway.app.serve import serve_on
from gateway.app.sockets import listening
from gateway.config import load
from gateway.policy.rights.ready import DEFAULT
from gateway.store.client import Store, connect

CONSOLE = "acting.localhost"
HOST = "crm.localhost"

PEOPLE = """
accounts:
  - {id: nordlicht, name: Nordlicht GmbH}
users:
  - {id: jonas, name: Jonas Weber, email: jonas@nordlicht.example, account: nordlicht,
     groups: [sales, emea]}
  - {id: priya, name: Priya Nair, email: priya@nordlicht.example, account: nordlicht}
  - {id: root, name: Root Admin, email: root@nordlicht.example, account: nordlicht, protected: true}
  - {id: sam, name: Sam As User, email: sam@gateway.example, account: nordlicht}
  - {id: ada.user, name: Ada As User, email: ADA@gateway.example, account: nordlicht}
"""
OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Developer}
"""


@dataclass
class Entered:
    """A session that was entered: its id, its host and its cookie."""

    id: str
    host: str
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Host": self.host, "Cookie": self.cookie}


@dataclass
class Visitor:
    """Ways to talk to a gateway that runs here or elsewhere."""

    port: int
    client: ClientSession
    key: ec.EllipticCurvePrivateKey

    def token(self, operator: str = "ada") -> str:
        now = int(time.time())
        claims = {"iss": "test", "aud": "gateway", "sub": operator, "iat": now, "exp": now + 300}
        return jwt.encode(claims, self.key, "ES256", headers={"kid": "k"})

    async def api(
        self, method: str, path: str, *, operator: str = "ada", **json_body: Any
    ) -> ClientResponse:
        headers = {"Host": CONSOLE, "Authorization": f"Bearer {self.token(operator)}"}
        body = json_body or None
        answer = await self.client.request(
            method, f"http://127.0.0.1:{self.port}/_gateway/api/{path}", headers=headers, json=body
        )
        await _read(answer)
        return answer

    async def start(self, operator: str = "ada", **order: Any) -> ClientResponse:
        said = {"site": "crm", "subject": "jonas", "mode": "read_only", "reason": "Looks into it"}
        return await self.api("POST", "sessions", operator=operator, **(said | order))

    async def enter(self, operator: str = "ada", **order: Any) -> Entered:
        started = await self.start(operator, **order)
        answer = await started.json()
        assert started.status == 201, answer
        host = answer["enter_url"].split("/")[2].partition(":")[0]
        code = answer["enter_url"].partition("code=")[2]
        entered = await self.request("POST", "/_gateway/enter", {"Host": host}, data={"code": code})
        assert entered.status == 303, await entered.text()
        cookie = entered.headers["Set-Cookie"].partition(";")[0]
        return Entered(answer["id"], host, cookie)

    async def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        data: Any = None,
        stream: bool = False,
    ) -> ClientResponse:
        """Send a request; the body is read, unless `stream` leaves it to the caller to."""
        url = URL(f"http://127.0.0.1:{self.port}{target}", encoded=True)
        answer = await self.client.request(
            method, url, headers=dict(headers), data=data, allow_redirects=False
        )
        if not stream:
            await _read(answer)
        return answer

    async def get(
        self, target: str, headers: Mapping[str, str], *, stream: bool = False
    ) -> ClientResponse:
        return await self.request("GET", target, headers, stream=stream)

    async def raw(self, data: bytes) -> bytes:
        """Send bytes as they are; give everything that comes until the gateway closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            return await reader.read()
        finally:
            writer.close()


@dataclass
class Running(Visitor):
    """A gateway that runs in this process."""

    gateway: Gateway
    ops_port: int
    store: Store

    async def records(self) -> list[dict[str, Any]]:
        """Every record, once all that was taken has been written."""
        async with asyncio.timeout(10):
            while await self.gateway.emitter.drain(5):  # more came meanwhile
                pass
        return [json.loads(line) for line in await self.stream()]

    async def stored(self) -> bytes:
        """Every key of the store and all that it holds, as it stands there."""
        redis: Any = self.store.redis
        read = {
            b"string": redis.get,
            b"hash": redis.hgetall,
            b"stream": redis.xrange,
            b"zset": lambda key: redis.zrange(key, 0, -1),
            b"list": lambda key: redis.lrange(key, 0, -1),
        }
        found = [(key, await read[await redis.type(key)](key)) async for key in redis.scan_iter()]
        return repr(found).encode()

    async def stream(self) -> list[bytes]:
        """The lines that the audit stream holds right now."""
        rows: Any = await self.store.redis.xrange("gateway:audit:0")
        return [fields[b"record"] for _, fields in rows]


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Ask again and again until something holds."""
    async with asyncio.timeout(seconds):
        while not await holds():
            pass


async def _read(answer: ClientResponse) -> None:
    """Read a body to its end; an answer that is cut lets its connection go."""
    try:
        await answer.read()
    except BaseException:
        answer.close()
        raise


def site(app_port: int, **more: Any) -> dict[str, Any]:
    """A site as the config says it; `more` goes over the defaults."""
    return {
        "name": "crm",
        "label": "CRM",
        "hosts": [HOST],
        "upstream": {"url": f"http://127.0.0.1:{app_port}"},
        "directory": "people.yaml",
        "identity": {
            "headers": {
                "X-Remote-User": "{subject.id}",
                "X-Remote-Email": "{subject.email}",
                "X-Remote-Actor": "{actor.id}",
                "X-Remote-Groups": {"value": "{subject.groups}", "join": ","},
            }
        },
    } | more


@asynccontextmanager
async def running(
    folder: Path, store_url: str, *sites: dict[str, Any], people: str = OPERATORS, **more: Any
) -> AsyncIterator[Running]:
    """Run a gateway for these sites and operators; `more` goes over the config's defaults."""
    public_socket = listening("127.0.0.1", 0)
    ops_socket = listening("127.0.0.1", 0)
    port = public_socket.getsockname()[1]
    path, key = await asyncio.to_thread(
        written, folder, store_url, port, *sites, people=people, **more
    )
    config = load(path, {})
    watch = await connect(store_url, timeout=5)
    try:
        async with (
            visiting() as client,
            serve_on(config, public_socket, ops_socket) as gateway,
        ):
            yield Running(port, client, key, gateway, _port(ops_socket), watch)
    finally:
        await watch.aclose()
        public_socket.close()
        ops_socket.close()


def written(
    folder: Path,
    store_url: str,
    port: int,
    *sites: dict[str, Any],
    people: str = OPERATORS,
    **more: Any,
) -> tuple[Path, ec.EllipticCurvePrivateKey]:
    """Write a config and its files; give its path, and the key that signs operators' tokens."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    _write(folder, public, people)
    said = {
        "public_scheme": "http",
        "public_port": port,
        "console": {"host": CONSOLE},
        "data_dir": str(folder / "data"),
        "store": {"url": store_url},
        "operators": "operators.yaml",
        "sign_in": {
            "local": {},
            "jwt": {
                "issuer": "test",
                "audience": "gateway",
                "algorithm": "ES256",
                "jwks_file": "jwks.json",
            },
        },
        "policies": {"ready": [*DEFAULT, "side_by_side"]},
        "sites": list(sites),
    } | more
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(said))
    return path, key


@asynccontextmanager
async def visiting() -> AsyncIterator[ClientSession]:
    """Open a client that keeps no connection and no cookie, and repeats nothing."""
    async with ClientSession(
        connector=TCPConnector(force_close=True),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    ) as client:
        client._retry_connection = False  # one request of a test is one request
        yield client


def _port(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port


def _write(folder: Path, public: dict[str, Any], operators: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jwks.json").write_text(json.dumps({"keys": [{**public, "kid": "k"}]}))
    (folder / "people.yaml").write_text(PEOPLE)
    (folder / "operators.yaml").write_text(operators)
