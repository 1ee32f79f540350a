"""A directory in memory: looking up, going up, searching."""

from __future__ import annotations

from gateway.model import Account, User
from gateway.people.memory import MemoryDirectory
from gateway.people.source import Found

WORLD = Account(id="world", name="Nordlicht World")
NORD = Account(id="nord", name="Nordlicht GmbH", parent="world")
BERLIN = Account(id="berlin", name="Berlin Office", parent="nord")
HOSHI = Account(id="hoshi", name="Hoshi Trading")
JONAS = User(id="jonas.weber", name="Jonas Weber", email="jw@nord.example", account="berlin")
ÖZLEM = User(id="oz", name="Özlem STRAẞE", email="oz@nord.example", account="nord")
MEI = User(id="mei", name="Mei Tanaka", email="mei@hoshi.example", account="hoshi")
DIRECTORY = MemoryDirectory([WORLD, NORD, BERLIN, HOSHI], [JONAS, ÖZLEM, MEI])


def test_ids_are_compared_exactly() -> None:
    assert DIRECTORY.user("mei") is MEI
    assert DIRECTORY.user("Mei") is None
    assert DIRECTORY.account("nord") is NORD
    assert DIRECTORY.account("nord ") is None


def test_ancestors_are_nearest_first() -> None:
    assert DIRECTORY.ancestors("berlin") == (NORD, WORLD)
    assert DIRECTORY.ancestors("hoshi") == ()
    assert DIRECTORY.ancestors("nowhere") == ()


def test_users_of_an_account_are_its_own() -> None:
    assert DIRECTORY.users_of("nord") == (ÖZLEM,)
    assert DIRECTORY.users_of("world") == ()
    assert DIRECTORY.accounts() == (WORLD, NORD, BERLIN, HOSHI)


def test_searching_gives_users_up_to_a_limit_and_says_whether_there_are_more() -> None:
    assert DIRECTORY.search("nord", 1) == Found((JONAS,), more=True)
    assert DIRECTORY.search("", 10, status="active") == Found((JONAS, MEI, ÖZLEM), more=False)
    assert DIRECTORY.search("", 10, account="nord") == Found((JONAS, ÖZLEM), more=False)
