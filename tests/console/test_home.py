"""The list of live sessions, and finding whom to act for."""

from __future__ import annotations

from gateway.console.values import SiteCard
from gateway.model import Mode
from tests.console.characters import ADA, JONAS, MEI, NOW, SAM, make_session
from tests.console.support import World
from tests.console.visitor import Visitor


async def test_nothing_runs_yet(ada: Visitor) -> None:
    page = await ada.get("/_gateway/")
    assert "Nobody is acting for anybody now." in page.words
    assert "Ada Okafor · Customer Success Manager" in page.words


async def test_the_root_of_the_host_leads_home(visitor: Visitor) -> None:
    answer = await visitor.get("/")
    assert (answer.status, answer.headers["Location"]) == (303, "/_gateway/")


async def test_live_sessions_say_who_why_how_and_how_long(ada: Visitor, world: World) -> None:
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1", ticket="#48213", expires_at=NOW + 1_300_000),
        "s2": make_session(SAM, MEI, id="s2", mode=Mode.READ_WRITE, expires_at=NOW + 59_000),
    }
    page = await ada.get("/_gateway/")
    assert (
        "Jonas Weber Nordlicht GmbH You Deal board empty after role change #48213 "
        "look only 21 min left" in page.words
    )
    assert "Mei Tanaka Hoshi Trading Sam Rivera" in page.words
    assert "look and change 59 s left" in page.words
    assert '<time class="left" datetime="2026-09-21T14:35:00.000Z"' in page.text


async def test_a_raised_session_is_shown_as_it_is_now(ada: Visitor, world: World) -> None:
    lasts = {"expires_at": NOW + 1_300_000}
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1", elevated_until=NOW + 60_000, **lasts),
        "s2": make_session(ADA, MEI, id="s2", elevated_until=NOW, **lasts),
    }
    page = await ada.get("/_gateway/")
    assert page.words.count("look and change 21 min left") == 1
    assert page.words.count("look only 21 min left") == 1


async def test_one_opens_ones_own_sessions_only(ada: Visitor, world: World) -> None:
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1"),
        "s2": make_session(SAM, MEI, id="s2"),
    }
    page = await ada.get("/_gateway/")
    assert 'action="/_gateway/sessions/s1/open"' in page.text
    assert 'action="/_gateway/sessions/s2/open"' not in page.text
    opened = await ada.post("/_gateway/sessions/s1/open", {"token": page.token})
    assert opened.status == 303
    assert opened.headers["Location"].startswith(f"{world.session_origin}/_gateway/enter?code=")
    others = await ada.post("/_gateway/sessions/s2/open", {"token": page.token})
    assert others.status == 403
    assert "Somebody else started this session. Back to the console" in others.words
    assert (world.attempts[0].operator, world.attempts[0].session) == (ADA, "s2")


async def test_ending_a_session_says_that_it_has_ended(ada: Visitor, world: World) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    page = await ada.get("/_gateway/")
    answer = await ada.post("/_gateway/sessions/s1/end", {"token": page.token})
    assert not world.live_sessions
    after = await ada.get(answer.headers["Location"])
    assert "The session has ended." in after.words


async def test_people_are_found_without_scripts(ada: Visitor) -> None:
    page = await ada.get("/_gateway/?site=crm&q=hoshi")
    assert "2 people found." in page.words
    assert "Mei Tanaka mei@hoshi.example Hoshi Trading · invited, not yet joined" in page.words
    assert 'href="/_gateway/start?site=crm&amp;subject=mei.tanaka"' in page.text


async def test_nobody_found_is_said(ada: Visitor) -> None:
    page = await ada.get("/_gateway/?site=crm&q=%3Cscript%3E")
    assert "Nobody found for “<script>” in CRM." in page.words
    assert "<script>”" not in page.text


async def test_with_several_sites_one_is_chosen(ada: Visitor, world: World) -> None:
    world.sites = (*world.sites, SiteCard(name="shop", label="Shop", form_targets=("https://s",)))
    page = await ada.get("/_gateway/?site=shop")
    assert '<option value="shop" selected>Shop</option>' in page.text
    assert page.headers["Content-Security-Policy"].count(" https://s") == 1


async def test_without_sites_the_page_says_so(ada: Visitor, world: World) -> None:
    world.sites = ()
    assert "No site is set up behind this gateway yet." in (await ada.get("/_gateway/")).words
