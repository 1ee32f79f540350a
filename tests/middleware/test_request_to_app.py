"""The head that the app gets, for ordinary requests and in sessions."""

from __future__ import annotations

import pytest

from gateway.middleware.origins import Origins
from gateway.middleware.request_to_app import governed_head, pass_through_head
from gateway.middleware.split_cookies import split_cookies
from gateway.middleware.strip_headers import strip_headers
from gateway.model import Headers
from tests.middleware.support import HOST, TRUSTED, a_draft, a_site

ORIGINS = Origins("http", HOST, f"k3f9.{HOST}")
WAY = (
    (b"X-Forwarded-For", b"192.0.2.1"),
    (b"X-Forwarded-Host", HOST.encode()),
    (b"X-Forwarded-Proto", b"http"),
)


def ordinary(*headers: tuple[bytes, bytes], peer: str = "192.0.2.1") -> Headers:
    draft = a_draft(
        headers, peer=peer, site=a_site(trusted=[TRUSTED]), trusted_peer=peer == TRUSTED
    )
    strip_headers(draft)
    split_cookies(draft)
    return pass_through_head(draft).headers


def governed(
    *headers: tuple[bytes, bytes],
    identity: Headers = ((b"X-Remote-User", b"jonas"),),
    cookie: bytes = b"",
    peer: str = "192.0.2.1",
) -> Headers:
    draft = a_draft(headers, peer=peer, site=a_site(trusted=[TRUSTED]))
    strip_headers(draft)
    split_cookies(draft)
    return governed_head(draft, ORIGINS, identity, cookie).headers


def test_an_ordinary_request_goes_as_it_came_with_the_way_that_we_saw() -> None:
    said = ((b"Accept", b"*/*"), (b"X-Custom", b"1"), (b"Cookie", b"a=b"))
    assert ordinary(*said) == (*said, *WAY)


@pytest.mark.threat(7)
def test_row_7_a_trusted_peers_way_is_continued_and_nobody_elses() -> None:
    said = (b"X-Forwarded-For", b"198.51.100.7")
    assert dict(ordinary(said))[b"X-Forwarded-For"] == b"192.0.2.1"
    trusted = dict(ordinary(said, peer=TRUSTED))
    assert trusted[b"X-Forwarded-For"] == f"198.51.100.7, {TRUSTED}".encode()


@pytest.mark.threat(5)
def test_row_5_in_a_session_a_trusted_peers_identity_is_left_behind() -> None:
    mallory = (b"X-Remote-User", b"mallory")
    assert mallory in ordinary(mallory, peer=TRUSTED)
    assert mallory not in ordinary(mallory)
    names = [value for name, value in governed(mallory, peer=TRUSTED) if name == mallory[0]]
    assert names == [b"jonas"]


def test_in_a_session_the_app_gets_the_jars_cookies_and_its_own_origin() -> None:
    got = dict(
        governed(
            (b"Cookie", b"own=1"),
            (b"Origin", f"http://k3f9.{HOST}".encode()),
            (b"Referer", f"http://k3f9.{HOST}/a?b".encode()),
            cookie=b"jar=2",
        )
    )
    assert got[b"Cookie"] == b"jar=2"
    assert got[b"Origin"] == f"http://{HOST}".encode()
    assert got[b"Referer"] == f"http://{HOST}/a?b".encode()
    assert got[b"X-Forwarded-Host"] == HOST.encode()


@pytest.mark.threat(34)
@pytest.mark.parametrize("name", [b"Range", b"If-None-Match", b"if-modified-since", b"A-IM"])
def test_row_34_nothing_asks_for_a_part_or_a_copy(name: bytes) -> None:
    assert name.lower() not in {key.lower() for key, _ in governed((name, b"x"))}


@pytest.mark.threat(32)
@pytest.mark.parametrize(
    ("said", "asked"),
    [(b"br, gzip", b"gzip"), (b"br, zstd", b"identity"), (b"gzip;q=0", b"identity")],
)
def test_the_app_is_asked_for_what_gateway_and_client_can_read(said: bytes, asked: bytes) -> None:
    headers = governed((b"Accept-Encoding", said))
    assert [value for name, value in headers if name == b"Accept-Encoding"] == [asked]


@pytest.mark.parametrize(
    ("credentials", "kept"),
    [(b"Basic YWRhOng=", False), (b"NTLM x", False), (b"Bearer x", True), (b"Token x", True)],
)
def test_credentials_that_a_browser_adds_are_the_operators(credentials: bytes, kept: bool) -> None:
    assert ((b"Authorization", credentials) in governed((b"Authorization", credentials))) is kept
