"""Hosts are an exact list, and a peer counts only when it is listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.site import Peers, Places, session_host
from tests.middleware.support import HOST, SITE

PLACES = Places("acting.example.com", [SITE], frozenset({"80", "8443"}))
SESSION = "abcdefghijklmnop." + HOST


@pytest.mark.threat(14)
@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("acting.example.com", "console"),
        ("ACTING.example.com:8443", "console"),
        (HOST, "site"),
        (f"{HOST}:80", "site"),
        (SESSION, "session"),
        (SESSION.upper(), "session"),
        ("abcdefghijklmno." + HOST, None),
        ("abcdefghijklmno1." + HOST, None),
        ("x." + SESSION, None),
        (HOST + ".", None),
        (HOST + ".evil.example", None),
        ("u@" + HOST, None),
        (HOST + "/a?x#", None),
        (HOST + ":80:80", None),
        (HOST + ":", None),
        (HOST + ":81", None),
        (HOST + ":99999", None),
        ("[::1]", None),
        ("", None),
    ],
)
def test_row_14_a_host_is_served_or_it_is_nothing(host: str, kind: str | None) -> None:
    place = PLACES.find(host)
    assert (place.kind if place else None) == kind
    if place is not None:
        assert place.host == host.lower().partition(":")[0]


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ("abcdefghijklmnop-1." + HOST, 1),
        ("ABCDEFGHIJKLMNOP-2." + HOST, 2),
        ("api.example.org", 1),
        ("abcdefghijklmnop-0." + HOST, None),
        ("abcdefghijklmnop-01." + HOST, None),
        ("abcdefghijklmnop-3." + HOST, None),
        ("abcdefghijklmnop-." + HOST, None),
        ("abcdefghijklmnop--1." + HOST, None),
    ],
)
def test_further_hosts_have_numbers(host: str, number: int | None) -> None:
    site = replace(SITE, more_hosts=("api.example.org", "files." + HOST))
    place = Places("acting.example.com", [site], frozenset()).find(host)
    assert (place.number if place else None) == number
    if place is not None and place.kind == "session":
        assert place.session_host == SESSION
        assert session_host(SESSION, place.number) == place.host


@pytest.mark.parametrize(
    ("peer", "listed"),
    [
        ("10.1.2.3", True),
        ("11.0.0.1", False),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::7", True),
        ("2001:db8::8", False),
        ("", False),
        ("10.1.2.3:80", False),
    ],
)
def test_peers(peer: str, listed: bool) -> None:
    assert (peer in Peers(["10.0.0.0/8", "2001:db8::7"])) is listed
    assert peer not in Peers([])


def test_a_network_that_is_none_is_a_fault() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Peers(["nonsense"])
