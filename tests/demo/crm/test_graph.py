"""The GraphQL endpoint."""

from __future__ import annotations

from typing import Any

from tests.demo.crm.support import Visitor


async def ask(visitor: Visitor, query: str, **variables: Any) -> Any:
    answer = await visitor.send("POST", "/graphql", {"query": query, "variables": variables})
    assert answer.status == 200
    return await answer.json()


async def test_it_gives_what_is_asked_for_under_any_name(jonas: Visitor) -> None:
    found = await ask(
        jonas,
        "query ($id: Int!) { me { id } contact(id: $id) { name x: private_notes"
        " surveys { survey_comments } meetings { meeting_notes } deals { title } } }",
        id=1,
    )
    contact = found["data"]["contact"]
    assert found["data"]["me"] == {"id": "jonas.weber"}
    assert contact["x"].startswith("Thinks of leaving")
    assert contact["surveys"][0]["survey_comments"].startswith("Quick answers")
    assert contact["meetings"][0]["meeting_notes"].startswith("They will sign")
    assert len(contact["deals"]) == 2


async def test_lists_and_a_search(jonas: Visitor) -> None:
    found = await ask(
        jonas, '{ contacts(search: "holm") { name survey_score } deals { id } deal(id: 1) { id } }'
    )
    assert found["data"]["contacts"] == [{"name": "Karin Holm", "survey_score": 9}]
    assert len(found["data"]["deals"]) == 12
    assert found["data"]["deal"] == {"id": 1}


async def test_mutations_change(jonas: Visitor) -> None:
    changed = await ask(
        jonas,
        'mutation { setStage(deal: 1, stage: "Won") { stage }'
        ' setNotes(contact: 1, private_notes: "New.") { private_notes } }',
    )
    assert changed["data"] == {
        "setStage": {"stage": "Won"},
        "setNotes": {"private_notes": "New."},
    }
    assert (await jonas.json("/api/deals/1"))["stage"] == "Won"
    assert (await jonas.json("/api/contacts/1"))["private_notes"] == "New."


async def test_another_account_is_out_of_reach(mei: Visitor, jonas: Visitor) -> None:
    found = await ask(mei, "{ contact(id: 1) { name } deal(id: 1) { id } }")
    assert found["data"] == {"contact": None, "deal": None}
    for mutation in (
        'setStage(deal: 1, stage: "Lost") { id }',
        'setNotes(contact: 1, private_notes: "Mine.") { id }',
    ):
        assert "errors" in await ask(mei, f"mutation {{ {mutation} }}")
    assert (await jonas.json("/api/deals/1"))["stage"] == "Proposal"
    assert "Thinks" in (await jonas.json("/api/contacts/1"))["private_notes"]


async def test_what_cannot_be_read_is_an_error(jonas: Visitor) -> None:
    assert "errors" in await ask(jonas, "{ contacts {")
    assert "errors" in await ask(jonas, "{ passwords }")
