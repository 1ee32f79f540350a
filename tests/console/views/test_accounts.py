"""The list of accounts, the page of one with its people and sessions, and all people."""

from __future__ import annotations

import msgspec

from gateway.console.history_values import HistoryQuestion
from tests.console.characters import ADA, JONAS, MEI, ROOT, SAM
from tests.console.looking_back import past_session
from tests.console.support import World
from tests.console.visitor import Visitor


async def test_accounts_are_found_and_acted_for_by_their_house_contacts(
    ada: Visitor, world: World
) -> None:
    world.people = (msgspec.structs.replace(JONAS, house_contact=True), MEI)
    page = await ada.get("/_gateway/accounts?q=gmbh")
    assert "1 account" in page.words
    assert "Nordlicht GmbH n · emea 1 Ada Okafor Act for Nordlicht GmbH" in page.words
    assert (
        'href="/_gateway/start?site=crm&amp;account=n&amp;return_to=/_gateway/accounts%3Fsite%3Dcrm"'
        in page.text
    )
    none = await ada.get("/_gateway/accounts?q=%3Cb%3E")
    assert "No account found for “<b>”." in none.words


async def test_a_list_of_accounts_goes_on_and_back_to_its_beginning(ada: Visitor) -> None:
    first = await ada.get("/_gateway/accounts")
    assert "Nordlicht GmbH" in first.words
    assert 'href="?site=crm&amp;q=&amp;after=1"' in first.text
    assert "Hoshi Trading" not in first.words
    onwards = await ada.get("/_gateway/accounts?site=crm&q=&after=1")
    assert "Hoshi Trading" in onwards.words
    assert "Back to the first" in onwards.words


async def test_where_no_site_is_set_up_that_is_said(ada: Visitor, world: World) -> None:
    world.sites = ()
    for path in ("accounts", "users"):
        page = await ada.get(f"/_gateway/{path}")
        assert page.status == 200
    assert "No site is set up" in (await ada.get("/_gateway/accounts")).words


async def test_an_account_shows_its_people_by_name_and_status(ada: Visitor) -> None:
    page = await ada.get("/_gateway/account?site=crm&id=h")
    assert "New action" in page.words
    assert "Act for Hoshi Trading as such" not in page.words
    assert "Mei Tanaka mei@hoshi.example invited" in page.words
    assert "Root <b>O'Brien</b>" in page.words
    assert "<b>O'Brien" not in page.text
    narrowed = await ada.get("/_gateway/account?site=crm&id=h&q=&status=invited")
    assert "Mei Tanaka" in narrowed.words
    assert "Root" not in narrowed.words
    none = await ada.get("/_gateway/account?site=crm&id=h&status=deactivated")
    assert "Nobody here is like this." in none.words


async def test_the_menu_leads_to_no_page_that_is_not_for_who_looks(
    ada: Visitor, world: World
) -> None:
    page = await ada.get("/_gateway/account?site=crm&id=h")
    assert "What it allows" in page.words
    world.not_told = {"h"}
    page = await ada.get("/_gateway/account?site=crm&id=h")
    assert "Act for one of its people" in page.words
    assert "What it allows" not in page.words


async def test_an_account_shows_who_acted_for_it(ada: Visitor, world: World) -> None:
    empty = await ada.get("/_gateway/account?site=crm&id=h&tab=sessions")
    assert "Nobody acted for it lately, as far as you may see." in empty.words
    world.past = (past_session("s1", SAM, MEI, own=False), past_session("s2", ADA, JONAS))
    page = await ada.get("/_gateway/account?site=crm&id=h&tab=sessions&after=0")
    assert world.questions[-1] == HistoryQuestion(site="crm", account="h", before="0", limit=20)
    assert "Sam Rivera" in page.words
    assert "Deal board empty" in page.words
    assert "Jonas Weber" not in page.words


async def test_an_account_that_is_not_there_is_refused_on_record(
    ada: Visitor, world: World
) -> None:
    refused = await ada.get("/_gateway/account?site=crm&id=nothing")
    assert refused.status == 404
    assert world.attempts[-1].code == "unknown_account"


async def test_all_people_are_listed_with_their_accounts(ada: Visitor) -> None:
    page = await ada.get("/_gateway/users?q=weber")
    assert "Jonas Weber jonas@nordlicht.example Nordlicht GmbH active" in page.words
    assert ROOT.email not in page.words
