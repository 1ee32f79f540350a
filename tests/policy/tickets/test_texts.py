"""Placeholders of a lookup."""

from __future__ import annotations

import pytest

from gateway.policy.tickets.texts import Text, Unfit
from tests.policy.tickets.support import FACTS, mailing


def test_every_fact_has_a_placeholder() -> None:
    said = "{ticket} {site} {user.id} {user.name} {user.email} {user.account} {account.id}"
    filled = Text(f"{said} {{account.name}} {{account.region}}").filled(FACTS)
    assert filled == (
        "CS-1 crm jonas Jonas Weber Jonas@nordlicht.example n-7 n-7 Nordlicht GmbH emea"
    )


@pytest.mark.parametrize(
    "text", ["{user.groups}", "{actor.id}", "{ticket", "ticket}", "{}", "{{}}"]
)
def test_what_is_no_placeholder_is_told_at_once(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no|a brace"):
        Text(text)


def test_a_value_that_is_empty_tells_nobody_apart() -> None:
    with pytest.raises(Unfit) as unfit:
        Text("{user.id}:{user.email}").filled(mailing(""))
    assert unfit.value.fact == "user.email"
