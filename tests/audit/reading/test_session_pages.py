"""Pages of a session's steps give together exactly the whole, while records keep arriving."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.audit.reading import session_pages
from gateway.audit.reading.paging import ONLY, Paged, is_one_of, paged
from gateway.audit.reading.session_pages import SessionPages
from gateway.audit.reading.spots import FIRST, LAST
from gateway.audit.reading.timeline import Step
from gateway.audit.record import Kind, Record, RecordSubject
from gateway.audit.writing.emitter import Emitter
from gateway.model import Actor, Mode, Remark
from tests.audit.support import a_record, emitting

ADA = Actor(id="ada", name="Ada Okafor", email="ada@x.example", profile="P")
JONAS = RecordSubject(id="jonas", name="", email="", account="n", account_name="N")
HID = (Remark(rule="n", category="notes", count=2),)


def of(kind: Kind, name: str, **more: object) -> Record:
    return replace(a_record(name, kind, "s"), site="crm", actor=ADA, subject=JONAS, **more)


def what(moves: list[tuple[str, int]]) -> list[Record]:
    """Records as a gateway writes them: an outcome comes once, behind its intent."""
    told = [of(Kind.SESSION_STARTED, "start")]
    begun: list[str] = []
    for number, (move, which) in enumerate(moves):
        name = f"{number:05}"
        match move:
            case "get" | "put":
                begun.append(name)
                told.append(of(Kind.REQUEST_INTENT, name, request=name, method=move.upper()))
            case "end" | "hide" | "fail" if begun:
                one = begun.pop(which % len(begun))
                told.append(
                    of(
                        Kind.REQUEST_OUTCOME,
                        name,
                        request=one,
                        method="GET",
                        status=500 if move == "fail" else 200,
                        redactions=HID if move == "hide" else (),
                    )
                )
            case "refuse":
                told.append(of(Kind.REQUEST_REFUSED, name, request=name, decision="deny"))
            case "body":
                told.append(of(Kind.RESPONSE_BODY, name, request="00000"))
            case "message":
                told.append(of(Kind.MESSAGE_SENT, name, request="x", mode=Mode.READ_WRITE))
    return told


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["get", "put", "end", "hide", "fail", "refuse", "body", "message"]),
        st.integers(0, 9),
    ),
    max_size=30,
)


def ids(page: Paged, found: dict[str, Step]) -> list[str]:
    """Put a page into what was found before, as a page of the console does; give its ids."""
    for _, late in page.late:
        name = late.told["request"]
        found[name] = Step(found[name].told if name in found else late.told, late.outcome)
    named = [(each.told.get("request") or each.told["id"], each) for _, each in page.steps]
    for name, step in named:
        found.setdefault(name, step)
    return [step.told["id"] for _, step in page.steps]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, later=MOVES, size=st.integers(1, 5), only=st.sampled_from(["", *ONLY]))
async def test_pages_onwards_are_the_whole_while_more_comes(
    store_url: str, moves: list[Any], later: list[Any], size: int, only: str
) -> None:
    with redis.Redis.from_url(store_url) as client:
        client.flushall()
    records = what([*moves, *later])
    now, coming = records[: len(moves) + 1], records[len(moves) + 1 :]
    async with emitting(store_url) as (emitter, store):
        await put(emitter, *now)
        pages, found, order, place = SessionPages(store, 2), dict[str, Step](), list[str](), FIRST
        while True:
            page = await pages.after("s", place, only, size)
            order += ids(page.steps, found)
            place = page.later
            if coming:
                await put(emitter, *coming[:2])
                coming = coming[2:]
            elif not page.more:
                break
        whole = paged((FIRST, fields) for fields in await everything(pages))
        assert not whole.late
        steps = [step for _, step in whole.steps]
        wanted = [step.told["id"] for step in steps if is_one_of(step, only)]
        # What was under way on its page and is found by its outcome alone came late.
        behind = [step.told["id"] for step in found.values() if step.told["id"] not in order]
        assert order == [each for each in wanted if each in order]
        requests = {step.told.get("request") or step.told["id"] for step in found.values()}
        assert requests == {
            step.told.get("request") or step.told["id"] for step in steps if is_one_of(step, only)
        }
        assert len(order) + len(behind) == len(wanted)


async def everything(pages: SessionPages) -> list[Any]:
    place, more, told = FIRST, True, list[Any]()
    while more:
        found, place, more = await pages.read_on("s", place)
        told += [fields for _, fields in found]
    return told


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, size=st.integers(1, 5), only=st.sampled_from(["", *ONLY]))
async def test_pages_backwards_are_the_whole(
    store_url: str, moves: list[Any], size: int, only: str
) -> None:
    with redis.Redis.from_url(store_url) as client:
        client.flushall()
    async with emitting(store_url) as (emitter, store):
        await put(emitter, *what(moves))
        pages, order = SessionPages(store, 2), list[str]()
        page = await pages.before("s", LAST, only, size)
        newest = page.later
        while True:
            assert len(page.steps.steps) <= size
            order[:0] = [step.told["id"] for _, step in page.steps.steps]
            if page.earlier is None:
                break
            page = await pages.before("s", page.earlier, only, size)
        whole = paged((FIRST, fields) for fields in await everything(pages))
        wanted = [step.told["id"] for _, step in whole.of(only).steps]
        assert order == wanted
        assert not (await pages.after("s", newest, "", 5)).steps.steps


async def put(emitter: Emitter, *records: Record) -> None:
    for each in records:
        emitter.emit(each)
    assert await emitter.drain(5) == 0


async def test_an_outcome_far_behind_is_found_for_a_page_before(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        await put(emitter, *what([("get", 0), *[("refuse", 0)] * 150, ("hide", 0)]))
        page = await SessionPages(store, 1).after("s", FIRST, "", 2)
        assert [step.outcome.get("status") for _, step in page.steps.steps] == [None, 200]


async def test_what_is_too_much_to_read_at_once_goes_on(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_pages, "MOST_READ", 100)
    async with emitting(store_url) as (emitter, store):
        await put(emitter, *what([("refuse", 0)] * 250))
        pages = SessionPages(store, 1)
        page = await pages.after("s", FIRST, "hidden", 5)
        assert (page.more, page.steps.steps) == (True, [])
        back = await pages.before("s", LAST, "hidden", 5)
        assert back.earlier is not None
        assert not back.steps.steps
        monkeypatch.setattr(session_pages, "SECONDS", -1.0)
        page = await pages.after("s", FIRST, "", 5)
        assert (page.more, page.later) == (True, FIRST)


async def test_the_start_is_found_and_else_the_oldest_record_of_the_actor(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        pages = SessionPages(store, 1)
        assert await pages.begun("s") is None
        await put(
            emitter,
            of(Kind.AUDIT_VIEWED, "1"),
            of(Kind.SESSION_REVIEWED, "2"),
            of(Kind.OPERATOR_REFUSED, "3"),
        )
        assert await pages.begun("s") is None
        await put(emitter, of(Kind.REQUEST_INTENT, "4", request="4", method="GET"))
        assert (await pages.begun("s") or {})["id"] == "4"
        await put(emitter, of(Kind.SESSION_STARTED, "5"))
        assert (await pages.begun("s") or {})["id"] == "5"
