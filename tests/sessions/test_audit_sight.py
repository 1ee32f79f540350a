"""Where it is looked for sessions, before each that is found is asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.model import Account, Operator, Preferences
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.facts import Standing
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.ready import DEFAULT, ready_files
from gateway.policy.rights.vocabulary import Vocabulary
from gateway.sessions import audit_sight
from gateway.sessions.audit_sight import AuditSight, Horizon
from gateway.sessions.standings import Standings
from gateway.store.client import Store, connect
from tests.sessions.support import CLIENT, Clock
from tests.sessions.test_history import DEV, NINA, PAUL, PROFILES, ROOT, SITE, an_operator

ACCOUNTS = [
    Account(id="nord", name="Nord"),
    Account(id="nord.a", name="A", parent="nord"),
    Account(id="nord.a.b", name="B", parent="nord.a"),
    *(Account(id=f"x{number:03}", name="X") for number in range(20)),
]
LARGE = replace(SITE, directory=MemoryDirectory(ACCOUNTS))
OF_PARTNERS = """
@id("partners_view") permit (principal, action == Gateway::Action::"view_audit", resource)
when { principal has partner && resource.partners.contains(principal.partner) };
@id("parents_view") permit (principal, action == Gateway::Action::"view_audit", resource)
when { principal has account && resource in principal.account };
"""
POLICIES = read_policies(
    {**ready_files(DEFAULT), "own.cedar": OF_PARTNERS}, Vocabulary(PROFILES.names, ["crm"])
)


def sight_of(store: Store) -> AuditSight:
    book, operators = PreferenceBook(store), (ROOT, NINA, PAUL, DEV)
    desk = Desk(InForce(POLICIES))
    return AuditSight(
        {"crm": LARGE}, operators, Standings(operators, book), book, PROFILES, desk, Clock()
    )


async def horizon(store: Store, operator: Operator) -> Horizon:
    return await sight_of(store).of(operator, CLIENT).horizon(LARGE)


async def test_in_a_large_directory_few_accounts_are_asked_about(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await connect(store_url, timeout=5)
    try:
        for most in (300, 5):
            monkeypatch.setattr(audit_sight, "MOST_ASKED", most)
            monkeypatch.setattr(audit_sight, "_SAMPLED", 3)
            assert (await horizon(store, ROOT)).all
            assert await horizon(store, DEV) == Horizon((), all=False)
            below = Horizon(("nord", "nord.a", "nord.a.b"), all=False)
            assert await horizon(store, NINA) == below
            assert await horizon(store, PAUL) == Horizon((), all=False)
            for number in (7, 9):
                await PreferenceBook(store).change(
                    "crm",
                    f"x{number:03}",
                    Preferences(partners=("p",)),
                    by=ROOT,
                    why="",
                    at_ms=0,
                    expected=None,
                )
            assert await horizon(store, PAUL) == Horizon(("x007", "x009"), all=False)
            for number in (7, 9):
                await PreferenceBook(store).change(
                    "crm", f"x{number:03}", None, by=ROOT, why="", at_ms=0, expected=None
                )
    finally:
        await store.aclose()


async def test_whoever_works_for_others_never_sees_all(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        admin = an_operator("admin", "Administrator", "nord")
        found = await horizon(store, admin)
        assert (len(found.accounts), found.all) == (len(ACCOUNTS), False)
        asking = sight_of(store).of(admin, CLIENT)
        assert not await asking.all_of(LARGE, 1000)
        asking = sight_of(store).of(ROOT, CLIENT)
        assert await asking.all_of(LARGE, 1000)
        assert not await asking.all_of(LARGE, len(ACCOUNTS) - 1)
        assert not await asking.all_of(replace(SITE, directory=MemoryDirectory()), 1000)
    finally:
        await store.aclose()


@pytest.mark.parametrize("operator", [ROOT, NINA, PAUL, DEV], ids=lambda one: str(one.id))
def test_asked_together_each_answer_is_as_asked_alone(operator: Operator) -> None:
    desk, site = Desk(InForce(POLICIES)), "crm"
    profiles = PROFILES.chain(operator.profile)
    asker = Asker(operator=operator, profiles=profiles, now_ms=1, address="192.0.2.1")

    def standing(account: Account) -> Standing:
        return Standing(account=account, assigned=False, preferences=Preferences())

    nord, a, b, *others = map(standing, ACCOUNTS)
    lineages = [(nord,), (a, nord), (b, a, nord), (b,), (), *((each,) for each in others)]
    alone = [
        isinstance(desk.on_account("view_audit", asker, site, each), tuple) for each in lineages
    ]
    assert desk.on_accounts("view_audit", asker, site, lineages) == alone
    assert not any(alone[3:5])
    nobody = Asker(operator=operator, profiles=(), now_ms=1, address="192.0.2.1")
    assert not any(desk.on_accounts("view_audit", nobody, site, lineages))
    nowhere = Asker(operator=operator, profiles=profiles, now_ms=1, address="nowhere")
    assert not any(desk.on_accounts("view_audit", nowhere, site, lineages))
