"""House contacts: made from a template, named by the source, never taken for somebody else."""

from __future__ import annotations

import pytest

from gateway.model import Account, User
from gateway.people.house_contacts import AccountPattern, HouseTemplate, house_contacts, own_pattern

NORD = Account(id="nord", name="Nordlicht GmbH")
HOSHI = Account(id="hoshi", name="Hoshi Trading")
ACCOUNTS = {"nord": NORD, "hoshi": HOSHI}
TEMPLATE = HouseTemplate(
    id="house-{account.id}",
    name="{account.name} (House Contact)",
    email="house+{account.id}@x.example",
    groups=("customers",),
)
MADE = User(
    id="house-nord",
    name="Nordlicht GmbH (House Contact)",
    email="house+nord@x.example",
    account="nord",
    groups=("customers",),
    house_contact=True,
)


def user(name: str, **more: object) -> User:
    said = {"id": name, "name": name, "email": f"{name}@x.example", "account": "nord", **more}
    return User(**said)  # type: ignore[arg-type]


def test_one_is_made_for_each_account() -> None:
    found = house_contacts(ACCOUNTS, {}, TEMPLATE)
    assert found.by_account["nord"] == MADE
    assert set(found.made) == {"house-nord", "house-hoshi"}
    assert found.faults == ()


def test_without_a_template_there_are_those_of_the_source() -> None:
    desk = user("desk", house_contact=True)
    found = house_contacts(ACCOUNTS, {"desk": desk, "ken": user("ken")}, None)
    assert found.by_account == {"nord": desk}
    assert found.made == {}


def test_the_sources_goes_before_the_template() -> None:
    desk = user("desk", house_contact=True)
    found = house_contacts(ACCOUNTS, {"desk": desk}, TEMPLATE)
    assert found.by_account["nord"] == desk
    assert set(found.made) == {"house-hoshi"}


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (user("house-nord"), "user 'house-nord' has the id of the house contact 'house-nord'"),
        (
            user("ken", email="HOUSE+nord@X.example"),
            "user 'ken' has the e-mail address of the house contact 'house-nord' of account 'nord'",
        ),
    ],
    ids=["id", "address"],
)
def test_who_could_be_taken_for_one_is_told_and_there_is_none(taken: User, said: str) -> None:
    found = house_contacts(ACCOUNTS, {taken.id: taken}, TEMPLATE)
    assert "nord" not in found.by_account
    assert set(found.made) == {"house-hoshi"}
    assert said in found.faults[0]


def test_two_of_one_account_are_none() -> None:
    two = {name: user(name, house_contact=True) for name in ("a", "b")}
    found = house_contacts(ACCOUNTS, two, TEMPLATE)
    assert "nord" not in found.by_account
    assert found.faults == ("account 'nord' has two house contacts: 'a' and 'b'",)


def test_accounts_that_differ_in_case_have_no_address_in_common() -> None:
    found = house_contacts({"nord": NORD, "NORD": Account(id="NORD", name="N")}, {}, TEMPLATE)
    assert set(found.by_account) == {"nord"}
    assert (
        "'house-nord' has the e-mail address of the house contact 'house-NORD'" in (found.faults[0])
    )


@pytest.mark.parametrize("text", ["{account.ID}", "{account.parent}", "{", "x}", "{{account.id}}"])
def test_what_there_is_not_is_a_fault(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no|a brace"):
        AccountPattern(text)


def test_what_would_be_the_same_for_all_is_a_fault() -> None:
    with pytest.raises(ValueError, match="another one for each account"):
        own_pattern("house-{account.name}")
