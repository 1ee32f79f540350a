"""What the recorder puts on record, read back from a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from gateway.audit.bodies.levels import Levels
from gateway.audit.marks import of_sight
from gateway.audit.parts import Told
from gateway.audit.proof.seal import digest
from gateway.audit.reading.positions import newest
from gateway.audit.record import Kind, Record, RecordClient, line, subject_of
from gateway.audit.writing.closing import unknown
from gateway.audit.writing.emitter import Emitter
from gateway.errors import StoreAway
from gateway.middleware.draft import Draft
from gateway.model import Actor, Permit, Remark, RequestHead, Session
from gateway.policy.messages import Passes, Stopped
from gateway.recorder import Outcome, Recorder, client_of
from gateway.site import Peers, Place, Site
from gateway.store.client import connect
from tests.audit.support import emitting, new_ids, records
from tests.sample import SESSION
from tests.servers import StoreServer

NOW = 1_795_319_163_123
AT = "2026-11-22T03:46:03.123Z"
PERMIT = Permit(site="crm", rule="reads", session=SESSION)
HEAD = RequestHead(
    method="GET", target="/a%2fb?token=abc", headers=(), host="crm.localhost", peer="10.0.0.1"
)


class NoSite:
    """As much of a site as a draft looks at."""

    trusted = ()
    levels = Levels()
    report_only: frozenset[str] = frozenset()

    def shown(self, path: str, session: Session) -> tuple[str, ...]:
        return session.reveal if path.startswith("/a") else ()


def a_draft(
    *, trusted: bool = False, forwarded: bytes = b"", agent: bytes | None = b"curl/8"
) -> Draft:
    draft = Draft(HEAD, cast("Place", None), cast("Site", NoSite()), trusted_peer=trusted)
    draft.forwarded_for = forwarded
    if agent is not None:
        draft.fields[b"user-agent"] = agent
    return draft


def told_of(draft: Draft) -> RecordClient:
    """The client that is on record of it."""
    told = msgspec.json.decode("{" + client_of(draft)[1:] + "}", type=dict[str, RecordClient])
    return told["client"]


@asynccontextmanager
async def recording(
    url: str, *, wait: float = 2.0, max_pending: int = 32 << 20
) -> AsyncIterator[tuple[Recorder, Emitter]]:
    async with emitting(url, wait=wait, max_pending=max_pending) as (emitter, _):
        yield Recorder(emitter, new_ids(), lambda: NOW, Peers(["10.9.0.0/16"])), emitter


def recorded(kind: Kind, **fields: Any) -> Record:
    """What is to be on record of the request in `HEAD`."""
    return Record(
        kind=kind,
        at=AT,
        session=SESSION.id,
        site=SESSION.site,
        actor=SESSION.actor,
        subject=subject_of(SESSION),
        mode=SESSION.mode,
        method=HEAD.method,
        target="/a%2fb?token=*",
        **fields,
    )


async def test_an_intent_is_on_record_when_it_returns(store_url: str) -> None:
    async with recording(store_url) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, SESSION)
        held = await records(store_url)
    assert held == [
        recorded(
            Kind.REQUEST_INTENT,
            writer=emitter.writer,
            seq=1,
            prev=held[0].prev,
            id=intent.id,
            request=intent.id,
            host="crm.localhost",
            decision="allow",
            rule="reads",
            client=RecordClient(address="10.0.0.1", agent="curl/8"),
        )
    ]


async def test_what_an_answer_may_show_is_on_its_intent_and_finds_both_again(
    store_url: str,
) -> None:
    session = replace(SESSION, reveal=("notes",))
    async with recording(store_url) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, session)
        recorder.conclude(intent, NOW, Outcome(status=502))
        assert await emitter.drain(5) == 0
        store = await connect(store_url, timeout=5)
        seen = of_sight(session.site, session.subject.id, session.subject.account)[0]
        found = [entry async for entry in newest(store, 1, seen, after=0)]
        await store.aclose()
    begun, ended = await records(store_url)
    assert (begun.shown, ended.shown) == (("notes",), ())
    assert len(found) == 2
    assert unknown(begun, new_ids()).shown == ("notes",)


async def test_the_trace_of_a_request_is_on_its_intent_and_on_its_refusal(store_url: str) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    said = f"00-{trace}-00f067aa0ba902b7-01".encode()
    draft = a_draft()
    draft.fields[b"traceparent"] = said
    head = replace(HEAD, headers=((b"TraceParent", said),))
    async with recording(store_url) as (recorder, _):
        await recorder.intend(draft, PERMIT, SESSION)
        await recorder.refuse(head, Outcome(reason="no"), SESSION, rule="no", agent="")
        assert [held.trace for held in await records(store_url)] == [trace, trace]


async def test_what_was_begun_is_told_when_it_is_durable(store_url: str) -> None:
    async with recording(store_url) as (recorder, _):
        told: asyncio.Queue[StoreAway | None] = asyncio.Queue()
        intent = recorder.begin(
            recorder.particulars(a_draft(), PERMIT, SESSION, detail="query A"), told.put_nowait
        )
        assert told.empty()
        assert await told.get() is None
        [held] = await records(store_url)
    assert (held.id, held.kind, held.detail) == (intent.id, Kind.REQUEST_INTENT, "query A")


async def test_messages_are_on_record_when_it_returns_whatever_was_judged(store_url: str) -> None:
    async with recording(store_url) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, SESSION)
        await recorder.messages(
            intent, [(Passes("live.1", "query A"), 5), (Stopped("live", "No."), 7)]
        )
        opened, passed, stopped = await records(store_url)
    said = {"writer": emitter.writer, "request": intent.id}
    assert passed == replace(
        recorded(
            Kind.MESSAGE_SENT, id=passed.id, seq=2, prev=digest(line(opened)), bytes_in=5, **said
        ),
        decision="allow",
        rule="live.1",
        detail="query A",
        method="",
    )
    assert stopped == replace(
        recorded(Kind.MESSAGE_REFUSED, id=stopped.id, seq=3, prev=stopped.prev, bytes_in=7, **said),
        decision="deny",
        rule="live",
        reason="message_refused",
        detail="No.",
        method="",
    )


async def test_a_body_stands_before_its_intent_and_is_taken_together_with_it(
    store_url: str,
) -> None:
    told = Told(rule="r", bytes_in=2, media="text/plain", complete=True, body="ab", body_hash="0f")
    async with recording(store_url) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, SESSION, body=told)
        body, opened = await records(store_url)
    assert (opened.kind, opened.request, opened.seq) == (Kind.REQUEST_INTENT, intent.id, 2)
    assert body == replace(
        recorded(Kind.REQUEST_BODY, id=body.id, seq=1, prev=body.prev, body="ab", body_hash="0f"),
        writer=emitter.writer,
        request=intent.id,
        rule="r",
        bytes_in=2,
        media="text/plain",
        complete=True,
    )


async def test_without_room_only_the_hash_of_a_body_is_kept(store_server: StoreServer) -> None:
    async with recording(store_server.url, wait=0.1, max_pending=1) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, SESSION)
        store_server.kill()
        for _ in range(2):
            recorder.keep(intent, Kind.RESPONSE_BODY, Told(body="a" * 500, cut=True, body_hash="1"))
        store_server.start()
        assert await emitter.drain(10) == 0
        _, kept, left_out = await records(store_server.url)
    assert (len(kept.body), kept.reason) == (500, "")
    assert (left_out.body, left_out.cut, left_out.reason) == ("", False, "audit_full")
    assert left_out.body_hash == "1"


async def test_an_outcome_says_what_became_of_its_request(store_url: str) -> None:
    remark = Remark(rule="notes", category="private_notes", count=2)
    outcome = Outcome(
        status=200,
        reason="cut",
        detail="It was cut.",
        bytes_in=7,
        bytes_out=11,
        redactions=(remark,),
        complete=False,
    )
    async with recording(store_url) as (recorder, emitter):
        intent = await recorder.intend(a_draft(), PERMIT, SESSION)
        recorder.conclude(intent, NOW - 40, outcome)
        recorder.conclude(intent, NOW + 40, Outcome())  # the clock stepped back
        assert await emitter.drain(5) == 0
    begun, told, empty = await records(store_url)
    assert told == recorded(
        Kind.REQUEST_OUTCOME,
        writer=emitter.writer,
        seq=2,
        prev=digest(line(begun)),
        id=told.id,
        request=intent.id,
        reason="cut",
        detail="It was cut.",
        status=200,
        bytes_in=7,
        bytes_out=11,
        ms=40,
        redactions=(remark,),
        complete=False,
    )
    assert len({intent.id, told.id, empty.id}) == 3
    assert (empty.ms, empty.status, empty.complete) == (0, 0, None)


async def test_each_session_has_its_own_people_on_record(store_url: str) -> None:
    """Law 11: what is kept encoded for one session never stands in another's records."""
    bo = Actor(id="bo", name="Bo", email="b@example.com", profile="Support")
    other = replace(SESSION, actor=bo)
    async with recording(store_url) as (recorder, _):
        for session in (SESSION, other, SESSION):
            await recorder.intend(a_draft(), PERMIT, session)
    assert [record.actor for record in await records(store_url)] == [
        SESSION.actor,
        other.actor,
        SESSION.actor,
    ]


async def test_an_intent_whose_request_is_cancelled_gets_its_outcome(store_url: str) -> None:
    async with recording(store_url) as (recorder, emitter):
        intending = asyncio.create_task(recorder.intend(a_draft(), PERMIT, SESSION))
        await asyncio.sleep(0)  # lets it hand its record in
        intending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await intending
        assert await emitter.drain(5) == 0
    intent, outcome = await records(store_url)
    assert (outcome.request, outcome.reason) == (intent.request, "gateway_stopping")
    assert outcome.complete is False


async def test_a_refusal_in_a_session_is_on_record_when_it_returns(store_url: str) -> None:
    outcome = Outcome(status=403, reason="not_allowed", detail="No rule allows it.")
    async with recording(store_url) as (recorder, emitter):
        name = await recorder.refuse(HEAD, outcome, SESSION, rule="writes", agent="x" * 300)
        held = await records(store_url)
    assert held == [
        recorded(
            Kind.REQUEST_REFUSED,
            writer=emitter.writer,
            seq=1,
            prev=held[0].prev,
            id=name,
            request=name,
            host="crm.localhost",
            decision="deny",
            rule="writes",
            reason="not_allowed",
            detail="No rule allows it.",
            status=403,
            client=RecordClient(address="10.0.0.1", agent="x" * 256),
        )
    ]


async def test_a_refusal_names_the_address_behind_a_trusted_peer_alone(store_url: str) -> None:
    fields = ((b"X-Forwarded-For", b"192.0.2.1"), (b"x-forwarded-for", b"192.0.2.1, 192.0.2.9"))
    async with recording(store_url) as (recorder, _):
        for peer, headers in (("10.9.0.1", fields), ("10.0.0.1", fields), ("10.9.0.1", ())):
            head = replace(HEAD, peer=peer, headers=headers)
            await recorder.refuse(head, Outcome(status=403), SESSION, rule="writes", agent="")
        held = await records(store_url)
    told = [each.client.address for each in held if each.client is not None]
    assert told == ["192.0.2.9", "10.0.0.1", "10.9.0.1"]


async def test_a_refusal_outside_sessions_names_nobody(store_url: str) -> None:
    head = RequestHead(method="GET", target="/", headers=(), host="h" * 300, peer="10.0.0.1")
    outcome = Outcome(status=421, reason="unknown_host", detail="Nobody is there.")
    async with recording(store_url) as (recorder, emitter):
        name = recorder.note_refusal(head, outcome, site="", rule="unknown_host")
        assert await emitter.drain(5) == 0
        held = await records(store_url)
    assert held == [
        Record(
            id=name,
            kind=Kind.REQUEST_REFUSED,
            at=AT,
            writer=emitter.writer,
            seq=1,
            prev=held[0].prev,
            request=name,
            method="GET",
            target="/",
            host="h" * 255,
            decision="deny",
            rule="unknown_host",
            reason="unknown_host",
            detail="Nobody is there.",
            status=421,
            client=RecordClient(address="10.0.0.1"),
        )
    ]


async def test_an_intent_that_could_not_be_recorded_gets_its_outcome(
    store_server: StoreServer,
) -> None:
    async with recording(store_server.url, wait=0.1) as (recorder, emitter):
        store_server.kill()
        with pytest.raises(StoreAway, match="audit_away"):
            await recorder.intend(a_draft(), PERMIT, SESSION)
        store_server.start()
        assert await emitter.drain(10) == 0
    intent, outcome = await records(store_server.url)
    assert (intent.kind, outcome.kind) == (Kind.REQUEST_INTENT, Kind.REQUEST_OUTCOME)
    assert outcome.request == intent.id
    assert (outcome.status, outcome.reason, outcome.actor) == (503, "audit_away", SESSION.actor)


async def test_an_intent_that_was_not_taken_gets_none(store_server: StoreServer) -> None:
    async with recording(store_server.url, wait=0.1, max_pending=200) as (recorder, emitter):
        store_server.kill()
        recorder.note_refusal(HEAD, Outcome(status=404), site="crm", rule="no_session")
        with pytest.raises(StoreAway, match="audit_full"):
            await recorder.intend(a_draft(), PERMIT, SESSION)
        with pytest.raises(StoreAway, match="audit_full"):
            await recorder.refuse(HEAD, Outcome(status=403), SESSION, rule="r", agent="")
        with pytest.raises(StoreAway, match="audit_full"):
            recorder.note_refusal(HEAD, Outcome(status=404), site="crm", rule="no_session")
        store_server.start()
        assert await emitter.drain(10) == 0
    assert [record.rule for record in await records(store_server.url)] == ["no_session"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (False, b"", "10.0.0.1"),
        (False, b"192.0.2.7", "10.0.0.1"),
        (True, b"", "10.0.0.1"),
        (True, b"192.0.2.7", "192.0.2.7"),
        (True, b"1.1.1.1, 192.0.2.7", "192.0.2.7"),
        (True, b"1.1.1.1,\t2001:db8::1 ", "2001:db8::1"),
        (True, b"192.0.2.\xff", "192.0.2.\ufffd"),
    ],
)
def test_the_client_is_the_last_hop_that_a_trusted_peer_names(
    trusted: bool, forwarded: bytes, address: str
) -> None:
    assert told_of(a_draft(trusted=trusted, forwarded=forwarded)).address == address


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(None, ""), (b"curl/8", "curl/8"), (b"\xff\xc3\xa9", "\ufffdé"), (b"x" * 300, "x" * 256)],
)
def test_the_agent_is_kept_as_sent_and_bounded(sent: bytes | None, kept: str) -> None:
    assert told_of(a_draft(agent=sent)).agent == kept
