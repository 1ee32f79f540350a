"""Threat rows 47 to 53: the record, the store, the keys and the process under the gateway."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import jwt
import pytest
import redis
import redis.asyncio
import structlog
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.app.clock import wall_clock
from gateway.app.log import log_as_json
from gateway.cli import main
from gateway.errors import GatewayError
from tests.e2e.harness import CONSOLE, HOST, Entered, Running, running, site, until
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app
from tests.servers import StoreServer, unused_port

FORGED = 'x"}\n{"v":1,"kind":"session.ended"}\u2028\u0085\r\x1b[2J'


@pytest.mark.threat(47)
async def test_row_47_what_is_sent_forges_no_line_and_no_secret_is_written(
    gw: Running, app: RecorderApp
) -> None:
    app.reply = http(headers=("Set-Cookie: app=s3cret-of-the-app",))
    session = await gw.enter(mode="read_write", reason=FORGED, ticket=FORGED[:50])
    own = session.headers | {
        "User-Agent": '"}\u2028{"v":1}\u0085',
        "Authorization": "Bearer s3cret-of-the-page",
        "Referer": "http://x/?s3cret-in-referer",
    }
    await gw.get("/a\u0022%22?token=s3cret-in-query&s3cret-alone&a=%22%0A", own)
    await gw.request("POST", "/b?code=s3cret-in-query", own, data="password=s3cret-in-body")
    await gw.get("/c?token=s3cret-in-query", own | {"Cookie": "a=s3cret-in-cookie"})
    await gw.records()
    lines = await gw.stream()
    assert len(lines) > 6
    for line in lines:
        assert line.isascii()
        assert not set(line) & set(b"\r\n\x1b\x7f")
        assert set(json.loads(line)) > {"v", "kind", "at", "writer", "seq"}
        assert b"s3cret" not in line
        assert session.cookie.partition("=")[2].encode() not in line
    agents = {json.loads(line).get("client", {}).get("agent") for line in lines}
    assert own["User-Agent"] in agents


@pytest.mark.threat(47)
def test_row_47_a_log_line_is_one_line_of_ascii_json(capsys: pytest.CaptureFixture[str]) -> None:
    log_as_json()
    try:
        try:
            raise ValueError(FORGED)
        except ValueError as error:
            structlog.get_logger("gateway").error(FORGED, detail=FORGED, exc_info=error)
    finally:
        structlog.reset_defaults()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isascii()
    assert json.loads(line)["event"] == json.loads(line)["detail"] == FORGED


def gaps(lines: list[bytes]) -> dict[str, list[int]]:
    """By writer, what is missing between 1 and the last of its records."""
    written = defaultdict(set)
    for record in map(json.loads, lines):
        written[record["writer"]].add(record["seq"])
    return {
        writer: sorted(set(range(1, max(numbers))) - numbers)
        for writer, numbers in written.items()
        if len(numbers) != max(numbers)
    }


@pytest.mark.threat(48)
async def test_row_48_nothing_is_trimmed_and_what_is_deleted_leaves_a_gap(gw: Running) -> None:
    session = await gw.enter()
    for number in range(40):
        await gw.get(f"/{number}", session.headers)
    await gw.records()
    lines = await gw.stream()
    assert gaps(lines) == {}
    stream = "gateway:audit:0"
    assert (await gw.store.redis.xinfo_stream(stream))["entries-added"] == len(lines)
    rows: Any = await gw.store.redis.xrange(stream)
    position, fields = rows[20]
    victim = json.loads(fields[b"record"])
    await gw.store.redis.xdel(stream, position)
    assert gaps(await gw.stream()) == {victim["writer"]: [victim["seq"]]}


Rows = list[tuple[bytes, dict[bytes, bytes]]]


def written_anew(store: Any, lines: Sequence[bytes]) -> None:
    store.delete("gateway:audit:0")
    for line in lines:
        store.xadd("gateway:audit:0", {"record": line})


def in_other_order(store: Any, rows: Rows) -> None:
    lines = [fields[b"record"] for _, fields in rows]
    lines[4], lines[5] = lines[5], lines[4]
    written_anew(store, lines)


def with_another_subject(store: Any, rows: Rows) -> None:
    written_anew(store, [f[b"record"].replace(b'"jonas"', b'"priya"') for _, f in rows])


TAMPERINGS: dict[str, Callable[[Any, Rows], object]] = {
    "removed": lambda store, rows: store.xdel("gateway:audit:0", rows[5][0]),
    "trimmed": lambda store, rows: store.xtrim("gateway:audit:0", maxlen=3, approximate=False),
    "cut off": lambda store, rows: store.xdel("gateway:audit:0", *(row[0] for row in rows[-4:])),
    "evicted": lambda store, rows: store.delete("gateway:audit:0"),
    "added": lambda store, rows: store.xadd("gateway:audit:0", {"record": b"{}"}),
    "twice": lambda store, rows: store.xadd("gateway:audit:0", rows[5][1]),
    "reordered": in_other_order,
    "changed": with_another_subject,
}


@pytest.mark.threat(48)
async def test_row_48_whatever_is_done_to_the_stream_is_found_by_the_command(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        for number in range(3):
            await gw.get(f"/{number}", session.headers)
        await gw.gateway.evidence.checkpoint()
        assert json.loads((await gw.stream())[-1])["kind"] == "audit.checkpoint"
    await asyncio.to_thread(every_tampering, tmp_path, store_url)


def every_tampering(folder: Path, store_url: str) -> None:
    config = folder / "gateway.yaml"

    def audit(*words: str | Path) -> Result:
        return CliRunner().invoke(main, ["audit", *map(str, words), "--config", str(config)])

    store: Any = redis.Redis.from_url(store_url)
    with store:
        whole = audit("verify")
        assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "Nothing was found.")
        assert f"Checked {store.xlen('gateway:audit:0')} records of 1 writers" in whole.output
        copy = store.dump("gateway:audit:0")
        for name, tamper in TAMPERINGS.items():
            tamper(store, store.xrange("gateway:audit:0"))
            assert audit("verify").exit_code == 1, name
            store.restore("gateway:audit:0", 0, copy, replace=True)
        assert audit("verify").exit_code == 0
        lines = [fields[b"record"] for _, fields in store.xrange("gateway:audit:0")]
    export, key, kept = folder / "export.jsonl", folder / "key.pem", folder / "data/checkpoints"
    key.write_text(audit("key").output)
    config.unlink()
    for part, status in ((lines, 0), (lines[:-1], 1), (lines[:4] + lines[5:], 1)):
        export.write_bytes(b"".join(line + b"\n" for line in part))
        found = audit("verify", "--export", export, "--public-key", key, "--checkpoints", kept)
        assert found.exit_code == status, found.output


@pytest.mark.threat(48)
async def test_row_48_what_is_left_after_trimming_is_verified_and_no_more_can_go(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port), audit={"keep": "1ms"}) as gw:
        session = await gw.enter()
        await gw.get("/a", session.headers)

        async def has_its_outcome() -> bool:
            kinds = [each["kind"] for each in await gw.records()]
            return kinds.count("request.intent") == kinds.count("request.outcome")

        await until(has_its_outcome)
        evidence: Any = gw.gateway.evidence
        await evidence.checkpoint()
        for _ in range(2):
            await evidence._pulse.beat()
        whole = await gw.stream()
        await evidence.trim()
        left = await gw.stream()
        assert [json.loads(line)["kind"] for line in left] == ["audit.trimmed"]
        await gw.get("/b", session.headers)
    await asyncio.to_thread(still_verified, tmp_path, store_url, len(whole))


def still_verified(folder: Path, store_url: str, gone: int) -> None:
    words = ["audit", "verify", "--config", str(folder / "gateway.yaml")]
    assert CliRunner().invoke(main, words).exit_code == 0
    store: Any = redis.Redis.from_url(store_url)
    with store:
        (first, _), *_ = store.xrange("gateway:audit:0")
        store.xdel("gateway:audit:0", first)
    found = CliRunner().invoke(main, words)
    assert f"Records {gone + 1} to {gone + 1} are gone" in found.output


@pytest.mark.threat(48)
async def test_row_48_it_does_not_start_on_a_store_that_evicts(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    async with redis.asyncio.Redis.from_url(store_server.url) as store:
        await store.config_set("maxmemory-policy", "allkeys-lru")
        await store.config_set("maxmemory", "100mb")
    with pytest.raises(GatewayError) as refused:
        async with running(tmp_path, store_server.url, site(app.port)):
            pass
    assert refused.value.code == "store_evicts"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: dict[str, Any]) -> str:
    return encoded(json.dumps(value).encode())


def with_hmac(claims: dict[str, Any], secret: bytes) -> str:
    """A token signed by HMAC; no library would take these secrets."""
    text = f"{part({'alg': 'HS256', 'kid': 'k'})}.{part(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


@pytest.mark.threat(49)
async def test_row_49_a_forged_token_starts_nothing_and_is_on_record(
    gw: Running, app: RecorderApp
) -> None:
    now = int(time.time())
    claims = {"iss": "test", "aud": "gateway", "sub": "ada", "iat": now, "exp": now + 300}
    public = gw.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    other = ec.generate_private_key(ec.SECP256R1())
    own = jwt.algorithms.ECAlgorithm.to_jwk(other.public_key(), as_dict=True)
    good = gw.token()
    head, body, signature = good.split(".")

    def signed(headers: dict[str, Any], **changes: Any) -> str:
        return jwt.encode(claims | changes, gw.key, "ES256", headers={"kid": "k"} | headers)

    forged = {
        "none": f"{part({'alg': 'none', 'kid': 'k'})}.{body}.",
        "None": f"{part({'alg': 'nOnE', 'kid': 'k'})}.{body}.{signature}",
        "unsigned": f"{head}.{body}.",
        "public key as secret": with_hmac(claims, public),
        "empty secret": with_hmac(claims, b""),
        "own key": jwt.encode(claims, other, "ES256", headers={"kid": "k", "jwk": own}),
        "key from an address": jwt.encode(
            claims, other, "ES256", headers={"kid": "k", "jku": "http://evil.example/jwks"}
        ),
        "critical": signed({"crit": ["exp"], "exp": 1}),
        "over": signed({}, exp=now - 3600),
        "not yet": signed({}, nbf=now + 3600),
        "of another issuer": signed({}, iss="evil"),
        "for somebody else": signed({}, aud="crm"),
        "another body": f"{head}.{part(claims | {'sub': 'sam'})}.{signature}",
        "another algorithm": f"{part({'alg': 'ES384', 'kid': 'k'})}.{body}.{signature}",
    }
    order = {"site": "crm", "subject": "jonas", "mode": "read_only", "reason": "Looks into it"}
    for name, token in forged.items():
        answer = await gw.client.post(
            f"http://127.0.0.1:{gw.port}/_gateway/api/sessions",
            headers={"Host": CONSOLE, "Authorization": f"Bearer {token}"},
            json=order,
        )
        assert answer.status == 401, name
    assert (await gw.api("GET", "sessions")).status == 200, "the token that was forged is good"
    refused = [r["reason"] for r in await gw.records() if r["kind"] == "operator.refused"]
    assert refused == ["token_refused"] * len(forged)


@pytest.mark.threat(50)
async def test_row_50_no_redirect_proxy_or_host_leads_a_request_elsewhere(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with recorder_app() as elsewhere:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{elsewhere.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with running(tmp_path, store_url, site(app.port)) as gw:
            session = await gw.enter()
            away = f"http://127.0.0.1:{elsewhere.port}/stolen"
            for status in ("301 Gone", "302 Found", "303 Look", "307 There", "308 Moved"):
                app.reply = http(b"", status=status, headers=(f"Location: {away}",))
                for headers in (session.headers, {"Host": HOST}):
                    answer = await gw.get("/", headers)
                    assert (answer.status, answer.headers["Location"]) == (int(status[:3]), away)
            other = f"127.0.0.1:{elsewhere.port}"
            for line in (f"Host: {other}", f"Host: {HOST}\r\nX-Forwarded-Host: {other}"):
                await gw.raw(f"GET / HTTP/1.1\r\n{line}\r\nConnection: close\r\n\r\n".encode())
    assert len(app.seen) == 11
    assert elsewhere.seen == []


@pytest.mark.threat(52)
async def test_row_52_a_full_read_only_or_slow_store_stops_sessions_and_recovers_by_itself(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    async with (
        redis.asyncio.Redis.from_url(store_server.url) as store,
        running(tmp_path, store_server.url, site(app.port), audit={"timeout": "300ms"}) as gw,
    ):
        session = await gw.enter(mode="read_write")
        for fault, repair in (
            (partial(store.config_set, "maxmemory", 1), partial(store.config_set, "maxmemory", 0)),
            (partial(store.replicaof, "127.0.0.1", "1"), partial(store.replicaof, "no", "one")),
            (partial(store.client_pause, 60_000, all=False), store.client_unpause),
        ):
            app.seen.clear()
            await fault()
            began = asyncio.get_running_loop().time()
            for verb in ("GET", "POST"):
                answer = await gw.request(verb, "/governed", session.headers)
                assert answer.status == 503, fault
                assert (await answer.json())["title"] == "Acting on behalf is paused"
            assert asyncio.get_running_loop().time() - began < 10, "the pause is a minute"
            assert (await gw.get("/ordinary", {"Host": HOST})).status == 200
            assert [seen.target for seen in app.seen] == ["/ordinary"]
            await repair()
            async with asyncio.timeout(20):
                while (await gw.get("/again", session.headers)).status != 200:
                    pass
        assert gaps([json.dumps(record).encode() for record in await gw.records()]) == {}


@pytest.mark.threat(52)
async def test_row_52_a_clock_that_jumps_ends_sessions_and_revives_none(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump_ms = 0
    module = import_module("gateway.app.serve")
    monkeypatch.setattr(module, "wall_clock", lambda: wall_clock() + jump_ms)
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        assert (await gw.get("/now", session.headers)).status == 200
        jump_ms = -3_600_000
        assert (await gw.get("/an-hour-ago", session.headers)).status == 200
        jump_ms = 86_400_000
        assert (await gw.get("/tomorrow", session.headers)).status == 403
        assert (await gw.api("DELETE", f"sessions/{session.id}")).status in (204, 404)
        jump_ms = 0
        assert (await gw.get("/now-again", session.headers)).status == 403
        records = await gw.records()
    assert [seen.target for seen in app.seen] == ["/now", "/an-hour-ago"]
    ids = [record["id"] for record in records]
    assert len(ids) == len(set(ids))
    assert gaps([json.dumps(record).encode() for record in records]) == {}


@pytest.mark.threat(53)
async def test_row_53_a_stop_lets_what_is_under_way_finish_and_takes_nothing_new(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await go.wait()
        writer.write(http(b"done", type_="text/css"))

    async with AsyncExitStack() as stack:
        gw = await stack.enter_async_context(running(tmp_path, store_url, site(app.port)))
        session = await gw.enter()
        app.answer = slowly
        head = f"GET /slow HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n\r\n"
        under_way = asyncio.create_task(gw.raw(head.encode()))
        await arrived.wait()
        stopping = asyncio.create_task(stack.pop_all().aclose())
        with suppress(ConnectionRefusedError):
            while True:
                (await asyncio.open_connection("127.0.0.1", gw.port))[1].close()
        go.set()
        assert (await under_way).endswith(b"done")
        await stopping
    async with redis.asyncio.Redis.from_url(store_url) as store:
        rows: Any = await store.xrange("gateway:audit:0")
    records = [json.loads(fields[b"record"]) for _, fields in rows]
    assert [r["kind"] for r in records[-4:]] == [
        *("request.intent", "request.outcome", "gateway.stopped", "audit.checkpoint"),
    ]
    assert records[-3]["complete"] is True


@asynccontextmanager
async def another_worker(config: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A gateway in a process of its own, ready; killed at the end."""
    said = {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "GATEWAY_OPS_LISTEN": "127.0.0.1:0"}
    worker = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).parent / "impersonation-gateway", "serve", "--config", config),
        env=os.environ | said,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert worker.stderr is not None
        async for line in worker.stderr:
            if b"gateway.ready" in line:
                break
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()


@asynccontextmanager
async def begun(port: int, session: Entered, target: str) -> AsyncIterator[asyncio.StreamReader]:
    """A request that was sent; its connection closes at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {target} HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
    writer.write(f"{head}Content-Length: 0\r\n\r\n".encode())
    try:
        yield reader
    finally:
        writer.close()


async def outcomes(gw: Running, count: int) -> dict[str, list[dict[str, Any]]]:
    """The outcomes on record by target, as soon as there are as many."""
    after = "0-0"
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    while sum(len(each) for each in found.values()) < count:
        page: Any = await gw.store.redis.xread({"gateway:audit:0": after}, block=2000)
        for after, fields in page.get(b"gateway:audit:0", ()):  # noqa: B007 - it goes on there
            record = json.loads(fields[b"record"])
            if record["kind"] == "request.outcome":
                found[record["target"]].append(record)
    return found


@pytest.mark.threat(53)
async def test_row_53_the_next_start_closes_what_a_crash_left_open_and_a_slow_one_gives_way(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived: asyncio.Queue[str] = asyncio.Queue()

    async def never(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(seen.target)

    async with AsyncExitStack() as stack:
        async with running(tmp_path, store_url, site(app.port)) as gw:
            session = await gw.enter(mode="read_write")
            app.answer = never
            ports = [unused_port(), unused_port()]
            killed, slow = [
                await stack.enter_async_context(another_worker(tmp_path / "gateway.yaml", port))
                for port in ports
            ]
            gone = await stack.enter_async_context(begun(ports[0], session, "/killed"))
            await arrived.get()
            cut = await stack.enter_async_context(begun(ports[1], session, "/slow"))
            await arrived.get()
            killed.kill()
            slow.send_signal(signal.SIGSTOP)
            assert await gone.read() == b""
            app.answer = None
            assert (await gw.get("/after", session.headers)).status == 200
        monkeypatch.setattr("gateway.app.evidence.BEAT_EVERY", 0.1)
        async with running(tmp_path, store_url, site(app.port)) as gw:
            found = await outcomes(gw, 3)
            assert {target: [r.get("reason") for r in each] for target, each in found.items()} == {
                "/after": [None],
                "/killed": ["unknown"],
                "/slow": ["unknown"],
            }
            for (closed,) in (found["/killed"], found["/slow"]):
                assert (closed["actor"]["id"], closed["subject"]["id"]) == ("ada", "jonas")
                assert (closed.get("status"), closed["complete"]) == (None, False)
            slow.send_signal(signal.SIGCONT)
            assert slow.stderr is not None
            assert b"another closed what it had begun" in await slow.stderr.read()
            assert await slow.wait() == 1
            with pytest.raises(ConnectionResetError):
                await cut.read()
            records = await gw.records()
    assert [seen.target for seen in app.seen] == ["/killed", "/slow", "/after"]
    closed_once = Counter(r["request"] for r in records if r["kind"] == "request.outcome")
    assert closed_once == Counter(r["request"] for r in records if r["kind"] == "request.intent")
    words = ["audit", "verify", "--config", str(tmp_path / "gateway.yaml")]
    whole = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "Nothing was found.")
