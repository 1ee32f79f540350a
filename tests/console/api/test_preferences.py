"""What accounts allow, by program."""

from __future__ import annotations

import json

import pytest

from gateway.console.values import PreferenceOrder
from gateway.model import Preferences
from tests.console.support import World
from tests.console.visitor import Visitor

API = "/_gateway/api/preferences"
NORD = f"{API}?site=crm&account=n"
ORDER = {
    "site": "crm",
    "account": "n",
    "preferences": {"support_may_act": True, "support_may_see": ["notes"]},
    "why": " They\n asked ",
    "version": 0,
}


async def test_what_an_account_allows_is_shown_changed_and_remembered(
    program: Visitor, world: World
) -> None:
    before = await program.get(NORD)
    assert (before.status, before.json["said"], before.json["version"]) == (200, None, 0)
    assert before.json["in_force"]["support_may_act"] is False
    changed = await program.send("PUT", API, json=ORDER)
    assert changed.status == 200
    assert changed.json["said"]["support_may_see"] == ["notes"]
    assert world.orders == [
        PreferenceOrder(
            site="crm",
            account="n",
            preferences=Preferences(support_may_act=True, support_may_see=("notes",)),
            why="They asked",
            version=0,
        )
    ]
    taken_back = await program.send("PUT", API, json={**ORDER, "preferences": None})
    assert taken_back.json["said"] is None
    told = (await program.get(f"{API}/history?site=crm&account=n")).json["changes"]
    assert [each["version"] for each in told] == [1, 2]
    assert told[0]["at"] == "2026-09-21T14:13:20.000Z"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"preferences": {"support_may_actt": True}}, "bad_json"),
        ({"preferences": {"support_may_act": "yes"}}, "bad_json"),
        ({"more": 1}, "bad_json"),
        ({"version": 1.5}, "bad_json"),
        ({"version": "1"}, "bad_json"),
        ({"why": "x" * 501}, "bad_fields"),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    program: Visitor, world: World, changes: dict[str, object], code: str
) -> None:
    answer = await program.send("PUT", API, json={**ORDER, **changes})
    assert (answer.status, answer.json["code"]) == (400, code)
    assert world.orders == []


@pytest.mark.parametrize("query", ["", "?site=crm", "?account=n"])
async def test_site_and_account_have_to_be_said(program: Visitor, query: str) -> None:
    for path in (API, f"{API}/history"):
        answer = await program.get(path + query)
        assert (answer.status, answer.json["code"]) == (400, "bad_fields")


@pytest.mark.parametrize("said", ["1", "1.0", "1e0"])
async def test_a_version_is_a_whole_number_however_json_spells_it(
    program: Visitor, world: World, said: str
) -> None:
    body = json.dumps({**ORDER, "version": 0}).replace('"version": 0', f'"version": {said}')
    headers = {"Content-Type": "application/json"}
    answer = await program.send("PUT", API, data=body.encode(), headers=headers)
    assert answer.status == 200, answer.text
    (order,) = world.orders
    assert (order.version, type(order.version)) == (1, int)
