"""The parents of accounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account
from gateway.people.entry import faults_of_parents

parents = st.dictionaries(st.sampled_from("abcdef"), st.none() | st.sampled_from("abcdefx"))


@given(parents)
def test_a_parent_must_be_there_and_no_way_up_a_circle(found: dict[str, str | None]) -> None:
    accounts = {each: Account(id=each, name="A", parent=up) for each, up in found.items()}

    def leads_back(account_id: str) -> bool:
        up = found[account_id]
        for _ in found:
            if up == account_id:
                return True
            up = found.get(up) if up is not None else None
        return False

    expected = {each: "leads back to this account" for each in found if leads_back(each)}
    for each, up in found.items():
        if up is not None and up not in found:
            expected[each] = f"there is no account {up!r}"
    assert faults_of_parents(accounts) == expected


def test_a_very_long_way_up_takes_no_longer_for_each_account() -> None:
    accounts = {f"a{n}": Account(id=f"a{n}", name="A", parent=f"a{n + 1}") for n in range(50_000)}
    assert faults_of_parents(accounts) == {"a49999": "there is no account 'a50000'"}
