"""Addresses of lookups: whatever a value holds, it stays in its place."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.tickets.address import Address
from gateway.policy.tickets.texts import Unfit
from tests.policy.tickets.support import facts, mailing

BOTH = "https://desk.example.com:8443/v2/{site}/{ticket}.json?of={user.email}&x=1&t=CS:{ticket}"
ADDRESS = Address(BOTH)
WORDS = st.text(min_size=1) | st.text("./\\%;?#&=+@: \r\n\x00{}CS-1", min_size=1)


@given(WORDS, WORDS)
def test_no_value_changes_more_than_its_own_place(ticket: str, email: str) -> None:
    said = facts(ticket=ticket, user=mailing(email).user)
    if re.search(r"[/\\%;?#\x00-\x1f\x7f-\x9f]", ticket):
        with pytest.raises(Unfit) as unfit:
            ADDRESS.url(said)
        assert unfit.value.fact == "ticket"
        return
    url = ADDRESS.url(said)
    assert re.fullmatch(r"[!-~]+", url)
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "desk.example.com:8443", "")
    assert [unquote(each) for each in parts.path.split("/")] == ["", "v2", "crm", f"{ticket}.json"]
    assert parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) == [
        ("of", email),
        ("x", "1"),
        ("t", f"CS:{ticket}"),
    ]


@given(WORDS)
def test_in_a_query_any_ticket_is_one_value(ticket: str) -> None:
    parts = urlsplit(Address("http://127.0.0.1/find?id={ticket}").url(facts(ticket=ticket)))
    assert parts.path == "/find"
    assert re.fullmatch(r"id=[A-Za-z0-9._~%-]+", parts.query)
    assert parse_qsl(parts.query, strict_parsing=True) == [("id", ticket)]


@pytest.mark.parametrize("ticket", [".", ".."])
def test_dots_that_would_lead_up_are_refused(ticket: str) -> None:
    with pytest.raises(Unfit):
        Address("https://desk.example.com/tickets/{ticket}").url(facts(ticket=ticket))
    with pytest.raises(Unfit):
        Address("https://desk.example.com/tickets/.{ticket}").url(facts(ticket="."))
    assert (
        Address("https://desk.example.com/{ticket}.json")
        .url(facts(ticket=ticket))
        .endswith(f"/{ticket}.json")
    )


def test_an_empty_value_is_told_apart_from_a_ticket_that_does_not_fit() -> None:
    with pytest.raises(Unfit) as unfit:
        ADDRESS.url(mailing(""))
    assert unfit.value.fact == "user.email"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("https://{ticket}.example.com/", "behind the host alone"),
        ("https://desk.example.com:{ticket}/", "behind the host alone"),
        ("https://ada@desk.example.com/{ticket}", "behind the host alone"),
        ("https://desk.example.com/tickets", "every ticket would be the same"),
        ("https://desk.example.com/?{ticket}=1", "behind name="),
        ("https://desk.example.com/?{ticket}", "behind name="),
        ("https://desk.example.com/a/../{ticket}", "a segment of dots"),
        ("https://desk.example.com/{ticket}#top", "percent-encoded"),
        ("https://desk.example.com/a b/{ticket}", "percent-encoded"),
        ("https://desk.example.com/\u00e4/{ticket}", "percent-encoded"),
        ("https://desk.example.com/{ticket.id}", "there is no {ticket.id}"),
    ],
)
def test_an_address_that_cannot_be_held_is_told_at_once(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Address(template)
