"""What the records of sessions, operators and the gateway say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from gateway.audit.record import Kind, Record, subject_of
from gateway.console.values import StartOrder
from gateway.errors import StoreAway
from gateway.model import Mode, Operator, User
from gateway.sessions.events import Events
from tests.audit.support import emitting, new_ids, records
from tests.servers import StoreServer
from tests.sessions.support import CLIENT, Clock, a_session

ADA = Operator(id="ada", name="Ada", email="ada@gateway.example", profile="Developer")
JONAS = User(id="jonas", name="Jonas", email="jonas@nord.example", account="nordlicht")
ORDER = StartOrder(
    site="crm", subject="jonas", mode=Mode.READ_WRITE, reason="Looks into it", ticket="#7"
)


@pytest.fixture
async def events(store_url: str, clock: Clock) -> AsyncIterator[Events]:
    async with emitting(store_url) as (emitter, _):
        yield Events(emitter, new_ids(), clock)


async def only(url: str) -> Record:
    (record,) = await records(url)
    return record


async def test_a_start_says_who_for_whom_why_and_by_which_policies(
    events: Events, clock: Clock, store_url: str
) -> None:
    session = replace(a_session(clock), allowed_by=("one", "two"), ticket="#7")
    number = await events.of_session(Kind.SESSION_STARTED, session, CLIENT)
    record = await only(store_url)
    assert (record.id, record.session, record.at) == (
        number,
        session.id,
        "2026-11-22T03:46:03.000Z",
    )
    assert (record.decision, record.rule) == ("allow", "one,two")
    assert (record.why, record.ticket) == (session.reason, "#7")
    assert record.actor == session.actor
    assert record.subject == subject_of(session)
    assert record.client is not None
    assert (record.client.address, record.client.agent) == (CLIENT.address, CLIENT.agent)


async def test_what_comes_after_a_start_names_the_session_and_decides_nothing(
    events: Events, clock: Clock, store_url: str
) -> None:
    session = replace(a_session(clock), allowed_by=("one",))
    await events.of_session(Kind.SESSION_ENDED, session, reason="idle")
    record = await only(store_url)
    assert (record.session, record.reason, record.decision) == (session.id, "idle", "")
    assert (record.rule, record.why, record.client) == ("", "", None)
    assert record.actor is not None
    assert record.subject is not None


@pytest.mark.parametrize(
    ("rule", "told"), [("changes_need_a_ticket", "changes_need_a_ticket"), ("", "refused_so")]
)
async def test_a_refused_start_says_what_was_asked_for_and_what_refused_it(
    events: Events, store_url: str, rule: str, told: str
) -> None:
    await events.start_refused(
        ADA, JONAS, ORDER, CLIENT, rule=rule, reason="refused_so", detail="No."
    )
    record = await only(store_url)
    assert (record.kind, record.decision) == (Kind.SESSION_REFUSED, "deny")
    assert (record.rule, record.reason, record.detail) == (told, "refused_so", "No.")
    assert (record.site, record.mode) == ("crm", Mode.READ_WRITE)
    assert (record.why, record.ticket) == ("Looks into it", "#7")
    assert record.actor is not None
    assert record.subject is not None
    assert (record.actor.id, record.subject.id) == ("ada", "jonas")


async def test_what_nobody_asked_for_nobody_is_bounded_and_has_no_names(
    events: Events, store_url: str
) -> None:
    order = replace(ORDER, site="s" * 9_999, reason="r" * 9_999, ticket="t" * 9_999)
    await events.start_refused(None, None, order, CLIENT, rule="", reason="x", detail="")
    record = await only(store_url)
    assert (record.actor, record.subject) == (None, None)
    assert (len(record.site), len(record.why), len(record.ticket)) == (200, 1000, 200)


async def test_only_a_refusal_of_an_operator_is_a_decision(events: Events, store_url: str) -> None:
    await events.of_operator(Kind.OPERATOR_SIGNED_IN, ADA, CLIENT, reason="jwt")
    await events.of_operator(
        Kind.OPERATOR_REFUSED, None, CLIENT, reason="form_token", method="POST", target="/x"
    )
    signed_in, refused = await records(store_url)
    assert (signed_in.decision, signed_in.reason) == ("", "jwt")
    assert (refused.decision, refused.reason, refused.actor) == ("deny", "form_token", None)
    assert (refused.method, refused.target) == ("POST", "/x")


async def test_the_gateway_itself_is_on_record(events: Events, store_url: str) -> None:
    await events.of_gateway(Kind.GATEWAY_STARTED, "version 1")
    record = await only(store_url)
    assert (record.kind, record.detail) == (Kind.GATEWAY_STARTED, "version 1")


async def test_what_cannot_be_recorded_is_told(store_server: StoreServer, clock: Clock) -> None:
    async with emitting(store_server.url, wait=0.5) as (emitter, _):
        events = Events(emitter, new_ids(), clock)
        store_server.kill()
        with pytest.raises(StoreAway):
            await events.of_session(Kind.SESSION_STARTED, a_session(clock), CLIENT)
