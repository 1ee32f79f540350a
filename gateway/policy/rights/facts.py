"""What a decision about acting on behalf rests on; all of it must be known, or there is none."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import Account, Frozen, Mode, Operator, Preferences, User


class Standing(Frozen, frozen=True, kw_only=True):
    """An account as it stands: whether somebody owns it, and what it prefers.

    `assigned`: an operator owns it or an account above it. `preferences`: those in force.
    """

    account: Account
    assigned: bool
    preferences: Preferences


class Circumstances(Frozen, frozen=True, kw_only=True):
    """How a session is to be, or is.

    `ticket` is empty when none was named; `ticket_holds`: the conditions that its lookup found
    true. `now_ms`: milliseconds since the Unix epoch. `approved`: a second person has approved it.
    `stepped_up`: the operator signed in again for it. `again`: the operator has another live
    session on the site. `ticket_required`: one without a ticket needs `skip_ticket`. `workflow`:
    the only one that it is for, or empty.
    """

    mode: Mode
    now_ms: int
    address: str
    ticket: str = ""
    ticket_holds: frozenset[str] = frozenset()
    ticket_required: bool = False
    in_working_hours: bool = False
    in_network: bool = False
    approved: bool = False
    stepped_up: bool = False
    break_glass: bool = False
    again: bool = False
    workflow: str = ""


class Case(Frozen, frozen=True, kw_only=True):
    """Who would act for whom, and how.

    `profiles`: the operator's and what it is like. `user`: `protected` must already be set for one
    who is an operator too. `lineage`: the user's account and its parents up to the root, nearest
    first. `consented`: the user allows it now. `categories`, `capabilities`: all that the site has.
    """

    operator: Operator
    profiles: tuple[str, ...]
    user: User
    consented: bool
    lineage: tuple[Standing, ...]
    site: str
    categories: tuple[str, ...]
    circumstances: Circumstances
    capabilities: tuple[str, ...] = ()


class Facts(Frozen, frozen=True, kw_only=True):
    """What was decided by, as it goes on record, with what was shown and given."""

    case: Case
    reveal: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


def complete(user: User, lineage: Sequence[Standing]) -> bool:
    """Whether these are the user's account and all its parents, without a gap or a circle."""
    expected: str | None = user.account
    for link in lineage:
        if link.account.id != expected:
            return False
        expected = link.account.parent
    known = {link.account.id for link in lineage}
    return bool(lineage) and expected is None and len(known) == len(lineage)


def same_person(operator: Operator, user: User) -> bool:
    """Whether an operator is the user, by id or e-mail in any case."""
    same_mail = operator.email.casefold() == user.email.casefold() != ""
    return same_mail or operator.id.casefold() == user.id.casefold()
