"""What an order makes of somebody: how they would be, and what is different, in words."""

from __future__ import annotations

from typing import Final

from msgspec.structs import asdict, replace

from gateway.console.values import PersonOrder
from gateway.errors import Refused
from gateway.model import Frozen, Operator
from gateway.people.entry import Entry, operator_of
from gateway.people.operators import Listed

TITLE: Final = "This was not done"


class Planned(Frozen, frozen=True, kw_only=True):
    """A change that nothing is against.

    `rule`: what permits it. `detail`: what is different; empty when nothing is.
    """

    order: PersonOrder
    before: Listed | None
    after: Listed
    rule: str
    detail: str


def after_of(
    order: PersonOrder, before: Listed | None, *, new_password: bool, epoch: int
) -> Listed:
    """Say how somebody would be.

    Args:
        order: what is asked for.
        before: how they are; None when there is nobody.
        new_password: they get another password, so that they sign in anew.
        epoch: the one that somebody who is added begins in.

    Raises:
        Refused: `bad_person`, something of them cannot be used.
    """
    if order.operator is not None:
        operator = operator_of(_Said(order.operator))
        is_there = before is not None and order.how != "add"
        start = before if is_there and before else Listed(operator=operator, epoch=epoch)
        after = replace(start, operator=operator)
    elif before is not None:
        after = replace(before, disabled=order.how == "disable")
    else:  # nobody can be so; the rules say it
        after = Listed(operator=Operator(id=order.id, name="", email="", profile=""))
    is_out = before is not None and after.disabled and not before.disabled
    return replace(after, epoch=after.epoch + (new_password or is_out))


def difference(before: Listed | None, after: Listed, *, new_password: bool) -> str:
    """Say what is different, in words that stand on record; empty when nothing is."""
    if before is None:
        said = asdict(after.operator)
        changes = ["added", *(f"{name}: {_shown(each)}" for name, each in said.items() if each)]
    else:
        was, now = asdict(before.operator), asdict(after.operator)
        changes = [
            f"{name}: {_shown(was[name])} -> {_shown(now[name])}"
            for name in now
            if was[name] != now[name]
        ]
        if before.disabled != after.disabled:
            changes.append("disabled" if after.disabled else "enabled")
    return "; ".join([*changes, *(["another password"] if new_password else [])])


class _Said(Entry):
    """The fields of an operator as somebody said them, checked as those of the file are."""

    def __init__(self, operator: Operator) -> None:
        said = {name: value for name, value in asdict(operator).items() if value not in ("", ())}
        super().__init__(
            {name: list(each) if isinstance(each, tuple) else each for name, each in said.items()}
        )

    def fault(self, name: str, message: str) -> None:
        raise Refused(
            "bad_person",
            f"The operator cannot be kept so: {name} {message}.",
            "Mend it, and try again.",
            status=422,
            title=TITLE,
        )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    return str(value or "none")
