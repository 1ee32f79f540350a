"""At the desk: what is permitted there, and that every doubt is a no."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.model import Account, Deny, Operator, Preferences, User
from gateway.people.standing import lineage_of
from gateway.policy.rights.desk import Asker, Desk, Permitted
from gateway.policy.rights.facts import Standing
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.ready import ready_files

DESK = Desk(InForce(read_policies(ready_files(["management", "partners"]))))
NORD = Account(id="nord", name="Nordlicht")
JONAS = User(id="jonas", name="Jonas", email="jonas@nord.example", account="nord")


def standing(account: Account = NORD) -> tuple[Standing, ...]:
    return lineage_of(account, (), frozenset(), {}, Preferences())


def asker(profile: str, **changes: Any) -> Asker:
    person = Operator(id="ada", name="Ada", email="ada@example.com", profile=profile, **changes)
    return Asker(operator=person, profiles=(profile,), now_ms=1, address="192.0.2.7")


def code(answer: Permitted | Deny) -> str:
    return answer.code if isinstance(answer, Deny) else "allowed"


@pytest.mark.parametrize(
    ("who", "action", "expected"),
    [
        (asker("Administrator"), "view_audit", "allowed"),
        (asker("Administrator"), "manage_preferences", "allowed"),
        (asker("Super Manager"), "view_audit", "allowed"),
        (asker("Super Manager"), "manage_preferences", "not_permitted"),
        (asker("Account Admin", account="nord"), "manage_preferences", "allowed"),
        (asker("Account Admin", account="hoshi"), "manage_preferences", "not_permitted"),
        (asker("Account Admin"), "manage_preferences", "not_permitted"),
        (asker("Support"), "view_audit", "not_permitted"),
    ],
)
def test_an_account_is_looked_after_by_whoever_may(who: Asker, action: str, expected: str) -> None:
    assert code(DESK.on_account(action, who, "crm", standing())) == expected


def test_sessions_of_others_are_ended_and_approved_by_whoever_may() -> None:
    for action, profile, expected in (
        ("end_any_session", "Super Manager", "allowed"),
        ("approve", "Super Manager", "allowed"),
        ("approve", "Developer", "not_permitted"),
    ):
        answer = DESK.on_session_of(action, asker(profile), "crm", JONAS, standing())
        assert code(answer) == expected
    mine = asker("Account Admin", account="nord")
    answer = DESK.on_session_of("end_any_session", mine, "crm", JONAS, standing())
    assert answer == ("account_admins_end_sessions_in_their_account",)


def test_a_partners_admin_manages_the_partners_people_and_nobody_else() -> None:
    admin = asker("Partner Admin", partner="agency")
    ben = Operator(id="ben", name="Ben", email="b@agency.example", profile="Partner Admin")
    ours = replace(ben, partner="agency")
    assert code(DESK.on_person(admin, ours, ("Partner Admin",))) == "allowed"
    for other in (
        ben,
        replace(ben, partner="rival"),
        replace(ours, accounts=("nord",)),
        replace(ours, account="nord"),
    ):
        assert code(DESK.on_person(admin, other, ("Partner Admin",))) == "not_permitted"
    raised = replace(ours, profile="Administrator")
    assert code(DESK.on_person(admin, raised, ("Administrator",))) == "not_permitted"


def test_nobody_manages_themselves() -> None:
    who = asker("Administrator")
    assert code(DESK.on_person(who, who.operator, ("Administrator",))) == "own_person"
    spelled = replace(who.operator, id="ADA")
    assert code(DESK.on_person(who, spelled, ("Administrator",))) == "own_person"


def test_what_is_not_completely_known_is_a_no() -> None:
    who = asker("Administrator")
    assert code(DESK.on_account("view_audit", who, "crm", ())) == "account_unknown"
    orphan = standing(replace(NORD, parent="above"))
    assert code(DESK.on_account("view_audit", who, "crm", orphan)) == "account_unknown"
    assert code(DESK.on_session_of("approve", who, "crm", JONAS, orphan)) == "account_unknown"
    nameless = replace(who, profiles=())
    assert code(DESK.on_account("view_audit", nameless, "crm", standing())) == "profile_unknown"
    for doubt in (replace(who, address="nowhere"), replace(who, now_ms=2**63)):
        answer = DESK.on_account("view_audit", doubt, "crm", standing())
        assert isinstance(answer, Deny)
        assert (answer.code, answer.title) == ("policy_failed", "This was not done")
