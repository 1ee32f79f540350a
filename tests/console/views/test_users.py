"""The page of one user."""

from __future__ import annotations

import pytest

from gateway.console.directory_values import Place
from gateway.console.history_values import HistoryQuestion
from gateway.console.values import Person
from tests.console import desks
from tests.console.characters import JONAS, MEI, SAM
from tests.console.looking_back import past_session
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/user?site=crm&id=mei.tanaka"


async def test_it_says_who_it_is_and_who_acted_for_them(ada: Visitor, world: World) -> None:
    world.past = (past_session("s1", SAM, MEI, own=False),)
    page = await ada.get(PAGE)
    assert "Mei Tanaka" in page.words
    assert "Hoshi Trading · invited" in page.words
    assert "Act as Mei Tanaka" in page.words
    assert "Sam Rivera" in page.words
    assert world.questions == [HistoryQuestion(site="crm", subject="mei.tanaka", limit=10)]


async def test_a_protected_user_is_said_to_be_so(ada: Visitor) -> None:
    page = await ada.get("/_gateway/user?site=crm&id=root")
    assert "Nobody acts for them unless a policy says so by name." in page.words


async def test_one_is_pinned_and_pinned_no_more(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    sent = {"token": page.token, "site": "crm", "id": "mei.tanaka"}
    done = await ada.post("/_gateway/pinned", {**sent, "how": "pin"})
    assert (done.status, done.headers["Location"]) == (303, PAGE)
    assert world.pinned == [MEI]
    assert "Unpin Mei Tanaka" in (await ada.get(PAGE)).words
    await ada.post("/_gateway/pinned", {**sent, "how": "unpin"})
    assert world.pinned == []
    assert "Unpin" not in (await ada.get(PAGE)).words


async def test_nobody_is_pinned_without_the_pages_token(ada: Visitor, world: World) -> None:
    refused = await ada.post(
        "/_gateway/pinned", {"token": "0" * 64, "site": "crm", "id": "mei.tanaka", "how": "pin"}
    )
    assert refused.status == 403
    assert world.pinned == []


async def test_who_is_not_there_is_refused_on_record_with_what_to_do(
    ada: Visitor, world: World
) -> None:
    refused = await ada.get("/_gateway/user?site=crm&id=nobody")
    assert refused.status == 404
    assert "Find the person by name on the home page." in refused.words
    assert world.attempts[-1].code == "unknown_subject"


async def test_one_of_several_sites_is_chosen(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def places(*_: object) -> list[Place]:
        person = Person(user=JONAS, account_name="Nordlicht GmbH")
        return [
            Place(site="crm", label="CRM", person=person, sure=True),
            Place(site="shop", label="Shop", person=person, sure=True),
            Place(site="wiki", label="Wiki", person=person, sure=False),
        ]

    monkeypatch.setattr(desks.Directories, "places", places)
    page = await ada.get("/_gateway/user?site=crm&id=jonas.weber")
    assert "Act where?" in page.words
    for words, site in (
        ("Act as Jonas Weber in CRM", "crm"),
        ("Act as Jonas Weber in Shop", "shop"),
        ("Perhaps Jonas Weber in Wiki", "wiki"),
    ):
        assert words in page.words
        assert f"start?site={site}&amp;subject=jonas.weber" in page.text
