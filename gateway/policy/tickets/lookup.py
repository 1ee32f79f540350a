"""From a ticket's number to what holds of it, or to a no in words that an operator understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.linear_pattern import linear_pattern
from gateway.model import Deny, Frozen
from gateway.policy.strict_json import strict_json
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.shows import Shows, TicketSays
from gateway.policy.tickets.texts import Facts, Unfit

LARGEST: Final = 256 << 10
"""Bytes of an answer that are read."""
_RULE: Final = "start.ticket"
_TITLE: Final = "This session cannot start"
_JSON: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json")
_GONE: Final = (404, 410)


class TicketFound(Frozen, frozen=True, kw_only=True):
    """A ticket that counts, and the names of the conditions that hold of it.

    `says`: what an operator is shown of it. `until_ms`: when it must be looked up anew, in
    milliseconds since the Unix epoch; None where tickets are not looked up.
    """

    id: str
    holds: frozenset[str] = frozenset()
    until_ms: int | None = None
    says: TicketSays = TicketSays()


class Answer(Frozen, frozen=True, kw_only=True):
    """What a desk answered. `media_type`: of its body, without parameters."""

    status: int
    media_type: str
    body: bytes


class Unchecked(Exception):
    """Nobody can say what a ticket is; why is for the log, and not for the operator."""


UNCHECKED: Final = Deny(
    code="ticket_unchecked",
    rule=_RULE,
    status=503,
    title=_TITLE,
    detail="The ticket could not be checked, so it does not count.",
    advice="Try again in a minute, or ask whoever looks after the gateway.",
)


class Shape:
    """What a ticket looks like: matched whole by a pattern of RE2, such as its `example`.

    Raises:
        ValueError: the pattern cannot be run, or the example is none.
    """

    def __init__(self, pattern: str, example: str) -> None:
        self._pattern = linear_pattern(pattern)
        self.example = example
        if self.refusal(example) is not None:
            raise ValueError(f"{example!r} does not match {pattern!r}")

    def refusal(self, ticket: str) -> Deny | None:
        """Refuse what does not look so."""
        if self._pattern.fullmatch(ticket) is not None:
            return None
        return _malformed(f"A ticket looks like {self.example}.")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where tickets are looked up, and what is asked of the answer.

    `required`: names of conditions without which a ticket does not count at all. `shows`: what of
    it operators are shown.
    """

    address: Address
    conditions: Mapping[str, Condition]
    required: Sequence[str] = ()
    shows: Shows = field(default_factory=Shows)

    def url(self, facts: Facts) -> str | Deny:
        """Give the address that answers for a ticket.

        Raises:
            Unchecked: what the directory says of the user is not fit for it.
        """
        try:
            return self.address.url(facts)
        except Unfit as unfit:
            if unfit.fact == "ticket":
                return _malformed("Enter its number alone.")
            raise Unchecked(str(unfit)) from None

    def judge(self, answer: Answer, facts: Facts) -> TicketFound | Deny:
        """Say which conditions hold, and what is shown.

        Raises:
            Unchecked: the desk did not say.
        """
        if answer.status in _GONE:
            return _unknown(facts.ticket)
        if answer.status != 200:
            raise Unchecked(f"status {answer.status}")
        if _JSON.fullmatch(answer.media_type.lower()) is None:
            raise Unchecked(f"an answer in {answer.media_type}")
        try:
            said = strict_json(answer.body.decode())
        except ValueError as fault:
            raise Unchecked(str(fault)) from None
        holds = frozenset(name for name, one in self.conditions.items() if one.holds(said, facts))
        missing = [name for name in self.required if name not in holds]
        if missing:
            return _not_usable(facts.ticket, missing)
        return TicketFound(id=facts.ticket, holds=holds, says=self.shows.of(said))


def _malformed(advice: str) -> Deny:
    return Deny(
        code="ticket_malformed",
        rule=_RULE,
        status=422,
        title=_TITLE,
        detail="This is not the number of a ticket.",
        advice=advice,
    )


def _unknown(ticket: str) -> Deny:
    return Deny(
        code="ticket_unknown",
        rule=_RULE,
        status=422,
        title=_TITLE,
        detail=f"There is no ticket {ticket}.",
        advice="Check its number.",
    )


def _not_usable(ticket: str, missing: Sequence[str]) -> Deny:
    words = ", ".join(name.replace("_", " ") for name in missing)
    return Deny(
        code="ticket_not_usable",
        rule=_RULE,
        status=403,
        title=_TITLE,
        detail=f"The ticket {ticket} does not count here. This is not so: {words}.",
        advice="Use another ticket, or have this one put right.",
    )
