"""The short way of plain requests and the long way of all others say the same, byte for byte.

Each recorded request is sent twice to one running gateway, once with its short way closed. What the
app got, what the client got and what is on record must be the same, but for what is new each time.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.listener.connection import Connection
from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

RULES: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [
        {
            "id": "n",
            "category": "notes",
            "json": ["$..note"],
            "html": [".note"],
            "headers": ["X-Note"],
            "paths": ["/ruled/**"],
        }
    ],
    "rules": [{"id": "closed", "block": ["ANY"], "path": "/closed/**"}],
    "graphql": [{"path": "/graphql"}],
    "audit": [
        {"id": "shown", "paths": ["/shown/**"], "level": "request", "query_shown": ["page"]},
        {"id": "answers", "paths": ["/answers/**"], "level": "request_response"},
    ],
}
PAGE = b"<!doctype html><html><head><title>T</title></head><body><p class=note>x</p></body></html>"
NOTED = json.dumps({"note": "secret", "name": "Jonas", "all": [{"note": 1}]}).encode()
ANSWERS = {
    "text": http(b"plain words"),
    "empty": http(b""),
    "no_content": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "not_modified": b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
    "missing": http(b"gone", status="404 Not Found"),
    "failed": http(b"{}", status="500 Internal Server Error", type_="application/json"),
    "elsewhere": http(
        b"", status="302 Found", headers=(f"Location: http://{HOST}/there?x=1",), type_=None
    ),
    "cookie": http(b"ok", headers=("Set-Cookie: a=b; Path=/; HttpOnly",)),
    "json": http(NOTED, type_="application/json"),
    "json_gzip": http(
        gzip.compress(NOTED, mtime=0),
        type_="application/json",
        headers=("Content-Encoding: gzip",),
    ),
    "no_json": http(b'{"note":', type_="application/json"),
    "json_marked": http(b"\xef\xbb\xbf" + NOTED, type_="application/json"),
    "json_spaced": http(b" \n" + NOTED, type_="application/json; charset=utf-8"),
    "json_guarded": http(b")]}',\n" + NOTED, type_="application/json"),
    "json_wide": http(NOTED.decode().encode("utf-16-le"), type_="application/json"),
    "json_in_latin_1": http(
        '{"note":1,"name":"J\xe9r\xf4me"}'.encode("latin-1"),
        type_="application/json; charset=iso-8859-1",
    ),
    "json_of_two_charsets": http(
        NOTED, type_="application/json; charset=utf-8; charset=iso-8859-1"
    ),
    "page": http(
        PAGE,
        type_="text/html; charset=utf-8",
        headers=("Content-Security-Policy: script-src 'nonce-a' 'strict-dynamic'",),
    ),
    "page_gzip": http(
        gzip.compress(PAGE, mtime=0), type_="text/html", headers=("Content-Encoding: gzip",)
    ),
    "image": http(b"\x89PNG\r\n\x1a\n\0", type_="image/png"),
    "unknown": http(b"\0\1\2", type_="application/x-what"),
    "two_types": http(b"x", headers=("Content-Type: text/html",)),
    "note_in_field": http(b"x", headers=("X-Note: secret", "X-Other: open")),
    "of_the_connection": http(
        b"x", headers=("Connection: X-Hop, keep-alive", "X-Hop: 1", "Keep-Alive: timeout=5")
    ),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: dropped\r\n\r\n"
    ),
    "chunked_json": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(NOTED), NOTED)
    ),
    "chunked_empty": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n"
    ),
    "early": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(b"then"),
    "surplus": http(b"ok") + b"HTTP/1.1 200 OK\r\n",
    "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "bare_lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "folded": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok",
    "closing": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "large": http(b"x" * 100_000),
}


ALL = ("plain", "plain_page", "plain_ruled", "plain_ruled_page")
"""Requests that get every answer; the others get few."""
FEW = ("text", "json", "page")


@dataclass
class Ways:
    """A gateway whose short way can be closed; `taken` counts what went it."""

    gw: Running
    app: RecorderApp
    session: Entered
    host: str = HOST
    """Of the session's site, as ordinary users know it."""
    taken: int = 0
    closed: bool = False
    last: str = "0-0"

    def __post_init__(self) -> None:
        listener = self.gw.gateway.listener
        shortcut = listener.shortcut

        def counted(connection: Connection, data: bytes) -> bool:
            taken = not self.closed and shortcut(connection, data)
            self.taken += taken
            return taken

        listener.shortcut = counted

    async def tell(self, head: bytes, answer: bytes) -> tuple[list[Seen], bytes, list[Any]]:
        """Send a request; give what the app saw, what the client got, and what is on record."""
        self.app.reply = http(b"warm")
        await self._send(b"GET /warm HTTP/1.1\r\nHost: %b\r\n\r\n" % self.host.encode())
        self.app.seen.clear()
        self.taken = 0
        self.app.reply = answer
        await self._news()
        got = await self._send(head)
        packed = b"Content-Encoding: gzip" in answer
        records = [_same(each, packed=packed) for each in await self._news()]
        return list(self.app.seen), _masked(got), records

    async def both(self, head: bytes, answer: bytes) -> tuple[Any, Any, int]:
        """Send it both ways; say how many went the short one."""
        self.closed = True
        long = await self.tell(head, answer)
        self.closed = False
        short = await self.tell(head, answer)
        return long, short, self.taken

    async def _news(self) -> list[dict[str, Any]]:
        """Read what was put on record since the last time."""
        assert await self.gw.gateway.emitter.drain(5) == 0
        redis: Any = self.gw.store.redis
        rows = await redis.xrange("gateway:audit:0", min=f"({self.last}")
        self.last = rows[-1][0].decode() if rows else self.last
        return [json.loads(fields[b"record"]) for _, fields in rows]

    async def _send(self, head: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gw.port)
        try:
            writer.write(head)
            async with asyncio.timeout(10):
                return await _answer_from(reader)
        except ConnectionError:
            return b"cut"
        finally:
            writer.close()


async def _answer_from(reader: asyncio.StreamReader) -> bytes:
    """Read one answer, and all that there is where its end is not told."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if lower.split(b" ", 2)[1] in (b"204", b"304"):
        return head
    if length := re.search(rb"\r\ncontent-length: (\d+)\r\n", lower):
        return head + await reader.readexactly(int(length[1]))
    body = b""
    while b"0\r\n\r\n" not in body[-5:]:
        body += await reader.readexactly(1)
    return head + body


def _masked(got: bytes) -> bytes:
    """What the client got, without what is new in each answer."""
    head, _, body = got.partition(b"\r\n\r\n")
    body = _joined(body)
    if b"\r\nContent-Encoding: gzip" in head:
        body = gzip.decompress(body)
    got = re.sub(rb"nonce(-|=')[A-Za-z0-9_-]{20,24}'", b"nonce", head + b"\r\n\r\n" + body)
    got = re.sub(rb"__Host-gateway_jar=\d+", b"jar", got)
    got = re.sub(rb'"left":\d+', b"left", got)
    got = re.sub(rb"Content-Length: \d+|Transfer-Encoding: chunked", b"length", got)
    got = re.sub(rb"Date: [^\r]*", b"date", got)
    return re.sub(rb"[0-9a-zA-Z]{20,40}", b"id", got)


def _joined(body: bytes) -> bytes:
    """A body without chunks: how it is cut is nobody's business."""
    if re.fullmatch(rb"(?s)(?:[0-9a-f]+\r\n.*\r\n)?0\r\n\r\n", body) is None:
        return body
    joined = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        joined += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return joined


def _same(record: dict[str, Any], *, packed: bool) -> dict[str, Any]:
    """A record, without what is new in each; a page in gzip is longer or shorter by its nonce."""
    new = ("id", "at", "seq", "prev", "ms", "app_ms", "request", "bytes_out" if packed else "")
    return {key: value for key, value in record.items() if key not in new}


@asynccontextmanager
async def ways(folder: Path, store: str) -> AsyncIterator[Ways]:
    async with recorder_app() as app, running(folder, store, site(app.port, **RULES)) as gw:
        yield Ways(gw, app, await gw.enter(mode="read_write"))


def heads(session: Entered) -> dict[str, bytes]:
    """Plain and odd requests by name; those called plain go the short way."""
    mine = f"Host: {session.host}\r\nCookie: a=b; {session.cookie}\r\n"
    browser = "User-Agent: A/1 (x; y)\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n"
    page = "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n"
    script = "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n"
    said = {
        "plain": f"GET /a HTTP/1.1\r\nHost: {HOST}\r\n",
        "plain_in_a_browser": f"GET /a?b=c&d HTTP/1.1\r\nHost: {HOST}\r\nCookie: a=b\r\n{browser}",
        "plain_in_a_session": f"GET /a HTTP/1.1\r\n{mine}",
        "plain_page": f"GET /a/b?c=d HTTP/1.1\r\n{mine}{browser}{page}",
        "plain_ruled": f"GET /ruled/a HTTP/1.1\r\n{mine}{browser}{script}",
        "plain_ruled_page": f"GET /ruled/a HTTP/1.1\r\n{mine}{browser}{page}",
        "plain_shown": f"GET /shown/a?page=2&token=x HTTP/1.1\r\n{mine}{browser}",
        "answers": f"GET /answers/a?page=2 HTTP/1.1\r\n{mine}{browser}{page}",
        "plain_from_a_page": f"GET /a HTTP/1.1\r\n{mine}Origin: http://{session.host}\r\n"
        f'Referer: http://{session.host}/x\r\nIf-None-Match: "a"\r\nRange: bytes=0-1\r\n',
        "plain_forged": f"GET /a HTTP/1.1\r\n{mine}X-Remote-User: root\r\nX_Odd: 1\r\n"
        "X-Forwarded-For: 1.2.3.4\r\nConnection: X-Mine, keep-alive\r\nX-Mine: 1\r\n",
        "closed": f"GET /closed/a HTTP/1.1\r\n{mine}",
        "graphql": f"GET /graphql?query={{me}} HTTP/1.1\r\n{mine}",
        "in_band": f"GET /_gateway/bar.js HTTP/1.1\r\n{mine}",
        "alias": f"GET /a HTTP/1.1\r\n{mine}x-remote_user: root\r\n",
        "dots": f"GET /a/../b HTTP/1.1\r\n{mine}",
        "override": f"GET /a?_method=DELETE HTTP/1.1\r\n{mine}",
        "upgrade": f"GET /a HTTP/1.1\r\n{mine}Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "closing": f"GET /a HTTP/1.1\r\n{mine}Connection: close\r\n",
        "old": f"GET /a HTTP/1.0\r\n{mine}Connection: keep-alive\r\n",
        "worker": f"GET /a HTTP/1.1\r\n{mine}Service-Worker: script\r\n",
        "stranger": f"GET /a HTTP/1.1\r\nHost: {session.host}\r\n",
        "nowhere": "GET /a HTTP/1.1\r\nHost: example.org\r\n",
        "twice": f"GET /a HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n",
    }
    return {name: (head + "\r\n").encode() for name, head in said.items()}


async def test_what_goes_the_short_way_is_the_same_on_the_long_one(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every few seconds one goes the long way, to tell the store that the session is used.
    monkeypatch.setattr("gateway.sessions.live._TOUCH_EVERY_MS", 1 << 40)
    async with ways(tmp_path, store_url) as two:
        requests = heads(two.session)
        await two.tell(requests["plain_in_a_session"], ANSWERS["cookie"])  # the jar has it
        different = []
        for name, head in requests.items():
            for kind in ANSWERS if name in ALL else FEW:
                answer = ANSWERS[kind]
                long, short, taken = await two.both(head, answer)
                if long != short:
                    different.append((name, kind, long, short))
                assert taken == name.startswith("plain"), (name, kind)
        assert [each[:2] for each in different] == [], different[0]


PORTAL = "portal.localhost"
LINKED = b"<!doctype html><a href='http://crm.localhost/a'>a</a><img src=//stats.localhost/b>"
IN_BROWSER = re.compile(rb"(?i)set-cookie: ([^;]+);")


def of_other_kinds(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A site whose rules only report, and one that holds its sessions beside its users' own."""
    reporting = site(
        port,
        report_only=["rules", "redaction"],
        beacons=[{"path": "/beacon"}],
        map_links=True,
        **RULES,
    )
    beside = site(
        port,
        name="portal",
        label="Portal",
        hosts=[PORTAL],
        isolation="cookie",
        max_readable="1KiB",
        beacons=[{"host": "stats.localhost"}],
        **RULES,
    )
    return reporting, beside


async def compare(two: Ways, target: str, fields: str, kinds: tuple[str, ...], short: bool) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: {two.session.host}\r\n{fields}\r\n".encode()
    for kind in kinds:
        long, other, taken = await two.both(head, ANSWERS[kind])
        assert long == other, (target, kind)
        assert taken == short, (target, kind)


async def test_sites_that_report_or_share_a_host_are_the_same_both_ways(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.live._TOUCH_EVERY_MS", 1 << 40)
    monkeypatch.setitem(ANSWERS, "linked", http(LINKED, type_="text/html"))
    monkeypatch.setitem(ANSWERS, "long_json", http(b"[%b1]" % (b"1," * 999), type_="text/json"))
    browser = "Sec-Fetch-Dest: document\r\nAccept-Encoding: gzip\r\n"
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, *of_other_kinds(app.port)) as gw,
    ):
        two = Ways(gw, app, await gw.enter())
        mine = f"Cookie: {two.session.cookie}\r\n"
        for target in "/a", "/ruled/a", "/closed/a", "/closed/a?_method=PUT":
            await compare(two, target, mine + browser, (*FEW, "linked", "unknown"), short=True)
        await compare(two, "/beacon", mine, ("text",), short=False)

        two = Ways(gw, app, await gw.enter(site="portal"), PORTAL)
        mine = f"Cookie: sid=own; {two.session.cookie}\r\n"
        asked = f"GET / HTTP/1.1\r\nHost: {PORTAL}\r\n{mine}\r\n".encode()
        await two.tell(asked, ANSWERS["cookie"])  # the jar has it
        kinds = (*FEW, "linked", "long_json", "elsewhere", "cookie", "note_in_field")
        for target in "/a", "/ruled/a":
            await compare(two, target, mine + browser, kinds, short=True)
        await compare(two, "/a", "Cookie: sid=own\r\n", (*FEW, "linked"), short=True)
        app.reply = http(
            headers=(
                "Set-Cookie: deep=1; Path=/ruled; HttpOnly",
                "Set-Cookie: other=1; Path=/other; HttpOnly",
                "Set-Cookie: soon=1; Max-Age=900; HttpOnly",
                "Set-Cookie: seen=1; Path=/",
            )
        )
        got = IN_BROWSER.findall(await two._send(asked))
        assert len(got) == 2  # what scripts can read, and the jar's version
        told = f"Cookie: {b'; '.join(got).decode()}; {two.session.cookie}\r\n"
        stranger = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n"
        for fields in told, told.replace("seen=1", "seen=2"), told + stranger, mine:
            await compare(two, "/ruled/x", fields, FEW, short=True)
        assert app.seen[-1].all("Cookie") == [b"deep=1; a=b; soon=1; seen=1"]


NAMES = st.sampled_from(
    ["Host", "host", "Cookie", "X-Remote-User", "x_remote_user", "Accept", "Connection", "X-A",
     "Content-Length", "Transfer-Encoding", "Upgrade", "Expect", "Origin", "X-Forwarded-For", "TE"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([HOST, "close", "keep-alive, X-A", "0", "chunked", "100-continue", "a=b; c"]),
    st.text(st.sampled_from('ab ,;="\t\x7f\xe9'), max_size=6),
)
TARGETS = st.text(st.sampled_from("/ab.%25fF;?&=#\\ "), min_size=1, max_size=10)


@pytest.mark.threat(1, 4, 16)
async def test_row_16_heads_that_nobody_thought_of_are_read_the_same_on_both_ways(
    tmp_path: Path, store_url: str
) -> None:
    async with ways(tmp_path, store_url) as two:
        loop = asyncio.get_running_loop()

        @settings(
            max_examples=80,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(TARGETS, st.lists(st.tuples(NAMES, VALUES), max_size=4), st.booleans())
        def same(target: str, fields: list[tuple[str, str]], governed: bool) -> None:
            who = {"Host": HOST} if not governed else two.session.headers
            lines = [*who.items(), *fields]
            head = f"GET /{target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines)
            body = "0\r\n\r\n" if ("Transfer-Encoding", "chunked") in fields else ""
            sending = two.both(f"{head}\r\n{body}".encode("latin-1"), ANSWERS["text"])
            long, short, _ = asyncio.run_coroutine_threadsafe(sending, loop).result(60)
            assert long == short

        await asyncio.to_thread(same)
