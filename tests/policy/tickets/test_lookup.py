"""From an answer to what holds of a ticket, or to a no that an operator understands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.model import Deny
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.lookup import Answer, Lookup, Shape, TicketFound, Unchecked
from tests.policy.tickets.support import FACTS, facts, mailing

CONDITIONS = {
    "open": Condition("$.status", ["open"]),
    "same_account": Condition("$.organization", ["{user.account}"]),
}
ADDRESS = Address("https://desk.example.com/t/{ticket}?of={user.email}")
LOOKUP = Lookup(ADDRESS, CONDITIONS)
STRICT = Lookup(ADDRESS, CONDITIONS, ("open", "same_account"))


def answer(said: Any, status: int = 200, media_type: str = "application/json") -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Answer(status=status, media_type=media_type, body=body)


def refused(said: TicketFound | str | Deny) -> Deny:
    assert isinstance(said, Deny)
    return said


def test_an_answer_gives_the_conditions_that_hold() -> None:
    said = answer({"status": "open", "organization": "n-8"}, media_type="application/hal+JSON")
    assert LOOKUP.judge(said, FACTS) == TicketFound(id=FACTS.ticket, holds=frozenset({"open"}))
    both = answer({"status": "open", "organization": "n-7"})
    assert STRICT.judge(both, FACTS) == TicketFound(id=FACTS.ticket, holds=frozenset(CONDITIONS))


def test_a_ticket_without_what_is_required_says_in_words_what_is_missing() -> None:
    deny = refused(STRICT.judge(answer({"status": "open"}), FACTS))
    assert (deny.code, deny.status, deny.rule) == ("ticket_not_usable", 403, "start.ticket")
    assert deny.detail == "The ticket CS-1 does not count here. This is not so: same account."
    deny = refused(STRICT.judge(answer({}), FACTS))
    assert deny.detail.endswith("This is not so: open, same account.")


@pytest.mark.parametrize("status", [404, 410])
def test_a_ticket_that_the_desk_does_not_have_is_unknown(status: int) -> None:
    deny = refused(LOOKUP.judge(answer("no", status), FACTS))
    assert (deny.code, deny.status, deny.detail) == (
        "ticket_unknown",
        422,
        "There is no ticket CS-1.",
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        *((answer({"status": "open"}, status), f"status {status}") for status in (204, 302, 401)),
        (answer({"status": "open"}, 503), "status 503"),
        (answer({"status": "open"}, media_type="text/html"), "an answer in text/html"),
        (answer(b'{"status": "open"'), "malformed"),
        (answer(b'{"status": "closed", "status": "open"}'), "says a name twice"),
        (answer(b'{"status": "open", "x": NaN}'), "NaN"),
        (answer(b'{"status": "\xff"}'), "codec"),
        (answer(b""), "malformed"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_whatever_else_comes_checks_nothing(said: Answer, why: str) -> None:
    with pytest.raises(Unchecked, match=why):
        LOOKUP.judge(said, FACTS)


def test_a_ticket_that_could_lead_elsewhere_is_refused_and_never_asked_for() -> None:
    deny = refused(LOOKUP.url(facts(ticket="../../users/1")))
    assert (deny.code, deny.status) == ("ticket_malformed", 422)
    with pytest.raises(Unchecked, match=r"user\.email is empty"):
        LOOKUP.url(mailing(""))


def test_a_ticket_looks_like_its_pattern_from_end_to_end() -> None:
    shape = Shape("CS-[0-9]+|#[0-9]{5}", "CS-4711")
    assert shape.refusal("CS-1") is None
    assert shape.refusal("#12345") is None
    for other in ("cs-1", "CS-1 ", "CS-1x", "xCS-1", "CS-", "", "CS-1\n", "CS-\u0661"):
        deny = refused(shape.refusal(other) or "")
        assert (deny.code, deny.advice) == ("ticket_malformed", "A ticket looks like CS-4711.")


@pytest.mark.parametrize(("pattern", "example"), [("CS-[0-9]+", "CS-x"), ("CS-[", "CS-")])
def test_an_example_that_is_none_is_told_at_once(pattern: str, example: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|RE2"):
        Shape(pattern, example)
