"""Whose session it is, and who wants to know of it."""

from __future__ import annotations

import pytest

from gateway.model import About, Operator, Preferences, Recipient
from gateway.notices.whom import kinds_of, told

PREFERENCES = Preferences(
    notify=(
        Recipient(to="all@x.example"),
        Recipient(to="support@x.example", about=("support",)),
        Recipient(to="more@x.example", about=("partners", "own_admins")),
    )
)


@pytest.mark.parametrize(
    ("profiles", "partner", "kinds"),
    [
        (("Support",), "", {"support"}),
        (("Night Shift", "Support"), "", {"support"}),
        (("Account Admin",), "", {"own_admins"}),
        (("Partner Admin",), "acme", {"partners"}),
        (("Support",), "acme", {"support", "partners"}),
        (("Administrator",), "", {"operators"}),
        ((), "", {"operators"}),
    ],
)
def test_everybodys_sessions_are_of_some_kind(
    profiles: tuple[str, ...], partner: str, kinds: set[About]
) -> None:
    operator = Operator(id="o", name="O", email="o@x", profile="P", partner=partner)
    assert kinds_of(operator, profiles) == kinds


def test_who_names_no_kind_is_told_of_all() -> None:
    assert told(PREFERENCES, frozenset({"operators"}), broke_glass=False) == ("all@x.example",)
    both = told(PREFERENCES, frozenset({"own_admins"}), broke_glass=False)
    assert both == ("all@x.example", "more@x.example")


def test_broken_glass_is_told_to_everybody() -> None:
    assert len(told(PREFERENCES, frozenset({"operators"}), broke_glass=True)) == 3
