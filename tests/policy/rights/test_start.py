"""Starts: who may act for whom, what they may see, and that every doubt is a no."""

from __future__ import annotations

from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import Account, Deny, Mode, Operator, Preferences, User
from gateway.people.standing import lineage_of
from gateway.policy.rights.facts import Case, Circumstances
from gateway.policy.rights.files import Policies, read_policies
from gateway.policy.rights.profiles import SHIPPED
from gateway.policy.rights.ready import ready_files
from gateway.policy.rights.start import StartAllowed, decide

ROOT = Account(id="nord", name="Nordlicht GmbH")
BERLIN = Account(id="nord-berlin", name="Nordlicht Berlin", parent="nord")
JONAS = User(id="jonas", name="Jonas Weber", email="jonas@nord.example", account="nord-berlin")
ALL = '@id("all") permit (principal, action, resource);'
DEFAULTS = read_policies(ready_files())
PERMIT_ALL = read_policies({"all.cedar": ALL})


def operator(profile: str, *accounts: str) -> Operator:
    return Operator(
        id="ada", name="Ada Okafor", email="ada@example.com", profile=profile, accounts=accounts
    )


def start(who: Operator, policies: Policies = DEFAULTS, **changes: Any) -> StartAllowed | Deny:
    facts: dict[str, Any] = {
        "user": JONAS,
        "account": BERLIN,
        "ancestors": [ROOT],
        "site": "crm",
        "categories": ["private_notes", "survey_comments"],
        "mode": Mode.READ_ONLY,
        "ticket": "",
        "now_ms": 1_700_000_000_000,
        **changes,
    }
    lineage = lineage_of(
        facts["account"], facts["ancestors"], frozenset(), {}, Preferences(support_may_act=True)
    )
    return decide(
        policies,
        Case(
            operator=who,
            profiles=(who.profile,),
            user=facts["user"],
            consented=False,
            lineage=lineage,
            site=facts["site"],
            categories=tuple(facts["categories"]),
            circumstances=Circumstances(
                mode=facts["mode"],
                now_ms=facts["now_ms"],
                address=facts.get("address", "192.0.2.7"),
                ticket=facts["ticket"],
                workflow=facts.get("workflow", ""),
            ),
            capabilities=tuple(facts.get("capabilities", ())),
        ),
    )


def code(decision: StartAllowed | Deny) -> str:
    return decision.code if isinstance(decision, Deny) else "allowed"


@pytest.mark.parametrize(
    ("who", "mode", "ticket", "expected"),
    [
        (operator("Administrator"), Mode.READ_ONLY, "", "allowed"),
        (operator("Administrator"), Mode.READ_WRITE, "", "allowed"),
        (operator("Super Manager"), Mode.READ_WRITE, "", "allowed"),
        (operator("Customer Success Manager"), Mode.READ_ONLY, "", "not_permitted"),
        (operator("Customer Success Manager", "hoshi"), Mode.READ_ONLY, "", "not_permitted"),
        (operator("Customer Success Manager", "nord-berlin"), Mode.READ_ONLY, "", "allowed"),
        (operator("Customer Success Manager", "x", "nord"), Mode.READ_ONLY, "", "allowed"),
        (operator("Customer Success Manager", "nord"), Mode.READ_WRITE, "", "forbidden_by_policy"),
        (operator("Customer Success Manager", "nord"), Mode.READ_WRITE, "T-1", "allowed"),
        (operator("Developer"), Mode.READ_ONLY, "", "allowed"),
        (operator("Developer"), Mode.READ_WRITE, "T-1", "not_permitted"),
        (operator("Partner Admin", "nord"), Mode.READ_ONLY, "", "allowed"),
        (operator("Partner Admin", "hoshi"), Mode.READ_ONLY, "", "not_permitted"),
        (operator("Partner Admin", "nord"), Mode.READ_WRITE, "T-1", "not_permitted"),
    ],
)
def test_the_shipped_policies(who: Operator, mode: Mode, ticket: str, expected: str) -> None:
    assert code(start(who, mode=mode, ticket=ticket)) == expected


def test_an_allowed_start_names_its_policies_and_hides_every_category() -> None:
    assert start(operator("Developer")) == StartAllowed(
        mode=Mode.READ_ONLY, reveal=(), policies=("developers_look_at_everything",)
    )


def test_a_denial_carries_the_words_of_the_policy() -> None:
    denied = start(operator("Customer Success Manager", "nord"), mode=Mode.READ_WRITE)
    assert isinstance(denied, Deny)
    assert denied.rule == "changes_need_a_ticket"
    assert "ticket that the customer opened" in denied.detail
    assert "look only" in denied.advice


@pytest.mark.parametrize("status", ["invited", "pre_onboarding", "deactivated"])
def test_users_of_any_status_can_be_looked_at_but_not_changed(status: str) -> None:
    user = replace(JONAS, status=status)
    assert code(start(operator("Administrator"), user=user)) == "allowed"
    denied = start(operator("Administrator"), user=user, mode=Mode.READ_WRITE)
    assert isinstance(denied, Deny)
    assert denied.rule == "changes_only_for_active_users"


@pytest.mark.threat(46)
@pytest.mark.parametrize("profile", SHIPPED)
def test_row_46_protected_users_are_refused_by_name(profile: str) -> None:
    user = replace(JONAS, protected=True)
    decision = start(operator(profile, "nord"), user=user, ticket="T-1")
    assert code(decision) == "protected_user"


@pytest.mark.threat(46)
def test_row_46_a_policy_can_permit_protected_users() -> None:
    policies = read_policies(
        {
            **ready_files(),
            "own.cedar": '@id("own") permit (principal in Gateway::Profile::"Administrator", '
            'action == Gateway::Action::"act_for_protected", resource);',
        }
    )
    user = replace(JONAS, protected=True)
    decision = start(operator("Administrator"), policies, user=user)
    assert isinstance(decision, StartAllowed)
    assert decision.policies == ("own", "administrators_act_for_everyone")
    assert code(start(operator("Super Manager"), policies, user=user)) == "protected_user"


@pytest.mark.threat(46)
@pytest.mark.parametrize("same", [{"id": "ADA"}, {"email": "Ada@Example.com"}])
def test_row_46_nobody_acts_as_themselves(same: dict[str, str]) -> None:
    assert (
        code(start(operator("Administrator"), PERMIT_ALL, user=replace(JONAS, **same))) == "oneself"
    )


def test_two_people_without_an_address_are_not_the_same_person() -> None:
    who = replace(operator("Administrator"), email="")
    assert code(start(who, user=replace(JONAS, email=""))) == "allowed"


def test_a_policy_reveals_a_category() -> None:
    policies = read_policies(
        {
            **ready_files(),
            "own.cedar": '@id("notes") permit (principal, action == Gateway::Action::"reveal", '
            'resource) when { context.category == Gateway::Category::"private_notes" && '
            'context.site == Gateway::Site::"crm" };',
        }
    )
    decision = start(operator("Developer"), policies)
    assert isinstance(decision, StartAllowed)
    assert decision.reveal == ("private_notes",)
    assert decision.policies == ("developers_look_at_everything", "notes")
    elsewhere = start(operator("Developer"), policies, site="billing")
    assert isinstance(elsewhere, StartAllowed)
    assert elsewhere.reveal == ()


def test_without_policies_nobody_may_do_anything() -> None:
    assert code(start(operator("Administrator"), read_policies({}))) == "not_permitted"


@pytest.mark.parametrize("action", ["act_read_only", "act_for_protected", "reveal"])
def test_a_forbid_wins_over_every_permit(action: str) -> None:
    forbid = (
        f'@id("no") @reason("Not today.") forbid (principal, '
        f'action == Gateway::Action::"{action}", resource);'
    )
    policies = read_policies({"all.cedar": ALL, "no.cedar": forbid})
    decision = start(operator("Administrator"), policies, user=replace(JONAS, protected=True))
    if action == "reveal":
        assert isinstance(decision, StartAllowed)
        assert decision.reveal == ()
    else:
        assert isinstance(decision, Deny)
        assert (decision.rule, decision.detail) == ("no", "Not today.")


OVERFLOW = (
    '@id("broken") @reason("Never seen.") forbid (principal, action{}, resource) '
    'when {{ context.now.offset(duration("9223372036854775807ms")) > context.now }};'
)


def test_a_forbid_that_fails_to_evaluate_makes_the_answer_no() -> None:
    policies = read_policies({"all.cedar": ALL, "b.cedar": OVERFLOW.format("")})
    assert code(start(operator("Administrator"), policies)) == "policy_failed"


def test_a_failing_reveal_hides_the_category() -> None:
    broken = OVERFLOW.format(' == Gateway::Action::"reveal"')
    policies = read_policies({"all.cedar": ALL, "b.cedar": broken})
    decision = start(operator("Administrator"), policies)
    assert isinstance(decision, StartAllowed)
    assert decision.reveal == ()


@pytest.mark.parametrize(
    ("account", "ancestors"),
    [
        (None, []),
        (ROOT, []),
        (BERLIN, []),
        (BERLIN, [Account(id="other", name="Other")]),
        (BERLIN, [ROOT, ROOT]),
        (BERLIN, [replace(ROOT, parent="nord-berlin"), BERLIN]),
        (BERLIN, [replace(ROOT, parent="above")]),
    ],
)
def test_an_account_that_is_not_completely_known_is_a_no(
    account: Account | None, ancestors: list[Account]
) -> None:
    decision = start(operator("Administrator"), PERMIT_ALL, account=account, ancestors=ancestors)
    assert code(decision) == "account_unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"now_ms": 2**63},
        {"now_ms": 1.5},
        {"ticket": None},
        {"site": None},
        {"user": replace(JONAS, id="\ud800")},
        {"user": replace(JONAS, groups=(7,))},
        {"user": replace(JONAS, protected="no")},
    ],
)
def test_a_value_that_the_schema_does_not_know_is_a_no(changes: dict[str, Any]) -> None:
    assert code(start(operator("Administrator"), PERMIT_ALL, **changes)) == "policy_failed"


def test_an_unknown_profile_is_a_no_even_when_all_is_permitted() -> None:
    assert code(start(operator("Root"), PERMIT_ALL)) == "policy_failed"


def test_an_unknown_mode_is_never_allowed() -> None:
    with pytest.raises(KeyError):
        start(operator("Administrator"), PERMIT_ALL, mode="sudo")


@pytest.mark.parametrize("error", [ValueError, RuntimeError, MemoryError, KeyError])
def test_an_exception_in_cedar_is_a_no(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[cedarpy.AuthzResult]:
        raise error

    monkeypatch.setattr(cedarpy, "is_authorized_batch", fail)
    assert code(start(operator("Administrator"))) == "policy_failed"


def test_fewer_answers_than_questions_are_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cedarpy, "is_authorized_batch", lambda *_: [])
    assert code(start(operator("Administrator"))) == "policy_failed"


names = st.text(max_size=12)


@settings(deadline=None)
@given(
    who=st.builds(Operator, id=names, name=names, email=names, profile=names),
    user=st.builds(User, id=names, name=names, email=names, account=names, protected=st.booleans()),
    account=st.none() | st.builds(Account, id=names, name=names, parent=st.none() | names),
    site=names,
    categories=st.lists(names, max_size=3),
    mode=st.sampled_from(Mode),
    ticket=names,
    now_ms=st.integers(),
)
def test_strangers_are_never_allowed(**facts: Any) -> None:
    who = facts.pop("who")
    for policies in (DEFAULTS, PERMIT_ALL):
        # The profile is no profile of ours, so not even a policy that permits all may say yes.
        assert isinstance(start(who, policies, ancestors=(), **facts), Deny)


STRICTER = read_policies(
    {
        **ready_files(),
        "own.cedar": '@id("own") @reason("Tickets only.") forbid (principal, '
        'action in Gateway::Action::"act", resource) '
        'when { context.ticket == "" };',
    }
)


@settings(deadline=None)
@given(
    profile=st.sampled_from(SHIPPED),
    owned=st.lists(st.sampled_from(["nord", "nord-berlin", "hoshi"])),
    mode=st.sampled_from(Mode),
    ticket=st.sampled_from(["", "T-1"]),
    protected=st.booleans(),
)
def test_one_more_forbid_never_allows_more(
    profile: str, owned: list[str], mode: Mode, ticket: str, protected: bool
) -> None:
    who = operator(profile, *owned)
    facts: dict[str, Any] = {
        "mode": mode,
        "ticket": ticket,
        "user": replace(JONAS, protected=protected),
    }
    if code(start(who, STRICTER, **facts)) == "allowed":
        assert code(start(who, **facts)) == "allowed"
        assert ticket


EDITS = read_policies(ready_files(["shipped_profiles", "capabilities_for_changes"]))
IN_QUOTES = """
@id("prices_in_quotes")
permit (principal, action == Gateway::Action::"use_capability", resource)
when { context.capability == Gateway::Capability::"edit_prices" && context.workflow == "quotes" };
@id("quotes_show_notes")
permit (principal, action == Gateway::Action::"reveal", resource)
when { context.workflow == "quotes" };
@id("changes_in_quotes")
permit (principal, action == Gateway::Action::"act_read_write", resource)
when { context.workflow == "quotes" };
"""
NO_PRICES = """
@id("no") @reason("x")
forbid (principal, action == Gateway::Action::"use_capability", resource)
when { context.capability == Gateway::Capability::"edit_prices" };
"""
BOTH = ("edit_prices", "edit_shipping")


def test_each_capability_is_asked_about_and_what_is_not_permitted_is_not_there() -> None:
    ada = operator("Administrator")
    changing = start(ada, EDITS, mode=Mode.READ_WRITE, capabilities=BOTH)
    assert isinstance(changing, StartAllowed)
    assert changing.capabilities == BOTH
    assert changing.reveal == ()
    assert "capabilities_come_with_changes" in changing.policies
    for less in (
        start(ada, EDITS, capabilities=BOTH),
        start(ada, EDITS, mode=Mode.READ_WRITE),
        start(ada, DEFAULTS, mode=Mode.READ_WRITE, capabilities=BOTH),
    ):
        assert isinstance(less, StartAllowed)
        assert less.capabilities == ()


def test_policies_know_which_workflow_a_session_is_for() -> None:
    policies = read_policies({"own.cedar": IN_QUOTES})
    more = {"mode": Mode.READ_WRITE, "capabilities": BOTH}
    said = start(operator("Support"), policies, workflow="quotes", **more)
    assert isinstance(said, StartAllowed)
    assert said.capabilities == ("edit_prices",)
    assert said.reveal == ("private_notes", "survey_comments")
    assert said.policies == ("changes_in_quotes", "quotes_show_notes", "prices_in_quotes")
    for workflow in ("", "orders", "Quotes"):
        refused = start(operator("Support"), policies, workflow=workflow, **more)
        assert code(refused) == "not_permitted"


def test_a_forbid_leaves_a_capability_out_and_the_rest_as_it_is() -> None:
    policies = read_policies({"all.cedar": ALL, "no.cedar": NO_PRICES})
    said = start(operator("Support"), policies, capabilities=BOTH)
    assert isinstance(said, StartAllowed)
    assert said.capabilities == ("edit_shipping",)
    assert said.reveal == ("private_notes", "survey_comments")
