"""Refusals as replies: where they lead."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from msgspec.structs import replace

from gateway.app.replies import Replies
from gateway.console.values import Arrival, Client
from gateway.errors import ClientError
from gateway.model import Deny, Session
from tests.sample import SESSION

CONSOLE = "https://acting.example.com"
REPLIES = Replies("/_gateway/", CONSOLE, {}, lambda session: "/quotes/new")
OVER = Deny(code="session_ended", rule="r", status=403, title="Over", detail="Over.", advice="")


def page(why: Deny | ClientError, session: Session | None, referer: str = "") -> str:
    origin = "https://k3f9.crm.example.com"
    headers = {"Accept": "text/html", "Referer": referer}
    request = make_mocked_request("GET", "/deals", headers=headers)
    arrival = Arrival(origin=origin, host="k", client=Client(address="192.0.2.1", agent=""))
    reply = REPLIES.refuse(request, arrival, why, "", session)
    text = getattr(reply, "text", None)
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    ("return_to", "link"),
    [
        ("/_gateway/?site=crm", f'href="{CONSOLE}/_gateway/?site=crm">Back to the console</a>'),
        ("https://portal.example.com/c/7", 'href="https://portal.example.com/c/7">Back to portal'),
    ],
)
def test_a_session_that_is_over_leads_back_to_where_it_was_started_from(
    return_to: str, link: str
) -> None:
    text = page(OVER, replace(SESSION, return_to=return_to))
    assert link in text
    assert "Go back" not in text


def test_where_nobody_knows_which_session_it_was_the_console_is_next() -> None:
    text = page(ClientError("no_session", "It is over.", status=403), None)
    assert f'href="{CONSOLE}/_gateway/">Back to the console</a>' in text


@pytest.mark.threat(45)
def test_row_45_going_back_leads_to_a_page_of_this_origin_or_where_the_session_begins() -> None:
    no = replace(OVER, code="outside_workflow")
    own = "https://k3f9.crm.example.com/quotes/7"
    assert f'href="{own}">Go back</a>' in page(no, SESSION, own)
    for elsewhere in ("", "https://evil.example/", "https://k3f9.crm.example.com.evil/"):
        assert 'href="/quotes/new">Go back</a>' in page(no, SESSION, elsewhere)
