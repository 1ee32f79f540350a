"""What is measured, row by row of the table: which proxy, with which answer of the app."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.bench.payloads import ADDRESS, NOTE, VARIED, Payload


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        name: what it is called there.
        proxy: which of the running proxies.
        has, lacks: what the body must hold, and must not: else its speed says nothing.
        audited: whether each answer must have left a record.
        varied: whether each request has a path, a cookie and an agent of its own.
    """

    name: str
    proxy: str
    payload: Payload
    has: tuple[bytes, ...]
    lacks: tuple[bytes, ...] = ()
    audited: bool = False
    varied: bool = False

    @property
    def label(self) -> str:
        """Its name and what the app answers."""
        return f"{self.name}, {self.payload.label}"

    @property
    def path(self) -> str:
        """A path that it asks for."""
        return f"{VARIED}1.json" if self.varied else self.payload.path

    def wrong(self, status: int, body: bytes) -> str:
        """What is wrong with an answer; empty where it is right."""
        if status != 200:
            return f"its status is {status}"
        missing = [f"it lacks {text!r}" for text in self.has if text not in body]
        left = [f"it holds {text!r}" for text in self.lacks if text in body]
        return ", ".join(missing + left)


_SMALL = (b"ok",)
_LAST = b'"Contact 16"'
_HIDDEN = (NOTE, ADDRESS)
_JSON = (_LAST, *_HIDDEN)
_END = b"</body></html>"
_BAR = (b"<script src=/_gateway/bar.js ", _END)
_OTHER_BAR = (b'<script src="/bar.js"', _END)

NGINX_SMALL = Row("nginx proxy_pass", "nginx", Payload.SMALL, _SMALL)
PASSING_SMALL = Row("gateway pass-through", "pass-through", Payload.SMALL, _SMALL)
NGINX = Row("nginx proxy_pass", "nginx", Payload.JSON, _JSON)
HAPROXY = Row("HAProxy", "HAProxy", Payload.JSON, _JSON)
BARE = Row("bare protocols in Python", "bare", Payload.JSON, _JSON)
AIOHTTP = Row("aiohttp server and client", "aiohttp", Payload.JSON, _JSON)
CADDY = Row("Caddy reverse_proxy", "Caddy", Payload.JSON, _JSON)
MITMPROXY = Row("mitmproxy, unaudited", "mitmproxy", Payload.JSON, (_LAST,), _HIDDEN)
PASSING = Row("gateway pass-through", "pass-through", Payload.JSON, _JSON)
GOVERNED = Row("gateway governed", "governed", Payload.JSON, (_LAST,), _HIDDEN, audited=True)
NGINX_HTML = Row("nginx sub_filter", "nginx", Payload.HTML, _OTHER_BAR)
MITMPROXY_HTML = Row("mitmproxy, unaudited", "mitmproxy", Payload.HTML, _OTHER_BAR)
GOVERNED_HTML = Row("gateway governed", "governed", Payload.HTML, _BAR, audited=True)
RULED_HTML = Row("gateway governed", "governed", Payload.RULED, _BAR, _HIDDEN, audited=True)


def _varied(row: Row) -> Row:
    return replace(row, name=f"{row.name}, varied", varied=True)


ROWS = (
    NGINX_SMALL,
    PASSING_SMALL,
    NGINX,
    _varied(NGINX),
    HAPROXY,
    BARE,
    AIOHTTP,
    CADDY,
    MITMPROXY,
    PASSING,
    _varied(PASSING),
    GOVERNED,
    _varied(GOVERNED),
    NGINX_HTML,
    MITMPROXY_HTML,
    GOVERNED_HTML,
    RULED_HTML,
)
BASES = {
    Payload.SMALL: NGINX_SMALL,
    Payload.JSON: NGINX,
    Payload.HTML: NGINX_HTML,
    Payload.RULED: NGINX_HTML,
}
"""The row that others with the same answer are compared with."""
