"""Operators ask users, by program."""

from __future__ import annotations

import pytest

from gateway.console.consent_services import AskOrder
from tests.console.support import World
from tests.console.visitor import Visitor

API = "/_gateway/api/consents"
ORDER = {"site": "crm", "subject": "jonas.weber", "why": " The board\n is empty "}


async def test_an_operator_asks_and_gets_the_address_to_pass_on(
    program: Visitor, world: World
) -> None:
    asked = await program.send("POST", API, json=ORDER)
    page = "http://crm.localhost/_gateway/consent"
    assert (asked.status, asked.json) == (201, {"page": page, "told": False})
    assert world.asks == [
        AskOrder(site="crm", subject="jonas.weber", why="The board is empty"),
    ]


@pytest.mark.parametrize(
    "changes", [{"why": "x" * 501}, {"why": None}, {"more": 1}, {"subject": 7}]
)
async def test_what_does_not_fit_is_not_asked(
    program: Visitor, world: World, changes: dict[str, object]
) -> None:
    assert (await program.send("POST", API, json={**ORDER, **changes})).status == 400
    assert world.asks == []
