"""Finding accounts as users are found."""

from __future__ import annotations

import pytest

from gateway.model import Account
from gateway.people.search.accounts import index_of_accounts
from gateway.people.search.query import read_query

ACCOUNTS = [
    Account(id="world", name="Nordlicht World"),
    Account(id="nord", name="Nordlicht GmbH", parent="world"),
    Account(id="berlin", name="Büro Berlin", parent="nord"),
    Account(id="wind", name="Südwind AG"),
    Account(id="Wind", name="Westwind"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["berlin", "nord", "world", "wind", "Wind"]),
        ("nordl", ["nord", "world"]),
        ("nordlicht gm", ["nord"]),
        ("sudwind", ["wind"]),
        ("nordlihct", ["nord", "world"]),
        ("buero", ["berlin"]),
        ("buro", ["berlin"]),
        ("account:nord", ["berlin", "nord"]),
        ("wind", ["wind", "Wind"]),
        ("nobody", []),
    ],
)
def test_accounts_are_found_as_people_type(text: str, ids: list[str]) -> None:
    found = index_of_accounts(ACCOUNTS).page(read_query(text), 10, "")
    assert [each.id for each in found.users] == ids


def test_accounts_whose_ids_differ_in_case_are_two() -> None:
    found = index_of_accounts(ACCOUNTS).page(read_query(""), 10, "", frozenset(("wind",)))
    assert [each.id for each in found.users] == ["wind"]
