"""A directory in a YAML file."""

from __future__ import annotations

import pytest

from gateway.model import Account, User
from gateway.people.document import PeopleError
from gateway.people.source import Directory
from gateway.people.yaml_source import read_directory

GOOD = """
accounts:
  - {id: berlin, name: Nordlicht Berlin, parent: nord}
  - {id: nord, name: Nordlicht GmbH, region: dach}
users:
  - {id: jonas, name: Jonas Weber, email: jonas@nord.example, account: berlin}
  - id: mei
    name: Mei 田中
    email: mei@nord.example
    account: nord
    status: deactivated
    groups: [sales, admins]
    protected: true
"""


def faults(text: str) -> list[str]:
    with pytest.raises(PeopleError) as error:
        read_directory(text, "p.yaml")
    return [str(fault) for fault in error.value.faults]


def test_a_directory_is_read() -> None:
    directory: Directory = read_directory(GOOD, "p.yaml")
    assert directory.user("jonas") == User(
        id="jonas", name="Jonas Weber", email="jonas@nord.example", account="berlin"
    )
    assert directory.user("mei") == User(
        id="mei",
        name="Mei 田中",
        email="mei@nord.example",
        account="nord",
        status="deactivated",
        groups=("sales", "admins"),
        protected=True,
    )
    assert directory.account("berlin") == Account(
        id="berlin", name="Nordlicht Berlin", parent="nord"
    )
    assert directory.account("nord") == Account(id="nord", name="Nordlicht GmbH", region="dach")


def test_every_fault_is_named_at_once() -> None:
    text = """\
accounts:
  - {id: a, name: A, parent: a}
  - {id: b, name: B, parent: nowhere}
  - {id: b, name: B}
users:
  - {id: u, name: U, email: u@a, account: c, status: Active}
  - {id: u, name: U, email: u@a, account: a, protected: 1}
  - {name: V, email: v@a, account: a}
  - {name: W, email: v@a, account: a, admin: true}
"""
    assert faults(text) == [
        "p.yaml:2: accounts[0].parent: leads back to this account",
        "p.yaml:3: accounts[1].parent: there is no account 'nowhere'",
        "p.yaml:4: accounts[2].id: account 'b' is there twice",
        "p.yaml:6: users[0].status: must be one of active, invited, pre_onboarding, deactivated",
        "p.yaml:6: users[0].account: there is no account 'c'",
        "p.yaml:7: users[1].protected: must be true or false",
        "p.yaml:7: users[1].id: user 'u' is there twice",
        "p.yaml:8: users[2].id: is missing",
        "p.yaml:9: users[3].admin: there is no such key",
        "p.yaml:9: users[3].id: is missing",
    ]


def test_a_circle_of_accounts_is_a_fault_wherever_it_is_entered() -> None:
    text = """\
accounts:
  - {id: a, name: A, parent: b}
  - {id: b, name: B, parent: c}
  - {id: c, name: C, parent: b}
users: []
"""
    said = faults(text)
    assert [fault.split(" ")[1] for fault in said] == ["accounts[1].parent:", "accounts[2].parent:"]


@pytest.mark.parametrize("text", ["", "[]", "accounts: []", "users: []", "accounts: {}\nusers: []"])
def test_a_file_without_its_lists_is_a_fault(text: str) -> None:
    assert faults(text)
