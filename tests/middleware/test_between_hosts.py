"""Preflights between the hosts of a session, by their text alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.middleware.between_hosts import preflight
from gateway.middleware.draft import Draft
from gateway.middleware.split_cookies import split_cookies
from gateway.middleware.strip_headers import strip_headers
from gateway.model import Headers, RequestHead
from gateway.site import Places
from tests.middleware.support import HOST, SITE

LABEL = "abcdefghijklmnop"
PLACES = Places("acting.x", [replace(SITE, more_hosts=("api.x.org",))], frozenset({"8080"}))
PAGE = (b"Origin", f"http://{LABEL}.{HOST}:8080".encode())
METHOD = (b"Access-Control-Request-Method", b"PUT")


def answered(*headers: tuple[bytes, bytes], method: str = "OPTIONS") -> Headers | None:
    host = f"{LABEL}-1.{HOST}:8080"
    place = PLACES.find(host)
    assert place is not None
    assert place.site is not None
    wire = RequestHead(method=method, target="/a", headers=headers, host=host, peer="192.0.2.1")
    draft = Draft(wire, place, place.site, trusted_peer=False)
    strip_headers(draft)
    split_cookies(draft)
    return preflight(draft)


def test_what_is_asked_for_is_allowed_and_nothing_else() -> None:
    fields = answered(PAGE, METHOD)
    assert fields is not None
    assert (b"Access-Control-Allow-Methods", b"PUT") in fields
    assert not [value for name, value in fields if name == b"Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "headers",
    [
        (PAGE,),
        (METHOD,),
        (PAGE, METHOD, METHOD),
        (PAGE, METHOD, *[(b"Access-Control-Request-Headers", b"a")] * 2),
        (PAGE, METHOD, (b"Access-Control-Request-Headers", b"a b")),
        (PAGE, (METHOD[0], b"PUT, DELETE")),
        ((b"Origin", PAGE[1].replace(b"http:", b"https:")), METHOD),
        ((b"Origin", PAGE[1].removesuffix(b":8080")), METHOD),
        ((b"Origin", PAGE[1].replace(b"abc", b"bbc")), METHOD),
        ((b"Origin", PAGE[1].replace(b".", b"-1.", 1)), METHOD),
        ((b"Origin", PAGE[1] + b".evil.example"), METHOD),
        ((b"Origin", b"null"), METHOD),
        (PAGE, METHOD, (b"Cookie", b"__Host-gateway_session=" + b"a" * 40)),
    ],
)
def test_in_doubt_it_is_a_request_like_any_other(headers: Headers) -> None:
    assert answered(*headers) is None


def test_only_a_preflight_is_one() -> None:
    assert answered(PAGE, METHOD, method="GET") is None
