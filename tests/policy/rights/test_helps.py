"""What would help: the smallest change that the same policies would allow."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import Account, Deny, Mode, Operator, Preferences, User
from gateway.policy.rights.facts import Case, Circumstances, Standing
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.helps import OTHERS, OWN, decide_start, what_helps
from gateway.policy.rights.profiles import SHIPPED
from gateway.policy.rights.ready import ready_files, ready_names
from gateway.policy.rights.start import StartAllowed, decide

EVERY = ready_names()


def case(profile: str = "Support", **changes: Any) -> Case:
    said: dict[str, Any] = {
        "mode": Mode.READ_WRITE,
        "now_ms": 1_700_000_000_000,
        "address": "192.0.2.7",
        **changes,
    }
    nord = Account(id="nord", name="Nordlicht")
    prefers = Preferences(ask_first=said.pop("ask_first", False))
    return Case(
        operator=Operator(id="sam", name="Sam", email="sam@example.com", profile=profile),
        profiles=(profile,),
        user=User(id="jonas", name="Jonas", email="jonas@nord.example", account="nord"),
        consented=said.pop("consented", False),
        lineage=(Standing(account=nord, assigned=False, preferences=prefers),),
        site="crm",
        categories=("notes",),
        circumstances=Circumstances(**said),
    )


def helps(names: tuple[str, ...], said: Case) -> tuple[str, ...]:
    decision = decide_start(read_policies(ready_files(names)), said)
    assert isinstance(decision, Deny)
    return next(iter(decision.helps), ())


@pytest.mark.parametrize(
    ("names", "said", "expected"),
    [
        (("support_when_allowed",), case(), ("ticket",)),
        (("support_when_allowed", "second_approver"), case(), ("read_only", "ticket")),
        (("shipped_profiles", "second_approver"), case("Administrator"), ("read_only",)),
        (
            ("shipped_profiles", "ask_first"),
            case("Administrator", mode=Mode.READ_ONLY, ask_first=True),
            ("consent",),
        ),
        (
            ("shipped_profiles", "working_hours", "break_glass"),
            case("Administrator", mode=Mode.READ_ONLY),
            ("break_glass",),
        ),
        (("shipped_profiles",), case("Administrator", again=True), ("end_other_session",)),
        (("shipped_profiles", "working_hours"), case("Administrator"), ()),
        (("administrators_only",), case("Support"), ()),
    ],
)
def test_a_refusal_says_what_the_operator_could_do(
    names: tuple[str, ...], said: Case, expected: tuple[str, ...]
) -> None:
    assert helps(names, said) == expected


def test_those_who_look_into_it_learn_what_others_could_change() -> None:
    policies = read_policies(ready_files(["support_when_allowed", "working_hours"]))
    found = list(what_helps(policies, case(), {**OWN, **OTHERS}))
    assert found == [("ticket", "working_hours"), ("working_hours", "support_may_act")]


def test_a_region_helps_where_the_account_has_one() -> None:
    policies = read_policies(ready_files(["administrators_only", "regions"]))
    said = case("Administrator")
    assert list(what_helps(policies, said, {**OWN, **OTHERS})) == []
    nord = Account(id="nord", name="Nordlicht", parent="group")
    group = Account(id="group", name="Group", region="dach")
    tree = tuple(
        Standing(account=each, assigned=False, preferences=Preferences()) for each in (nord, group)
    )
    found = list(what_helps(policies, replace(said, lineage=tree), {**OWN, **OTHERS}))
    assert found == [("own_region",)]


def test_nothing_helps_against_a_forbid_for_everybody() -> None:
    no = '@id("no") @reason("Closed.") forbid (principal, action, resource);'
    policies = read_policies({**ready_files(), "no.cedar": no})
    assert list(what_helps(policies, case("Administrator"), {**OWN, **OTHERS})) == []


@settings(deadline=None, max_examples=60)
@given(
    names=st.sets(st.sampled_from(EVERY), max_size=6),
    profile=st.sampled_from(SHIPPED),
    mode=st.sampled_from(Mode),
    ask_first=st.booleans(),
    required=st.booleans(),
    again=st.booleans(),
)
def test_what_is_said_to_help_does_and_nothing_smaller_would(
    names: set[str], profile: str, mode: Mode, ask_first: bool, required: bool, again: bool
) -> None:
    policies = read_policies(ready_files(sorted(names)))
    said = case(profile, mode=mode, ask_first=ask_first, ticket_required=required, again=again)
    decision = decide_start(policies, said)
    if isinstance(decision, StartAllowed):
        return

    def after(changes: tuple[str, ...]) -> StartAllowed | Deny:
        changed = said
        for name in changes:
            changed = OWN[name](changed)
        return decide(policies, changed)

    for helps in decision.helps:
        assert isinstance(after(helps), StartAllowed)
    for size in range(len(decision.helps[0]) if decision.helps else 0):
        for fewer in combinations(OWN, size):
            assert isinstance(after(fewer), Deny)
