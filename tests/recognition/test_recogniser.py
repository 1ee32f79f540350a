"""Who is recognised is one active user of the directory, on the site's main hosts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import ClientError, Refused
from gateway.model import Account, Headers, RequestHead, User
from gateway.people.memory import MemoryDirectory
from gateway.recognition.recogniser import ByHeader, Recogniser
from gateway.site import Place
from tests.middleware.support import HOST, TRUSTED, a_site

USERS = (
    User(id="jonas", name="Jonas", email="Jonas@n.example", account="n"),
    User(id="k\u212a", name="Kelvin", email="k\u212a@n.example", account="n"),
    User(id="gone", name="Gone", email="gone@n.example", account="n", status="deactivated"),
    User(id="new", name="New", email="new@n.example", account="n", status="invited"),
    User(id="house", name="House", email="house@n.example", account="n", house_contact=True),
    User(id="one", name="One", email="same@n.example", account="n"),
    User(id="two", name="Two", email="SAME@n.example", account="n"),
)
SITE = replace(
    a_site(trusted=(TRUSTED,)), directory=MemoryDirectory([Account(id="n", name="N")], USERS)
)
HERE = Place("site", HOST, SITE)


async def nobody() -> bool:
    return False


async def somebody() -> bool:
    return True


async def recognised(
    *headers: tuple[bytes, bytes],
    by_email: bool = False,
    place: Place = HERE,
    peer: str = TRUSTED,
    is_operator: bool = False,
) -> str:
    sent: Headers = headers
    wire = RequestHead(method="GET", target="/_gateway/consent", headers=sent, host=HOST, peer=peer)
    by = Recogniser(
        place.site or SITE,
        ByHeader(b"x-remote-user"),
        by_email=by_email,
        actor_headers=frozenset((b"x-remote-groups",)),
        is_peer=lambda _: False,
    )
    return (await by.user(wire, place, somebody if is_operator else nobody)).id


async def code(*headers: tuple[bytes, bytes], **more: object) -> str:
    with pytest.raises((Refused, ClientError)) as refused:
        await recognised(*headers, **more)  # type: ignore[arg-type]
    return refused.value.code


JONAS = (b"X-Remote-User", b"jonas")


async def test_a_listed_proxy_is_believed_by_id_or_by_address() -> None:
    assert await recognised(JONAS) == "jonas"
    for said in (b"jonas@n.example", b"JONAS@N.EXAMPLE"):
        assert await recognised((b"x-REMOTE-user", said), by_email=True) == "jonas"


@pytest.mark.parametrize(
    "said", [b"", b"JONAS", b"jonas ", b"jonas@n.example", b"gone", b"new", b"house", b"nobody"]
)
async def test_an_id_is_exact_and_names_an_active_user(said: bytes) -> None:
    assert await code((b"X-Remote-User", said)) == "not_recognised"


@pytest.mark.parametrize(
    "said",
    [
        b"jonas",
        b"jonas@n",
        b"onas@n.example",
        b"jonas@n.example jonas",
        b"same@n.example",
        b"kk@n.example",
        b"gone@n.example",
        b"a" * 300 + b"@n.example",
    ],
)
async def test_an_address_is_one_users_whole_one(said: bytes) -> None:
    assert await code((b"X-Remote-User", said), by_email=True) == "not_recognised"


async def test_among_too_many_that_are_alike_nobody_is_chosen() -> None:
    alike = [
        User(id=f"u{number}", name=f"{number:03}", email=f"a@n.example{number or ''}", account="n")
        for number in range(60)
    ]
    for number, expected in ((50, "u0"), (60, "")):
        site = replace(SITE, directory=MemoryDirectory([Account(id="n", name="N")], alike[:number]))
        header, place = (b"X-Remote-User", b"a@n.example"), Place("site", HOST, site)
        if expected:
            assert await recognised(header, by_email=True, place=place) == expected
        else:
            assert await code(header, by_email=True, place=place) == "not_recognised"


async def test_nobody_else_is_believed() -> None:
    assert await code(JONAS, peer="192.0.2.1") == "not_recognised"
    assert await code() == "not_recognised"
    assert await code(JONAS, JONAS) == "ambiguous_header"
    assert await code(JONAS, (b"X_Remote_User", b"priya")) == "ambiguous_header"
    assert await code((b"Connection", b"x-remote-user"), (b"X.Remote.User", b"a")) == (
        "ambiguous_header"
    )


async def test_who_acts_or_may_act_is_refused() -> None:
    assert await code(JONAS, (b"X-Remote-Groups", b"ada")) == "consent_by_operator"
    assert await code(JONAS, is_operator=True) == "consent_by_operator"
    cookie = (b"Cookie", b"__Host-gateway_session=" + b"a" * 20)
    assert await code(JONAS, cookie) == "consent_in_session"
    session = Place("session", f"{'a' * 16}.{HOST}", SITE, 0, f"{'a' * 16}.{HOST}")
    assert await code(JONAS, place=session) == "consent_in_session"


async def test_only_the_sites_main_hosts_have_the_page() -> None:
    assert await code(JONAS, place=Place("site", "api.example.com", SITE, 1)) == "consent_not_here"
