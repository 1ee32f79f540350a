"""Groups of directories make operators: while they are active, and nobody who is in doubt."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from gateway.model import Account, Operator, User
from gateway.people.group_operators import GroupOperators, Groups
from gateway.people.memory import MemoryDirectory
from gateway.people.operators import Operators, read_operators
from gateway.people.people_book import Kept, Version

ACCOUNTS = [Account(id="nord", name="Nord"), Account(id="hoshi", name="Hoshi")]
NINA = User(id="nina", name="Nina", email="n@nord.example", account="nord", groups=("admins",))
AS_OPERATOR = Operator(
    id="nina", name="Nina", email="n@nord.example", profile="Account Admin", account="nord"
)
PROFILES = (("power", "Power User"), ("admins", "Account Admin"))


class Site:
    """A site whose directory is swapped."""

    def __init__(self, *users: User) -> None:
        self.swap(users)

    def swap(self, users: Iterable[User]) -> None:
        self._directory = MemoryDirectory(ACCOUNTS, users)

    def __getattr__(self, name: str) -> object:
        return getattr(self._directory, name)


def groups(*sites: Site) -> GroupOperators:
    return GroupOperators([Groups(site, PROFILES) for site in sites])  # type: ignore[arg-type]  # it is all of its directory


def operators(text: str, *sites: Site) -> Operators:
    people = read_operators(text, "o.yaml")
    people.join(groups(*sites))
    return people


def test_who_is_in_a_group_is_an_operator_of_its_profile_and_works_for_their_account() -> None:
    both = replace(NINA, id="bo", email="b@x", groups=("admins", "power"))
    other = replace(NINA, id="eve", email="e@x", groups=("sales", "ADMINS"))
    found = groups(Site(NINA, both, other))
    assert found.get("nina") == AS_OPERATOR
    bo = found.get("bo")
    assert bo is not None
    assert bo.profile == "Power User", "the first of the list counts"
    assert found.get("eve") is None
    assert [each.id for each in found] == ["nina", "bo"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "invited"},
        {"status": "deactivated"},
        {"house_contact": True},
        {"groups": ()},
    ],
    ids=str,
)
def test_nobody_else_is(change: dict[str, object]) -> None:
    assert list(groups(Site(replace(NINA, **change)))) == []


@pytest.mark.parametrize(
    "other",
    [
        replace(NINA, id="NINA", email="x@x"),
        replace(NINA, id="other", email="N@nord.example"),
        replace(NINA, account="hoshi"),
    ],
    ids=["id", "email", "account"],
)
def test_who_could_be_somebody_else_is_nobody_and_protected(other: User) -> None:
    found = groups(Site(NINA), Site(other))
    assert list(found) == []
    assert {"nina", "n@nord.example"} <= found.names


def test_the_same_in_two_directories_is_one() -> None:
    assert list(groups(Site(NINA), Site(NINA))) == [AS_OPERATOR]


@pytest.mark.parametrize(
    ("kept", "gets"),
    [
        ("[]", AS_OPERATOR),
        ("- {id: nina, name: N, email: x@x, profile: Support}", "Support"),
        ("- {id: NINA, name: N, email: x@x, profile: Support}", None),
        ("- {id: other, name: N, email: N@nord.example, profile: Support}", None),
    ],
    ids=["nobody", "same", "case", "address"],
)
def test_whoever_is_kept_goes_before(kept: str, gets: object) -> None:
    people = operators(kept, Site(NINA))
    found = people.get("nina")
    assert (found.profile if gets == "Support" and found else found) == gets
    assert len(list(people.enabled())) == 1


def test_who_is_disabled_comes_back_by_no_group() -> None:
    people = operators("- {id: nina, name: N, email: x@x, profile: Support}", Site(NINA))
    people.take({"nina": Version(Kept(disabled=True), 1)})
    assert people.get("nina") is None
    assert list(people.enabled()) == []


def test_operators_by_a_group_are_protected_on_every_site() -> None:
    people = operators("[]", Site(NINA))
    assert people.protect(NINA).protected
    assert people.protect(replace(NINA, id="x", email="N@NORD.example", groups=())).protected
    other = replace(NINA, id="x", email="x@x")
    assert people.protect(other) == other
    assert list(people) == [], "they own nothing"


def test_a_directory_with_other_people_counts_at_once() -> None:
    site = Site(NINA)
    people = operators("[]", site)
    assert people.get("nina") is not None
    before = people.groups_version
    assert people.groups_version == before
    site.swap([replace(NINA, groups=())])
    assert people.get("nina") is None
    assert people.groups_version == before + 1
    site.swap([NINA])
    assert people.get("nina") == AS_OPERATOR
