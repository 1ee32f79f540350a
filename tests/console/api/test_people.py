"""The people who may sign in, by program."""

from __future__ import annotations

import pytest

from gateway.console.values import PersonOrder
from gateway.model import Operator
from tests.console.support import World
from tests.console.visitor import Visitor

API = "/_gateway/api/people"
BEN = {
    "id": "auth0|ben",
    "name": "Ben",
    "email": "ben@house.example",
    "profile": "Support",
    "accounts": ["n"],
    "password": "correct horse battery",
    "why": " A new\n colleague ",
}


async def test_people_are_listed_shown_added_and_updated(program: Visitor, world: World) -> None:
    listed = await program.get(f"{API}?q=Sam")
    assert listed.json["more"] is False
    [sam] = listed.json["people"]
    assert (sam["id"], sam["kept_in"], sam["disabled"], sam["version"]) == (
        "sam",
        "store",
        False,
        1,
    )
    assert (await program.get(f"{API}?id=ada")).json["name"] == "Ada Okafor"
    added = await program.send("POST", API, json=BEN)
    assert (added.status, added.json["id"], added.json["accounts"]) == (201, "auth0|ben", ["n"])
    updated = await program.send("PUT", API, json={**BEN, "password": None, "version": 3})
    assert updated.status == 200
    assert world.person_orders == [
        PersonOrder(
            how="add",
            id="auth0|ben",
            operator=Operator(
                id="auth0|ben",
                name="Ben",
                email="ben@house.example",
                profile="Support",
                accounts=("n",),
            ),
            password="correct horse battery",
            why="A new colleague",
        ),
        PersonOrder(
            how="update",
            id="auth0|ben",
            operator=world.person_orders[0].operator,
            why="A new colleague",
            version=3,
        ),
    ]
    for answer in (added, updated, await program.get(f"{API}/history?id=auth0%7Cben")):
        assert "correct horse" not in str(answer.json)


async def test_people_are_disabled_and_enabled_and_the_history_says_so(
    program: Visitor, world: World
) -> None:
    disabled = await program.send("POST", f"{API}/disable", json={"id": "sam", "why": "Left"})
    assert (disabled.status, disabled.json["disabled"]) == (200, True)
    body = {"id": "sam", "why": "Back", "version": 2}
    assert (await program.send("POST", f"{API}/enable", json=body)).json["disabled"] is False
    assert world.person_orders == [
        PersonOrder(how="disable", id="sam", why="Left"),
        PersonOrder(how="enable", id="sam", why="Back", version=2),
    ]
    told = (await program.get(f"{API}/history?id=sam")).json["changes"]
    assert [(each["by"], each["why"], each["disabled"]) for each in told] == [
        ("ada", "Left", True),
        ("ada", "Back", False),
    ]
    assert told[0]["at"] == "2026-09-21T14:13:20.000Z"


async def test_what_is_to_be_handed_over_is_listed(program: Visitor, world: World) -> None:
    world.depends = (("account", "nordlicht"), ("policy", "closed"))
    answer = await program.send("POST", f"{API}/disable", json={"id": "sam"})
    assert (answer.status, answer.json["code"]) == (409, "hand_over_first")
    assert answer.json["hand_over"] == [
        {"kind": "account", "name": "nordlicht"},
        {"kind": "policy", "name": "closed"},
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"profile": None}, "bad_json"),
        ({"disabled": True}, "bad_json"),
        ({"accounts": "n"}, "bad_json"),
        ({"why": "x" * 501}, "bad_fields"),
    ],
)
async def test_what_does_not_fit_changes_nothing(
    program: Visitor, world: World, changes: dict[str, object], code: str
) -> None:
    for method in ("POST", "PUT"):
        answer = await program.send(method, API, json={**BEN, **changes})
        assert (answer.status, answer.json["code"]) == (400, code)
    assert world.person_orders == []


async def test_whose_history_has_to_be_said(program: Visitor) -> None:
    answer = await program.get(f"{API}/history")
    assert (answer.status, answer.json["code"]) == (400, "bad_fields")


async def test_a_page_elsewhere_changes_nobody(program: Visitor, world: World) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = await program.send("POST", f"{API}/disable", json={"id": "sam"}, headers=headers)
    assert (answer.status, answer.json["code"]) == (403, "cross_site")
    assert world.person_orders == []
