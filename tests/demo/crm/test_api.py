"""The JSON API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo.crm.support import Visitor


async def test_it_says_who_asks(jonas: Visitor) -> None:
    me = await jonas.json("/api/me")
    assert (me["id"], me["account"], me["status"]) == ("jonas.weber", "nordlicht", "active")
    assert "password" not in me
    assert "api_key" not in me


async def test_sensitive_values_have_names_of_their_own(jonas: Visitor) -> None:
    (karin,) = (await jonas.json("/api/contacts?q=karin"))["contacts"]
    assert karin["private_notes"].startswith("Thinks of leaving")
    assert karin["survey_comments"].startswith("Quick answers")
    whole = await jonas.json("/api/contacts/1")
    assert whole["surveys"][1]["survey_comments"].startswith("Good, but")
    assert whole["meetings"][0]["meeting_notes"].startswith("They will sign")
    assert len((await jonas.json("/api/surveys"))["surveys"]) == 10
    assert len((await jonas.json("/api/meetings"))["meetings"]) == 8


async def test_a_contact_is_changed_in_part(jonas: Visitor) -> None:
    answer = await jonas.send("PATCH", "/api/contacts/1", {"private_notes": "New."})
    assert answer.status == 200
    changed = await answer.json()
    assert (changed["private_notes"], changed["name"]) == ("New.", "Karin Holm")


@pytest.mark.parametrize(
    "body", [{"id": 7}, {"name": ""}, {"name": 7}, {"owner": "mei.tanaka"}, [], "x", 7]
)
async def test_what_cannot_be_changed_is_refused(jonas: Visitor, body: Any) -> None:
    before = await jonas.json("/api/contacts/1")
    answer = await jonas.send("PATCH", "/api/contacts/1", body)
    assert answer.status == 400
    assert "error" in await answer.json()
    assert await jonas.json("/api/contacts/1") == before


async def test_another_accounts_contact_is_not_changed(jonas: Visitor, mei: Visitor) -> None:
    before = await jonas.json("/api/contacts/1")
    assert (await mei.send("PATCH", "/api/contacts/1", {"city": "Kobe"})).status == 404
    assert await jonas.json("/api/contacts/1") == before


@pytest.mark.parametrize("stage", ["Wonderful", None, 7, ["Won"]])
async def test_a_deal_moves_to_a_stage_that_there_is(jonas: Visitor, stage: Any) -> None:
    assert (await jonas.send("PATCH", "/api/deals/1", {"stage": stage})).status == 400
    assert (await jonas.send("PATCH", "/api/deals/1", {"stage": "Won"})).status == 200


async def test_a_search_is_a_post_that_only_reads(jonas: Visitor) -> None:
    found = await (await jonas.send("POST", "/api/search", {"q": "fjordline"})).json()
    assert [each["name"] for each in found["contacts"]] == ["Ingrid Solberg", "Karin Holm"]
    assert len(found["deals"]) == 2


async def test_a_body_that_a_form_of_another_site_could_send_is_refused(jonas: Visitor) -> None:
    assert (await jonas.post("/api/search", q="karin")).status == 415


async def test_what_is_not_json_is_refused(jonas: Visitor) -> None:
    answer = await jonas.client.post(
        f"{jonas.base}/api/search",
        data=b"{",
        headers=jonas.headers | {"Content-Type": "application/json"},
    )
    assert answer.status == 400
