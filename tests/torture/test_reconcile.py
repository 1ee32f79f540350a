"""The reconciliation finds each offence: it is planted in ledgers that agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.audit.record import Kind, Record, RecordSubject, timestamp
from gateway.model import Actor
from tests.torture.ledgers import Acted, Asked, Entry, Seen, told_in
from tests.torture.plan import plan
from tests.torture.reconcile import ROWS, Ledgers, reconciled

ADA = Actor(id="ada", name="Ada", email="", profile="Administrator")
JONAS = RecordSubject(id="jonas", name="Jonas", email="", account="n", account_name="N")


@dataclass
class Story:
    """What happened: one session with a GET and a refused POST, and an ordinary request."""

    asked: dict[str, Asked] = field(default_factory=dict)
    acted: Acted = field(default_factory=lambda: Acted("s", "jonas", "ada", "read_only", 50.0))
    seen: list[Seen] = field(default_factory=list)
    records: list[tuple[int, Record]] = field(default_factory=list)

    def __post_init__(self) -> None:
        of_app: dict[str, Any] = {"session": "s", "sent": 1, "status": 200, "whole": True}
        self.asked = {
            "get": Asked("get", "json", answers="get", size=7, **of_app),
            "post": Asked("post", "post", "POST", "s", sent=2, status=403, whole=True),
            "other": Asked("other", "plain", sent=3, status=200, answers="other", whole=True),
        }
        self.seen = [
            Seen("get", 1005, "GET", "jonas", "ada", 0),
            Seen("other", 9, "GET", "", "", 0),
        ]
        self.records = [
            (1000, record(Kind.REQUEST_INTENT, "get")),
            (1010, record(Kind.REQUEST_OUTCOME, "get", status=200, bytes_out=7, complete=True)),
            (1020, record(Kind.REQUEST_REFUSED, "post", status=403)),
            (1030, record(Kind.SESSION_ENDED, "")),
        ]

    def ledgers(self) -> Ledgers:
        entries = [Entry(0, f"{at}-0", each.place("w", 0, 1, b"")) for at, each in self.records]
        told, others = told_in(entries)
        return Ledgers(list(self.asked.values()), [self.acted], self.seen, told, others)


def record(kind: Kind, request: str, **more: Any) -> Record:
    people: dict[str, Any] = {"session": "s", "actor": ADA, "subject": JONAS}
    target = f"/x/{request}" if request else ""
    return Record(
        id=request,
        kind=kind,
        at=timestamp(1000),
        request=f"r {request}",
        target=target,
        **(people | more),
    )


Plant = Callable[[Story], object]
PLANTS: list[tuple[str, Plant]] = [
    ("saw before", lambda story: story.records.pop(0)),
    ("saw before", lambda story: story.records.__setitem__(0, (1006, story.records[0][1]))),
    ("saw before", lambda story: story.seen.append(Seen("nobody's", 1, "GET", "jonas", "ada", 0))),
    ("without a record", lambda story: story.records.pop(2)),
    ("without a record", lambda story: story.records.__delitem__(slice(0, 2))),
    ("reached the app twice", lambda story: story.seen.append(story.seen[0])),
    ("never closed", lambda story: story.records.pop(1)),
    ("begun or closed twice", lambda story: story.records.append(story.records[1])),
    ("begun or closed twice", lambda story: story.records.append(story.records[0])),
    ("without an intent before", lambda story: story.records.__setitem__(
        1, (999, story.records[1][1]))),
    ("came whole, though", lambda story: setattr(story.records[1][1], "complete", False)),
    ("were cut, though", lambda story: setattr(story.asked["get"], "whole", False)),
    ("another status", lambda story: setattr(story.records[1][1], "status", 404)),
    ("another status", lambda story: setattr(story.records[2][1], "status", 404)),
    ("another number of bytes", lambda story: setattr(story.asked["get"], "size", 6)),
    ("somebody else", lambda story: story.seen.__setitem__(0, story.seen[0]._replace(user="x"))),
    ("somebody else", lambda story: story.seen.__setitem__(0, story.seen[0]._replace(actor=""))),
    ("somebody else", lambda story: story.seen.__setitem__(1, story.seen[1]._replace(actor="ada"))),
    ("somebody else", lambda story: setattr(story.records[1][1], "subject", None)),
    ("somebody else", lambda story: story.records.append(
        (1040, record(Kind.REQUEST_INTENT, "other")))),
    ("from read-only sessions", lambda story: story.seen.append(
        Seen("post", 1021, "POST", "jonas", "ada", 0))),
    ("hidden values", lambda story: setattr(story.asked["get"], "leaked", True)),
    ("without the bar", lambda story: setattr(story.asked["get"], "bar", False)),
    ("to another request", lambda story: setattr(story.asked["get"], "answers", "other")),
    ("after an end", lambda story: setattr(story.asked["get"], "newest", 50.1)),
    ("after an end", lambda story: setattr(story.asked["get"], "sent", 50.1)),
    ("the store lost", lambda story: story.records.append(
        (1050, record(Kind.AUDIT_LOST, "", lost=(1, 2))))),
]  # fmt: skip


def test_ledgers_that_agree_have_no_offence() -> None:
    assert {row: found for row, found in reconciled(Story().ledgers()).items() if found} == {}


@pytest.mark.parametrize(("row", "plant"), PLANTS)
def test_an_offence_is_found_in_its_row(row: str, plant: Plant) -> None:
    story = Story()
    plant(story)
    (name,) = [each for each in ROWS if row in each]
    assert reconciled(story.ledgers())[name]


def test_every_row_has_an_offence_that_is_tried() -> None:
    assert {name for name in ROWS if not any(row in name for row, _ in PLANTS)} == set()


def test_what_a_gateway_that_died_left_open_says_nothing_of_status_and_size() -> None:
    story = Story()
    unknown = {"reason": "unknown", "complete": False}
    story.records[1] = (1010, record(Kind.REQUEST_OUTCOME, "get", **unknown))
    assert not any(reconciled(story.ledgers()).values())


def test_an_intent_that_was_spooled_counts_from_when_it_was_made() -> None:
    story = Story()
    story.asked["get"].spools = True
    story.records[:2] = [(at + 500, each) for at, each in story.records[:2]]
    assert not any(reconciled(story.ledgers()).values())
    story.records[0][1].at = timestamp(1006)
    assert [row for row, found in reconciled(story.ledgers()).items() if found] == [
        "requests of a session that the app saw before their intent, or without one"
    ]


def test_what_was_recovered_after_another_took_it_for_unknown_is_no_second_outcome() -> None:
    story = Story()
    unknown = record(Kind.REQUEST_OUTCOME, "get", reason="unknown", complete=False)
    story.records[1][1].recovered = ("w", 9)
    story.records.insert(1, (1008, unknown))
    assert not any(reconciled(story.ledgers()).values())


def test_only_a_refusal_outside_sessions_may_be_lost() -> None:
    story = Story()
    del story.records[2]
    story.asked["post"].code = "no_session"
    assert not any(reconciled(story.ledgers()).values())


def test_a_client_that_left_by_itself_is_no_offence() -> None:
    story = Story()
    story.asked["get"] = replace(story.asked["get"], whole=False, left=True)
    assert not any(reconciled(story.ledgers()).values())


def test_a_seed_gives_the_same_plan_each_time() -> None:
    assert plan("a", 120) == plan("a", 120) != plan("b", 120)
    assert any(act.whom == "gateway" and act.what == "freeze" for act in plan("a", 120))
