"""The page of one's exports."""

from __future__ import annotations

import msgspec
import pytest

from gateway.console.export_values import ExportOrder, ExportSays
from tests.console.looking_back import AT, LATER
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/exports"
FOLLOWS = 'hx-trigger="every 2s"'


async def test_one_is_asked_for_followed_and_fetched(ada: Visitor, world: World) -> None:
    page = await ada.get(f"{PAGE}?site=crm&account=n")
    assert "You have none." in page.words
    assert 'name="account" value="n"' in page.text
    assert FOLLOWS not in page.text
    order = {"format": "ocsf", "since": " 7d ", "until": "", "site": "crm", "account": "n"}
    done = await ada.post(PAGE, {"token": page.token, **order})
    assert (done.status, done.headers["Location"]) == (303, PAGE)
    (asked,) = world.exports.values()
    assert asked.order == ExportOrder(format="ocsf", since="7d", site="crm", account="n")
    running = await ada.get(PAGE)
    assert "OCSF 7d · crm · n" in running.words
    assert "is being written" in running.words
    assert FOLLOWS in running.text
    world.exports["e1"] = msgspec.structs.replace(
        asked, state="ready", taken=1, bytes=2_000, until=LATER
    )
    ready = await ada.get(PAGE)
    assert "1 record · 2.0 kB" in ready.words
    assert 'href="/_gateway/api/exports/e1/file"' in ready.text
    assert FOLLOWS not in ready.text


async def test_what_is_refused_is_said_with_the_form_as_it_was(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    refused = await ada.post(PAGE, {"token": page.token, "format": "json", "subject": "mei"})
    assert refused.status == 422
    assert "Say of which site." in refused.words
    assert 'name="subject" value="mei"' in refused.text
    assert '<option value="json" selected>' in refused.text
    assert world.attempts[-1].code == "site_missing"
    assert not world.exports


async def test_a_format_that_there_is_not_is_refused(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    refused = await ada.post(PAGE, {"token": page.token, "format": "exe"})
    assert refused.status == 400
    assert not world.exports
    assert (await ada.get(f"{PAGE}?format=exe")).status == 400


async def test_one_is_removed_and_what_is_not_there_is_not(ada: Visitor, world: World) -> None:
    world.exports["e1"] = ExportSays(
        id="e1",
        state="failed",
        order=ExportOrder(format="csv"),
        asked_at=AT,
        why="disk_full",
        detail="The disk is full.",
    )
    page = await ada.get(PAGE)
    assert "failed The disk is full." in page.words
    done = await ada.post(f"{PAGE}/e1/cancel", {"token": page.token})
    assert (done.status, done.headers["Location"]) == (303, PAGE)
    assert not world.exports
    assert (await ada.post(f"{PAGE}/e1/cancel", {"token": page.token})).status == 404


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/e1/cancel"])
async def test_nothing_is_done_without_the_pages_token(
    ada: Visitor, world: World, path: str
) -> None:
    world.exports["e1"] = ExportSays(
        id="e1", state="waiting", order=ExportOrder(format="csv"), asked_at=AT
    )
    refused = await ada.post(path, {"token": "0" * 64, "format": "csv"})
    assert refused.status == 403
    assert list(world.exports) == ["e1"]
