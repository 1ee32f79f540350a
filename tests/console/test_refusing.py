"""A refusal is on record before anybody is told."""

from __future__ import annotations

import pytest

from tests.console.support import World
from tests.console.visitor import Visitor


@pytest.mark.threat(15)
async def test_threat_15_what_no_page_answers_is_refused_on_record(
    visitor: Visitor, world: World
) -> None:
    page = await visitor.get("/_gateway/a%0ab")
    assert page.status == 404
    assert "Code not_found · on record as r1" in page.words
    assert [(a.code, a.method, a.target) for a in world.attempts] == [
        ("not_found", "GET", "/_gateway/a%0ab")
    ]


async def test_the_record_names_the_operator_and_the_client(ada: Visitor, world: World) -> None:
    await ada.get("/_gateway/start?site=crm&subject=nobody", User_Agent="Test/1")
    (attempt,) = world.attempts
    assert attempt.operator is not None
    assert (attempt.operator.id, attempt.client.agent) == ("ada", "Test/1")
    assert attempt.client.address == "127.0.0.1"
    assert attempt.target == "/_gateway/start"


@pytest.mark.threat(52)
@pytest.mark.parametrize("path", ["sessions/none", "nowhere"])
async def test_threat_52_what_cannot_be_recorded_says_so(
    program: Visitor, world: World, path: str
) -> None:
    world.store_away = True
    answer = await program.get(f"/_gateway/api/{path}")
    assert (answer.status, answer.json["code"]) == (503, "store_away")
    assert answer.json["title"] == "Acting on behalf is paused"
