"""Tables of cases: those of the ready policies pass, and a case that fails says how."""

from __future__ import annotations

import pytest

from gateway.model import Account, Preferences
from gateway.people.case_table import SiteNames, read_cases
from gateway.people.document import PeopleError
from gateway.people.standing import lineage_of
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles
from gateway.policy.rights.ready import ready_files, ready_names, ready_table
from gateway.policy.rights.vocabulary import Vocabulary

PROFILES = Profiles(Profile(name=name, lifetime_ms=1, idle_ms=1) for name in SHIPPED)

TABLE = """
ready: [support_when_allowed]
accounts: [{id: nord, name: Nordlicht}]
users: [{id: jonas, name: Jonas, email: jonas@nord.example, account: nord}]
operators: [{id: sam, name: Sam, email: sam@example.com, profile: Support}]
categories: [notes, mail]
preferences: {nord: {support_may_act: true, support_may_see: [notes]}}
cases:
"""
CASE = "  - {{who: sam, whom: jonas, how: read_only, why: Because, {}}}\n"


def failures(*cases: str) -> list[str]:
    cases_read = read_cases(TABLE + "".join(map(CASE.format, cases)), "t.yaml", PROFILES)
    policies = read_policies(ready_files(cases_read.ready or ()))
    return [f"{row.line}: {row}: {why}" for row, why in cases_read.failures(policies, PROFILES)]


@pytest.mark.parametrize("name", ready_names())
def test_the_table_of_each_ready_policy_passes(name: str) -> None:
    cases = read_cases(ready_table(name), f"ready/{name}.yaml", PROFILES)
    assert cases.ready is not None
    assert name in cases.ready
    vocabulary = Vocabulary(
        sites=[cases.site], categories=cases.categories, capabilities=cases.capabilities
    )
    policies = read_policies(ready_files(cases.ready), vocabulary)
    assert [f"{row}: {why}" for row, why in cases.failures(policies, PROFILES)] == []


@pytest.mark.parametrize("name", ready_names())
def test_each_policy_of_a_ready_file_decides_a_case_of_its_table(name: str) -> None:
    cases = read_cases(ready_table(name), f"ready/{name}.yaml", PROFILES)
    own = set(read_policies(ready_files([name])).words)
    named = {row.expect for row in cases.rows}
    told = {
        policy for policy in own if policy in named or policy in _OF_CATEGORIES or "only_" in policy
    }
    assert own == told


_OF_CATEGORIES = {
    "nothing_sensitive_is_shown",
    "support_sees_what_the_account_lets_it_see",
    "support_sees_nothing_more",
}


def test_a_case_may_name_what_decides_it_or_only_how_it_ends() -> None:
    assert (
        failures(
            "expect: allowed",
            "expect: support_acts_where_it_is_allowed",
            "expect: allowed, shows: [notes]",
        )
        == []
    )


def test_a_case_that_comes_out_otherwise_says_how() -> None:
    first, second, third = failures(
        "expect: refused", "expect: allowed, shows: [mail]", "expect: nobody"
    )
    assert first == (
        "9: sam read_only jonas: allowed by support_acts_where_it_is_allowed, "
        "support_sees_what_the_account_lets_it_see"
    )
    assert second.startswith("10: ")
    assert second.endswith("it shows notes")
    assert third.startswith("11: sam read_only jonas: allowed by ")


def test_every_fault_of_a_table_is_told_with_its_line() -> None:
    text = TABLE.replace("nord: {support", "hoshi: {support") + (
        "  - {who: ada, whom: aiko, how: read_only, expect: allowed, why: x}\n"
        "  - {who: sam, whom: jonas, how: stare, expect: allowed, why: x}\n"
        "  - {who: sam, of: hoshi, how: view_audit, given: [luck], expect: allowed, why: x}\n"
        "  - {who: sam, person: bob, how: manage_people, expect: allowed}\n"
    )
    with pytest.raises(PeopleError) as error:
        read_cases(text, "t.yaml", PROFILES)
    said = str(error.value).splitlines()
    assert [line.split(":")[1] for line in said] == ["7", "9", "9", "10", "11", "11", "12", "12"]
    for part in ("no account 'hoshi'", "no operator 'ada'", "no user 'aiko'", "'luck' is none of",
                 "no operator 'bob'", "why: is missing", "must be one of read_only"):  # fmt: skip
        assert part in str(error.value)


APP = {"app": SiteNames(categories=["notes", "mail"], capabilities=[], workflows=["quotes"])}
OF_CONFIG = TABLE.replace("ready: [support_when_allowed]\n", "")


def test_a_table_without_a_site_is_of_the_first_of_the_config() -> None:
    cases = read_cases(OF_CONFIG + CASE.format("expect: allowed"), "t.yaml", PROFILES, APP)
    assert cases.site == "app"


def test_a_table_of_a_site_that_there_is_not_says_which_there_are() -> None:
    elsewhere = "site: shop" + OF_CONFIG + CASE.format("expect: allowed")
    with pytest.raises(PeopleError, match=r"t.yaml:1: site: there is no site 'shop', but app"):
        read_cases(elsewhere, "t.yaml", PROFILES, APP)


def test_a_table_names_nothing_that_its_site_does_not_have() -> None:
    table = OF_CONFIG.replace(" mail]", " tapes]").replace("see: [notes]", "see: [bank]")
    text = table.replace("cases:", "capabilities: [edit_prices]\ncases:") + (
        CASE.format("expect: refused, workflow: qoutes")
        + CASE.format("expect: refused, workflow: quotes")
    )
    with pytest.raises(PeopleError) as error:
        read_cases(text, "t.yaml", PROFILES, APP)
    assert [line.split(": ", 1)[1] for line in str(error.value).splitlines()] == [
        "categories: the site app has no category 'tapes'",
        "preferences.nord.support_may_see: the site app has no category 'bank'",
        "capabilities: the site app has no capability 'edit_prices'",
        "cases[0].workflow: the site app has no workflow 'qoutes'",
    ]


def test_a_table_of_ready_policies_has_names_of_its_own() -> None:
    cases = read_cases(
        TABLE + CASE.format("expect: allowed, shows: [notes]"),
        "t.yaml",
        PROFILES,
        {"app": SiteNames(categories=[], capabilities=[], workflows=[])},
    )
    policies = read_policies(ready_files(cases.ready or ()), cases.vocabulary(PROFILES))
    assert list(cases.failures(policies, PROFILES)) == []


def test_what_an_account_prefers_holds_below_it_until_one_says_otherwise() -> None:
    accounts = [
        Account(id="shop", name="Shop", parent="berlin"),
        Account(id="berlin", name="Berlin", parent="nord"),
        Account(id="nord", name="Nordlicht"),
    ]
    said = {"nord": Preferences(support_may_act=True), "shop": Preferences(ask_first=True)}
    shop, berlin, nord = lineage_of(
        accounts[0], accounts[1:], frozenset({"berlin"}), said, Preferences()
    )
    assert nord.preferences == berlin.preferences == said["nord"]
    assert shop.preferences == said["shop"]
    assert [each.assigned for each in (shop, berlin, nord)] == [True, True, False]
    assert lineage_of(None, (), frozenset(), {}, Preferences()) == ()


def test_a_case_may_say_which_capabilities_there_must_be() -> None:
    text = ready_table("capabilities_for_changes")
    less = text.replace("has: [edit_prices, edit_shipping]", "has: [edit_prices]")
    cases = read_cases(less, "t.yaml", PROFILES)
    policies = read_policies(ready_files(cases.ready or ()))
    told = [came_out for _, came_out in cases.failures(policies, PROFILES)]
    assert told == ["it has edit_prices, edit_shipping"] * text.count("has: [edit_prices,")
