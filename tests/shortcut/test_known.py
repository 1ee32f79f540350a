"""What is remembered of a head is what the reader and the stages find in it."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ClientError, GatewayError
from gateway.listener.request_reader import ClientRequest
from gateway.middleware import READ_REQUEST
from gateway.middleware.draft import Draft
from gateway.shortcut.known import KnownHeads
from gateway.site import Place
from gateway.upstream.client import Upstream
from tests.middleware.support import HOST, SITE, TRUSTED, a_site

UPSTREAM = cast("Upstream", object())
PEER = "192.0.2.1"
SESSION = f"Cookie: __Host-gateway_session={'a' * 40}\r\n"


def known_heads(trusted: str = "", kind: str = "site") -> KnownHeads:
    """Heads for a site that trusts a peer, whose one host is as it is said."""
    site = a_site(trusted=[trusted]) if trusted else SITE

    def read(request: ClientRequest) -> Draft | None:
        if request.host != HOST:
            return None
        place = Place("session", HOST, site) if kind == "session" else Place("site", HOST, site)
        draft = Draft(request, place, site, trusted_peer=request.peer == trusted)
        for stage in READ_REQUEST:
            stage(draft)
        return draft

    return KnownHeads(read, {"crm": UPSTREAM}, scheme="https", max_head=4096)


def fields(said: str = "", host: str = HOST) -> bytes:
    return f"\r\nHost: {host}\r\n{said}\r\n".encode("latin-1")


@pytest.mark.parametrize(
    "said",
    [
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Upgrade: h2c\r\n",
        "Expect: 100-continue\r\n",
        "Expect: more\r\n",
        f"Host: {HOST}\r\n",
        "X_Remote_User: root\r\n",
        "X-A: \xff\r\n",
        "X-A: b\r\n folded\r\n",
        "X-A: b\n",
        f"{SESSION}Cookie: __Host-gateway_session={'b' * 40}\r\n",
        f"\r\nGET / HTTP/1.1\r\nHost: {HOST}\r\n",
        "X-A: " + "a" * 5000 + "\r\n",
        "".join(f"X{n}: 1\r\n" for n in range(60)),
    ],
)
def test_what_is_not_plain_goes_the_long_way(said: str) -> None:
    assert known_heads().by_fields[PEER, fields(said)] is None


def test_what_is_for_the_gateway_or_without_its_session_goes_the_long_way() -> None:
    assert known_heads().by_fields[PEER, fields(host="acting.example")] is None
    assert known_heads(kind="session").by_fields[PEER, fields()] is None
    inside = known_heads(kind="session").by_fields[PEER, fields(SESSION)]
    assert inside is not None
    assert inside.governed


@pytest.mark.threat(5)
def test_row_5_a_peer_is_trusted_for_itself_and_not_for_who_said_the_same() -> None:
    heads = known_heads(TRUSTED)
    said = fields("X-Remote-User: jonas\r\nX-Forwarded-For: 203.0.113.9\r\n")
    trusted, other = heads.by_fields[TRUSTED, said], heads.by_fields[PEER, said]
    assert trusted is not None
    assert other is not None
    assert b"X-Remote-User: jonas" in trusted.tail
    assert b"X-Forwarded-For: 203.0.113.9, 10.0.0.5\r\n" in trusted.tail
    assert b"jonas" not in other.tail
    assert b"X-Forwarded-For: 192.0.2.1\r\n" in other.tail


def test_what_cannot_be_written_to_the_app_goes_the_long_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no(*_: object) -> bytes:
        raise GatewayError("unsafe_request", "The request was not forwarded.")

    monkeypatch.setattr("gateway.shortcut.known.request_bytes", no)
    assert known_heads().by_fields[PEER, fields()] is None


@given(st.binary(max_size=60))
def test_a_head_is_read_only_when_it_is_one_and_no_more(data: bytes) -> None:
    heads = known_heads()
    whole = b"GET /a HTTP/1.1" + fields()
    assert heads.request(PEER, whole).target == "/a"
    if data:
        with pytest.raises(ClientError):
            heads.request(PEER, whole + data)
    with pytest.raises(ClientError):
        heads.request(PEER, whole[: -1 - len(data)])
