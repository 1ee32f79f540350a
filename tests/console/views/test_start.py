"""The start page and its form."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.console.start import REASON_MAX_LENGTH, tidy
from gateway.console.values import StartOrder, TicketField
from gateway.errors import ClientError
from gateway.model import Mode
from gateway.policy.reasons import Reasons
from tests.console.characters import ADA, JONAS
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/start?site=crm&subject=jonas.weber"
FIELDS = {
    "site": "crm",
    "subject": "jonas.weber",
    "mode": "read_only",
    "reason": "Looking  into\nit",
}


async def test_before_a_start_the_page_says_what_it_will_be_like(ada: Visitor) -> None:
    words = (await ada.get(PAGE)).words
    for said in (
        "Act as Jonas Weber",
        "jonas@nordlicht.example · Nordlicht GmbH · active",
        "hidden Private notes, Survey comments, Meeting notes",
        "blocked every change; sign-out, password and API-key pages",
        "On record: every request, with your name and Jonas Weber’s.",
        "Ends by itself after 30 minutes, or 10 minutes without use.",
        "not allowed Changes need a ticket that the customer opened. Add the ticket’s number.",
        "Rule writes_need_ticket",
        "Your changes are real, and made in the name of Jonas Weber.",
    ):
        assert said in words


async def test_where_no_advice_would_let_one_in_the_page_says_so(
    ada: Visitor, world: World
) -> None:
    alone = "Add the ticket’s number. For you that alone would not be enough."
    assert alone not in (await ada.get(PAGE)).words, "one may look"
    world.barred = True
    assert alone in (await ada.get(PAGE)).words
    world.helps = (("approval",),)
    assert alone not in (await ada.get(PAGE)).words


@pytest.mark.parametrize("email", ["jonas@nordlicht.example", "Jonas@Nordlicht.Example"])
async def test_a_link_may_name_somebody_by_their_address(ada: Visitor, email: str) -> None:
    page = await ada.get(f"/_gateway/start?site=crm&email={email}")
    assert "Act as Jonas Weber" in page.words
    assert 'name="subject" value="jonas.weber"' in page.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("email=jonas%40nordlicht", "nobody with the e-mail address jonas@nordlicht whom"),
        ("email=%3Cb%3E", "nobody with the e-mail address <b> whom"),
        ("subject=jonas%40nordlicht", "nobody with the id jonas@nordlicht whom"),
    ],
)
async def test_where_there_is_nobody_a_search_is_offered(
    ada: Visitor, world: World, asked: str, said: str
) -> None:
    page = await ada.get(f"/_gateway/start?site=crm&{asked}")
    assert page.status == 404
    assert said in page.words
    text = asked.partition("=")[2]
    assert f'href="/_gateway/?site=crm&amp;q={text}"' in page.text
    assert world.attempts[-1].code == "unknown_subject"


async def test_of_two_with_one_address_it_chooses_neither(ada: Visitor, world: World) -> None:
    world.people = (*world.people, replace(JONAS, id="another"))
    page = await ada.get("/_gateway/start?site=crm&email=jonas%40nordlicht.example")
    assert page.status == 404
    assert "several users" in page.words


@pytest.mark.parametrize("other", ["subject=jonas.weber", "account=n"])
async def test_an_address_names_nobody_beside_somebody_else(ada: Visitor, other: str) -> None:
    page = await ada.get(f"/_gateway/start?site=crm&email=jonas@nordlicht.example&{other}")
    assert page.status == 400


async def test_a_deep_link_fills_the_form_and_starts_nothing(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE + "&mode=read_write&reason=Board+empty&ticket=%2348213")
    assert 'value="read_write" checked' in page.text
    assert ">Board empty</textarea>" in page.text
    assert 'value="#48213"' in page.text
    assert "not allowed" not in page.words
    assert not world.live_sessions


async def test_a_link_may_name_an_account_for_its_house_contact(ada: Visitor, world: World) -> None:
    contact = replace(JONAS, id="house", name="Nordlicht (House Contact)", house_contact=True)
    world.people = (*world.people, contact)
    page = await ada.get("/_gateway/start?site=crm&account=n")
    assert "This is the house contact of Nordlicht GmbH" in page.words
    assert 'name="subject" value="house"' in page.text
    assert (await ada.get("/_gateway/start?site=crm&account=h")).status == 404
    assert (await ada.get("/_gateway/start?site=crm&account=n&subject=house")).status == 400


async def test_the_form_starts_a_session_and_goes_into_it(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    answer = await ada.post("/_gateway/sessions", FIELDS | {"token": page.token})
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"{world.session_origin}/_gateway/enter?code=")
    (session,) = world.live_sessions.values()
    assert (session.reason, session.mode, session.actor.id) == (
        "Looking into it",
        "read_only",
        "ada",
    )
    assert (
        f"form-action 'self' {world.sites[0].form_targets[0]};"
        in (page.headers["Content-Security-Policy"])
    )


async def test_a_refusal_is_shown_above_the_form_as_it_was(ada: Visitor, world: World) -> None:
    page = await ada.get("/_gateway/start?site=crm&subject=root")
    fields = FIELDS | {"token": page.token, "subject": "root", "mode": "read_write", "ticket": "#7"}
    answer = await ada.post("/_gateway/sessions", fields)
    assert answer.status == 403
    assert (
        "You cannot act as this person Root is an administrator of the app. "
        "Ask for somebody else. Code subject_protected · on record as r1" in answer.words
    )
    assert ">Looking into it</textarea>" in answer.text
    assert 'value="read_write" checked' in answer.text
    (attempt,) = world.attempts
    assert (attempt.operator, attempt.code) == (ADA, "subject_protected")
    assert attempt.order == StartOrder(
        site="crm", subject="root", mode=Mode.READ_WRITE, reason="Looking into it", ticket="#7"
    )


@pytest.mark.parametrize(
    "world",
    [
        World(
            reasons=Reasons(listed=("Support request", "Billing")),
            ticket=TicketField(required=True, example="CS-4711"),
        )
    ],
    ids=[""],
)
async def test_listed_reasons_are_offered_beside_words_of_ones_own(
    ada: Visitor, world: World
) -> None:
    page = await ada.get(PAGE + "&reason=Billing:+two+invoices")
    for said in (
        '<label for="listed">Why</label>',
        '<select id="listed" name="listed" required aria-describedby="reason-hint">',
        "<option>Support request</option>",
        "<option selected>Billing</option>",
        'maxlength="483" aria-describedby="reason-hint">two invoices</textarea>',
        '<input id="ticket" name="ticket" value="" maxlength="100" autocomplete="off" '
        'spellcheck="false" aria-describedby="ticket-hint">',
        '<p class="hint" id="ticket-hint">Such as CS-4711.</p>',
    ):
        assert said in page.text
    assert "if there is one" not in page.text
    fields = FIELDS | {"token": page.token, "listed": "Support request"}
    assert (await ada.post("/_gateway/sessions", fields)).status == 303
    assert (await ada.post("/_gateway/sessions", fields | {"reason": ""})).status == 303
    started = [session.reason for session in world.live_sessions.values()]
    assert started == ["Support request: Looking into it", "Support request"]


@pytest.mark.parametrize(
    "path", ["start", "start?site=crm&subject=nobody", "start?site=nowhere&subject=jonas.weber"]
)
async def test_an_unknown_person_is_said_to_be_unknown(
    ada: Visitor, world: World, path: str
) -> None:
    answer = await ada.get(f"/_gateway/{path}")
    assert answer.status == 404
    assert "There is nobody to act for here" in answer.words
    assert world.attempts[-1].code == "unknown_subject"


async def test_an_unknown_mode_is_refused(ada: Visitor, world: World) -> None:
    answer = await ada.get(PAGE + "&mode=root")
    assert (answer.status, world.attempts[-1].code) == (400, "bad_fields")


def order(reason: str, ticket: str = "") -> StartOrder:
    return StartOrder(site="crm", subject="x", mode=Mode.READ_ONLY, reason=reason, ticket=ticket)


def test_free_texts_become_single_lines() -> None:
    tidied = tidy(order(" a\x00b\r\nc\u2028d\x85 e\x1b[0m ", "\t#1\n"))
    assert (tidied.reason, tidied.ticket) == ("a b c d e [0m", "#1")


def test_free_texts_are_bounded() -> None:
    tidy(order("x" * REASON_MAX_LENGTH))
    with pytest.raises(ClientError, match="bad_fields"):
        tidy(order("x" * (REASON_MAX_LENGTH + 1)))


async def test_a_deep_link_names_the_workflow_and_where_leaving_leads(
    ada: Visitor, world: World
) -> None:
    link = "&workflow=quotes&return_to=https%3A%2F%2Fportal.example.com%2Fcustomers%2F7%3Fa%26b"
    page = await ada.get(PAGE + link)
    assert "Only for Create a quote. The rest of CRM is out of reach." in page.words
    assert "you may also Edit prices" in page.words
    assert '"https://portal.example.com/customers/7?a&amp;b"' in page.text
    assert not world.live_sessions
    sent = {"workflow": "quotes", "return_to": "https://portal.example.com/customers/7?a&b"}
    answer = await ada.post("/_gateway/sessions", FIELDS | sent | {"token": page.token})
    assert answer.status == 303
    ((session),) = world.live_sessions.values()
    assert (session.workflow, session.return_to) == (sent["workflow"], sent["return_to"])


async def test_the_page_offers_what_would_help_and_asks_for_it(ada: Visitor, world: World) -> None:
    world.helps = (("approval",), ("consent", "fresh_sign_in"), ("break_glass",))
    page = await ada.get(PAGE + "&mode=read_write")
    assert "What would help: Ask a second person Ask Jonas Weber Sign in again" in page.words
    assert "This is an emergency" in page.words
    fields = {"token": page.token, **FIELDS, "mode": "read_write"}
    asked = await ada.post("/_gateway/approvals", fields)
    assert asked.headers["Location"] == "/_gateway/approvals?done=asked"
    assert world.approvals["a1"].reason == "Looking into it"
    told = await ada.post("/_gateway/consents", fields)
    assert (told.status, world.asks[0].why) == (200, "Looking into it")
    assert "Give them this address, where they can allow it: http://crm.localhost" in told.words
    short = await ada.post("/_gateway/approvals", {**fields, "reason": "no"})
    assert (short.status, ">no</textarea>" in short.text) == (422, True)


async def test_the_enter_key_never_asks_anybody(ada: Visitor, world: World) -> None:
    """A browser presses the first button of a form."""
    world.helps = (("approval",), ("consent",))
    page = await ada.get(PAGE + "&mode=read_write")
    form = page.text[page.text.index('<form class="start"') :]
    assert form.index("<button") < form.index("formaction")
    assert "formaction" not in form[form.index("<button") : form.index("</button>")]


async def test_what_was_approved_is_started_as_it_was_asked_for(ada: Visitor, world: World) -> None:
    world.ask(ADA, JONAS.id, "Deal board empty")
    page = await ada.get(PAGE + "&mode=read_write&approval=a1")
    assert "approved “Deal board empty”" in page.words
    assert 'name="approval" value="a1"' in page.text
    assert "<textarea" not in page.text
    assert (await ada.get(PAGE + "&approval=a9")).status == 404
