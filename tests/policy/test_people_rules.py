"""What may become of people: whatever is done in whatever order, an administrator remains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import Operator
from gateway.policy.people_rules import (
    How,
    Named,
    Someone,
    administrators,
    policies_naming,
    refusal,
)
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.profiles import Profile, Profiles

PROFILES = Profiles(
    Profile(name=name, like=like, lifetime_ms=1, idle_ms=1)
    for name, like in (("Administrator", None), ("Night", "Administrator"), ("Support", None))
)


def someone(
    name: str, profile: str = "Administrator", *, disabled: bool = False, in_file: bool = False
) -> Someone:
    operator = Operator(id=name, name=name, email=f"{name}@x.example", profile=profile)
    chain = PROFILES.chain(profile)
    return Someone(operator=operator, profiles=chain, disabled=disabled, in_file=in_file)


def by_id(*people: Someone) -> dict[str, Someone]:
    return {each.operator.id: each for each in people}


def code(
    people: Mapping[str, Someone],
    how: How,
    after: Someone,
    by: str = "",
    named_in: Sequence[Named] = (),
) -> str:
    no = refusal(people, how, after, by=by, named_in=named_in)
    return no.deny.code if no is not None else ""


ADA, BEN, SAM = someone("ada"), someone("ben"), someone("sam", "Support")


def disabled(one: Someone) -> Someone:
    return replace(one, disabled=True)


def owning(one: Someone, *accounts: str) -> Someone:
    return replace(one, operator=replace(one.operator, accounts=accounts))


@pytest.mark.parametrize("how", ["update", "disable", "enable", "add"])
@pytest.mark.parametrize("by", ["ada", "ADA"])
def test_nobody_changes_themselves(how: How, by: str) -> None:
    assert code(by_id(ADA, BEN), how, ADA, by) == "own_person"


@pytest.mark.parametrize(
    ("name", "email"),
    [("ada", "new@x.example"), ("ADA", "new@x.example"), ("eve", "ADA@x.example")],
)
def test_nobody_is_there_twice_by_id_or_address(name: str, email: str) -> None:
    new = replace(ADA.operator, id=name, email=email)
    assert code(by_id(ADA), "add", replace(ADA, operator=new)) == "person_exists"


def test_an_address_is_taken_from_nobody_and_ones_own_is_kept() -> None:
    sam = replace(SAM, operator=replace(SAM.operator, email="Ada@x.example"))
    assert code(by_id(ADA, SAM), "update", sam) == "person_exists"
    renamed = replace(SAM, operator=replace(SAM.operator, name="Sam R."))
    assert code(by_id(ADA, SAM), "update", renamed) == ""


def test_those_of_the_file_are_only_disabled_and_enabled() -> None:
    kept = replace(SAM, in_file=True)
    assert code(by_id(ADA, kept), "update", kept) == "kept_in_file"
    assert code(by_id(ADA, kept), "disable", disabled(kept)) == ""
    assert code(by_id(ADA, disabled(kept)), "enable", kept) == ""


def test_a_profile_has_to_be_there_where_it_is_given() -> None:
    king = someone("king", "King")
    assert code(by_id(ADA), "add", king) == "unknown_profile"
    assert code(by_id(ADA, SAM), "update", someone("sam", "King")) == "unknown_profile"
    renamed = replace(king, operator=replace(king.operator, name="K"))
    assert code(by_id(ADA, king), "update", renamed) == "", "it was gone before"


@pytest.mark.parametrize("how", ["update", "disable", "enable"])
def test_somebody_has_to_be_there(how: How) -> None:
    assert code(by_id(ADA), how, SAM) == "unknown_person"


def test_what_depends_on_somebody_is_handed_over_before() -> None:
    sam = owning(SAM, "nord", "hoshi")
    no = refusal(
        by_id(ADA, sam), "disable", disabled(sam), by="ada", named_in=[Named("policy", "closed")]
    )
    assert no is not None
    assert no.deny.code == "hand_over_first"
    assert no.hand_over == (("account", "nord"), ("account", "hoshi"), ("policy", "closed"))
    assert "account nord, account hoshi, policy closed" in no.deny.detail
    out = disabled(sam)
    assert code(by_id(ADA, out), "disable", out) == "", "they are out already"


def test_the_last_administrator_stays_also_by_another_name() -> None:
    night = someone("kim", "Night")
    assert code(by_id(ADA, SAM), "disable", disabled(ADA)) == "last_administrator"
    assert code(by_id(ADA, SAM), "update", someone("ada", "Support")) == "last_administrator"
    assert code(by_id(ADA, disabled(BEN)), "disable", disabled(ADA)) == "last_administrator"
    assert code(by_id(ADA, night), "disable", disabled(ADA)) == ""
    assert code(by_id(ADA, night), "update", someone("ada", "Night")) == ""


def test_where_there_is_no_administrator_others_can_be_managed() -> None:
    assert code(by_id(SAM), "disable", disabled(SAM)) == ""
    assert code({}, "add", ADA) == ""


def test_policies_that_name_somebody_are_found_wherever_they_do() -> None:
    policies = read_policies(
        {
            "own.cedar": """
@id("a") permit (principal == Gateway::Operator::"ada", action, resource);
@id("b") permit (principal, action == Gateway::Action::"act_read_only", resource)
  when { [Gateway::Operator::"sam", Gateway::Operator::"ada"].contains(principal) };
@id("c") permit (principal, action, resource == Gateway::User::"ada");
"""
        }
    )
    assert policies_naming(policies, "ada") == (("policy", "a"), ("policy", "b"))
    assert policies_naming(policies, "sam") == (("policy", "b"),)
    assert policies_naming(policies, "ben") == ()


NAMES = st.sampled_from("abcd")
STEPS = st.tuples(
    st.sampled_from(["add", "update", "disable", "enable"]),
    NAMES,
    st.sampled_from(PROFILES.names),
    st.sampled_from(["", *"abcd"]),
)


@given(
    first=st.dictionaries(NAMES, st.tuples(st.booleans(), st.booleans()), max_size=4),
    steps=st.lists(STEPS, max_size=30),
)
def test_an_administrator_remains_and_nobody_does_anything_to_themselves(
    first: dict[str, tuple[bool, bool]], steps: list[tuple[How, str, str, str]]
) -> None:
    people = {
        name: someone(name, disabled=out, in_file=in_file) for name, (out, in_file) in first.items()
    }
    people["ada"] = ADA
    for how, name, profile, by in steps:
        before = people.get(name)
        after = before or someone(name, profile)
        if how == "update":
            after = replace(after, operator=replace(after.operator, profile=profile))
            after = replace(after, profiles=PROFILES.chain(profile))
        elif how in ("disable", "enable"):
            after = replace(after, disabled=how == "disable")
        if refusal(people, how, after, by=by) is None:
            assert by != name
            assert how == "add" or before is not None
            assert before is None or not before.in_file or after.operator == before.operator
            people[name] = after
        assert administrators(people.values())
