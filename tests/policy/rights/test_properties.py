"""Whatever policies are on: what is missing, taken away or broken never lets anybody in.

Cases are made of every fact that policies may speak of, over every choice of the ready policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import Account, Deny, Mode, Operator, Preferences, User
from gateway.people.entry import STATUSES
from gateway.policy.rights.facts import Case, Circumstances, Standing
from gateway.policy.rights.files import Policies, read_policies
from gateway.policy.rights.profiles import SHIPPED
from gateway.policy.rights.ready import ready_files, ready_names
from gateway.policy.rights.start import StartAllowed, decide

CATEGORIES = ("notes", "mail")
CAPABILITIES = ("edit_prices", "edit_shipping")
PERMIT_ALL = '@id("all") permit (principal, action, resource);'
ACCOUNTS = ("shop", "berlin", "nord")
NAMES = st.sampled_from(["", "nord", "berlin", "shop", "hoshi"])
SOME = st.lists(st.sampled_from(["nord", "berlin", "hoshi"]), max_size=2, unique=True).map(tuple)
TAGS = st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(tuple)
HOLDS = st.frozensets(st.sampled_from(["open", "same_account", "opened_by_customer"]))

preferences = st.builds(
    Preferences,
    admins_may_act=st.booleans(),
    support_may_act=st.booleans(),
    support_may_see=st.lists(st.sampled_from(CATEGORIES), unique=True).map(tuple),
    ask_first=st.booleans(),
    partners=TAGS,
)
operators = st.builds(
    Operator,
    id=st.just("ada"),
    name=st.just("Ada"),
    email=st.just("ada@example.com"),
    profile=st.sampled_from(SHIPPED),
    accounts=SOME,
    account=NAMES,
    partner=st.sampled_from(["", "a", "b"]),
    regions=TAGS,
)
users = st.builds(
    User,
    id=st.just("jonas"),
    name=st.just("Jonas"),
    email=st.just("jonas@nord.example"),
    account=st.just("shop"),
    status=st.sampled_from(STATUSES),
    groups=TAGS,
    protected=st.booleans(),
    house_contact=st.booleans(),
)
circumstances = st.builds(
    Circumstances,
    mode=st.sampled_from(Mode),
    now_ms=st.integers(1, 4_000_000_000_000),
    address=st.sampled_from(["192.0.2.7", "2001:db8::1", "fe80::1%eth0"]),
    ticket=st.sampled_from(["", "T-1"]),
    ticket_holds=HOLDS,
    ticket_required=st.booleans(),
    in_working_hours=st.booleans(),
    in_network=st.booleans(),
    approved=st.booleans(),
    stepped_up=st.booleans(),
    break_glass=st.booleans(),
    again=st.booleans(),
    workflow=st.sampled_from(["", "quotes"]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    prefers, assigned = draw(preferences), draw(st.booleans())
    region = draw(st.sampled_from(["", "a", "b"]))
    parents = (*ACCOUNTS[1:], None)
    lineage = tuple(
        Standing(
            account=Account(id=name, name=name, parent=parent, region="" if parent else region),
            assigned=assigned,
            preferences=prefers,
        )
        for name, parent in zip(ACCOUNTS, parents, strict=True)
    )
    operator = draw(operators)
    return Case(
        operator=operator,
        profiles=(operator.profile,),
        user=draw(users),
        consented=draw(st.booleans()),
        lineage=lineage,
        site="crm",
        categories=CATEGORIES,
        circumstances=draw(circumstances),
        capabilities=CAPABILITIES,
    )


choices = st.frozensets(st.sampled_from(ready_names()), max_size=8)


@cache
def policies_of(names: frozenset[str], more: str = "") -> Policies:
    files = ready_files(sorted(names))
    return read_policies(files | {"more.cedar": more} if more else files)


def is_yes(names: frozenset[str], case: Case, more: str = "") -> bool:
    return isinstance(decide(policies_of(names, more), case), StartAllowed)


def shown(names: frozenset[str], case: Case, more: str = "") -> set[str]:
    answer = decide(policies_of(names, more), case)
    return {*answer.reveal, *answer.capabilities} if isinstance(answer, StartAllowed) else set()


Taken = Callable[[Case], Case]


def _of_operator(**left: Any) -> Taken:
    return lambda case: replace(case, operator=replace(case.operator, **left))


def _of_circumstances(**left: Any) -> Taken:
    return lambda case: replace(case, circumstances=replace(case.circumstances, **left))


def _of_preferences(**left: Any) -> Taken:
    def taken(case: Case) -> Case:
        return replace(
            case,
            lineage=tuple(
                replace(each, preferences=replace(each.preferences, **left))
                for each in case.lineage
            ),
        )

    return taken


TAKEN: dict[str, Taken] = {
    "the accounts that they own": _of_operator(accounts=()),
    "the customer they work for": _of_operator(account=""),
    "their regions": _of_operator(regions=()),
    "the ticket": _of_circumstances(ticket="", ticket_holds=frozenset()),
    "what the ticket holds": _of_circumstances(ticket_holds=frozenset()),
    "the working hours": _of_circumstances(in_working_hours=False),
    "the network": _of_circumstances(in_network=False),
    "the approval": _of_circumstances(approved=False),
    "the fresh sign-in": _of_circumstances(stepped_up=False),
    "the workflow": _of_circumstances(workflow=""),
    "the user's consent": lambda case: replace(case, consented=False),
    "what admins may": _of_preferences(admins_may_act=False),
    "what support may": _of_preferences(support_may_act=False),
    "what support may see": _of_preferences(support_may_see=()),
    "the approved partners": _of_preferences(partners=()),
}
"""Evidence that speaks for a session, taken away."""


@settings(deadline=None, max_examples=60)
@given(choices, cases())
def test_without_a_piece_of_evidence_nobody_may_more(names: frozenset[str], case: Case) -> None:
    allowed, before = is_yes(names, case), shown(names, case)
    for what, take in TAKEN.items():
        less = take(case)
        assert allowed or not is_yes(names, less), f"without {what} it is a yes"
        assert shown(names, less) <= before, f"without {what} more is shown or given"


@pytest.mark.parametrize("name", ready_names())
@settings(deadline=None, max_examples=12)
@given(cases())
def test_no_ready_policy_asks_for_less_evidence(name: str, case: Case) -> None:
    """By itself, and where everything else is permitted: then what it forbids alone decides."""
    for more in ("", PERMIT_ALL):
        policies = policies_of(frozenset({name}), more)
        before = _given(decide(policies, case))
        for what, take in TAKEN.items():
            less = take(case)
            if less != case:
                assert _given(decide(policies, less)) <= before, f"without {what} it gives more"


def _given(answer: StartAllowed | Deny) -> set[str]:
    """Give what a start comes to, itself included."""
    return set() if isinstance(answer, Deny) else {"", *answer.reveal, *answer.capabilities}


def _missing(case: Case) -> Iterator[Case]:
    yield replace(case, lineage=())
    yield replace(case, lineage=case.lineage[:-1])
    yield replace(case, lineage=case.lineage[1:])
    yield replace(case, lineage=(case.lineage[0], case.lineage[2]))
    yield replace(case, profiles=())
    yield replace(case, profiles=("Nobody's",))
    yield replace(case, user=replace(case.user, account="elsewhere"))
    yield replace(case, circumstances=replace(case.circumstances, address=""))
    yield replace(case, circumstances=replace(case.circumstances, now_ms=2**63))


@settings(deadline=None, max_examples=100)
@given(choices, cases())
def test_where_an_entity_or_a_fact_is_missing_nobody_may_anything(
    names: frozenset[str], case: Case
) -> None:
    for less in _missing(case):
        assert not is_yes(names, less, PERMIT_ALL)


FAILING = (
    '@id("fails") @reason("x") {effect} (principal, action in [Gateway::Action::"act_read_only", '
    'Gateway::Action::"act_read_write"], resource) '
    'when {{ context.now.offset(duration("9223372036854775807ms")) > context.now }};'
)


@settings(deadline=None, max_examples=80)
@given(choices, cases(), st.sampled_from(["permit", "forbid"]))
def test_where_a_policy_fails_nobody_may_anything(
    names: frozenset[str], case: Case, effect: str
) -> None:
    assert not is_yes(names, case, PERMIT_ALL + FAILING.format(effect=effect))


@settings(deadline=None, max_examples=100)
@given(choices, cases(), st.sampled_from(ready_names()))
def test_a_forbid_wins_and_policies_that_only_forbid_never_allow_more(
    names: frozenset[str], case: Case, one_more: str
) -> None:
    no = '@id("no") @reason("x") forbid (principal, action in Gateway::Action::"act", resource);'
    assert not is_yes(names, case, PERMIT_ALL + no)
    one = policies_of(frozenset({one_more}))
    only_forbids = all(each["effect"] == "forbid" for each in one.document.values())
    if only_forbids and is_yes(names | {one_more}, case):
        assert is_yes(names, case)


@settings(deadline=None, max_examples=100)
@given(choices, cases())
def test_without_any_policy_and_with_a_protected_user_it_is_a_no(
    names: frozenset[str], case: Case
) -> None:
    assert not is_yes(frozenset(), case)
    protected = replace(case, user=replace(case.user, protected=True))
    answer = decide(policies_of(names), protected)
    assert isinstance(answer, Deny)
