"""What may become of the people who may sign in, whoever asks for it. Pure.

Nobody changes or disables themselves. The last administrator who is enabled stays. Somebody who
owns an account, or is named where something depends on it, is disabled when that is handed over.
Those of the operators file are changed there, and only disabled and enabled here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gateway.model import Deny, Frozen, Operator
from gateway.policy.rights.files import Policies
from gateway.policy.rights.lint import entities_named
from gateway.policy.rights.wording import OWN_PERSON

How = Literal["add", "update", "disable", "enable"]
ADMINISTRATOR: Final = "Administrator"
_TITLE: Final = "This was not done"


class Someone(Frozen, frozen=True, kw_only=True):
    """An operator as they are, or are to be.

    `profiles`: theirs and those that it is like; empty when the config does not have it. `in_file`:
    they are in the operators file, not in the store.
    """

    operator: Operator
    profiles: tuple[str, ...]
    disabled: bool = False
    in_file: bool = False


class Named(NamedTuple):
    """Where a person is named: what it is (`account`, `policy`, ...), and its name."""

    kind: str
    name: str


class No(NamedTuple):
    """A refusal, and what is to be handed over before."""

    deny: Deny
    hand_over: tuple[Named, ...] = ()


def refusal(
    people: Mapping[str, Someone],
    how: How,
    after: Someone,
    *,
    by: str,
    named_in: Sequence[Named] = (),
) -> No | None:
    """Say why somebody must not become so; None when nothing is against it.

    Args:
        people: everybody there is, by id.
        how: what is done.
        after: how they would be.
        by: the id of the operator who asks; empty for the command line.
        named_in: where they are named; what they own is known from `people`.
    """
    operator = after.operator
    if by and by.casefold() == operator.id.casefold():
        return No(OWN_PERSON)
    before = people.get(operator.id)
    if how == "add":
        return _taken(people, operator, itself=None) or _unknown_profile(after)
    if before is None:
        return No(_unknown(operator.id))
    if how == "update":
        no = _kept_in_file(before) or _taken(people, operator, itself=operator.id)
        no = no or (
            _unknown_profile(after) if before.operator.profile != operator.profile else None
        )
        if no is not None:
            return no
    if how == "disable" and not before.disabled:
        to_hand_over = (*(Named("account", each) for each in before.operator.accounts), *named_in)
        if to_hand_over:
            return No(_hand_over(before.operator, to_hand_over), to_hand_over)
    return _last_administrator(people, after)


def administrators(people: Iterable[Someone]) -> frozenset[str]:
    """Give the ids of the administrators who are enabled."""
    return frozenset(
        each.operator.id for each in people if not each.disabled and ADMINISTRATOR in each.profiles
    )


def policies_naming(policies: Policies, operator_id: str) -> tuple[Named, ...]:
    """Give the policies that name an operator."""
    return tuple(
        Named("policy", name)
        for name, policy in policies.document.items()
        if operator_id in entities_named(policy, "Gateway::Operator")
    )


def _taken(people: Mapping[str, Someone], operator: Operator, *, itself: str | None) -> No | None:
    for other in people.values():
        if other.operator.id == itself:
            continue
        if other.operator.id.casefold() == operator.id.casefold():
            return No(_there(f"There is an operator {other.operator.id} already."))
        if other.operator.email.casefold() == operator.email.casefold():
            return No(_there(f"The operator {other.operator.id} has this e-mail address."))
    return None


def _there(detail: str) -> Deny:
    return Deny(
        code="person_exists",
        rule="people.once",
        status=409,
        title=_TITLE,
        detail=detail,
        advice="Change or enable the one that there is, or choose another id and address.",
    )


def _unknown(operator_id: str) -> Deny:
    return Deny(
        code="unknown_person",
        rule="people.known",
        status=404,
        title=_TITLE,
        detail=f"There is no operator {operator_id}.",
        advice="Name one by their id, as the list has it.",
    )


def _unknown_profile(after: Someone) -> No | None:
    if after.profiles:
        return None
    return No(
        Deny(
            code="unknown_profile",
            rule="people.profile_known",
            status=422,
            title=_TITLE,
            detail=f"There is no profile {after.operator.profile}.",
            advice="Name one that comes with the gateway, or one of the config.",
        )
    )


def _kept_in_file(before: Someone) -> No | None:
    if not before.in_file:
        return None
    return No(
        Deny(
            code="kept_in_file",
            rule="people.file",
            status=409,
            title=_TITLE,
            detail=f"{before.operator.id} is in the operators file, so they are changed there.",
            advice="Change the file: it is read again by itself. Here they can be disabled.",
        )
    )


def _last_administrator(people: Mapping[str, Someone], after: Someone) -> No | None:
    before = administrators(people.values())
    if not before or administrators(({**people, after.operator.id: after}).values()):
        return None
    return No(
        Deny(
            code="last_administrator",
            rule="people.an_administrator_stays",
            status=409,
            title=_TITLE,
            detail=f"{after.operator.id} is the last administrator who can sign in.",
            advice="Make somebody else an administrator, or enable one, before.",
        )
    )


def _hand_over(operator: Operator, named: Sequence[Named]) -> Deny:
    listed = ", ".join(f"{each.kind} {each.name}" for each in named)
    return Deny(
        code="hand_over_first",
        rule="people.handed_over",
        status=409,
        title=_TITLE,
        detail=f"Something depends on {operator.id} still: {listed}.",
        advice="Give it to somebody else, and then disable them.",
    )
