"""Of records those that somebody may see, less what only one's own people see."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.audit.formats import NAMES, format_of
from gateway.audit.reading.permitted import Permitted, bare

RECORD: dict[str, Any] = {
    "v": 1,
    "id": "1",
    "kind": "session.started",
    "at": "2026-11-22T05:00:00.000Z",
    "writer": "W",
    "seq": 1,
    "site": "crm",
    "subject": {"id": "jonas", "name": "", "email": "", "account": "nord", "account_name": "N"},
    "client": {"address": "192.0.2.77", "agent": "Agent7"},
    "facts": {"case": {"secret": "above"}, "reveal": []},
}


@pytest.mark.parametrize(
    ("accounts", "taken"),
    [
        ({("crm", "nord")}, True),
        ({("other", "nord"), ("crm", "sued")}, False),
        (set(), False),
        (None, True),
    ],
)
def test_records_of_other_accounts_are_not_taken(
    accounts: set[tuple[str, str]] | None, *, taken: bool
) -> None:
    choice = Permitted(accounts=None if accounts is None else frozenset(accounts))
    assert choice.takes(RECORD) is taken
    assert not choice.is_all
    of_nobody = {**RECORD, "kind": "gateway.started"}
    del of_nobody["subject"]
    assert choice.takes(of_nobody) is (accounts is None)


def test_what_else_is_asked_for_counts_too() -> None:
    assert not Permitted(accounts=frozenset({("crm", "nord")}), actor="ada").takes(RECORD)
    body = {**RECORD, "kind": "request.body"}
    assert Permitted().takes(body)
    assert not Permitted(bare=True).takes(body)


@pytest.mark.parametrize("name", NAMES)
def test_what_only_ones_own_people_see_is_left_out_of_each_format(name: str) -> None:
    line = json.dumps(RECORD).encode()
    whole, less = format_of(name), bare(format_of(name))
    assert b"192.0.2.77" in whole.write(line, RECORD)
    written = less.write(line, RECORD)
    for secret in (b"192.0.2.77", b"Agent7", b"above"):
        assert secret not in written
    assert b"nord" in written
    assert less.head == whole.head
