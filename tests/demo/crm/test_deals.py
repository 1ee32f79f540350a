"""The deal board, and how deals move."""

from __future__ import annotations

import pytest

from tests.demo.crm.support import Visitor


async def test_a_deal_is_moved_on_the_board(jonas: Visitor) -> None:
    page = await jonas.do("/deals", "/deals/1/stage", stage="Won")
    assert "Fjordline cold chain moved to Won." in page
    deal = await jonas.json("/api/deals/1")
    assert deal["stage"] == "Won"
    assert (deal["moves"][0]["moved_by"], deal["moves"][0]["stage"]) == ("Jonas Weber", "Won")


async def test_a_deal_is_moved_on_its_own_page_and_stays_there(jonas: Visitor) -> None:
    page = await jonas.do("/deals/3", "/deals/3/stage", stage="Lost")
    assert "<h2>How it moved</h2>" in page
    assert "Baltcargo renewal moved to Lost." in page


async def test_moving_a_deal_to_where_it_is_is_no_move(jonas: Visitor) -> None:
    before = await jonas.json("/api/deals/1")
    await jonas.do("/deals", "/deals/1/stage")
    assert await jonas.json("/api/deals/1") == before


async def test_a_stage_that_there_is_not_is_not_found(jonas: Visitor) -> None:
    assert (await jonas.submit("/deals", "/deals/1/stage", stage="Wonderful")).status == 404


async def test_ones_own_deals(jonas: Visitor) -> None:
    everybody, mine = await jonas.page("/deals"), await jonas.page("/deals?owner=me")
    assert "Schelde yard pilot" in everybody
    assert "Schelde yard pilot" not in mine
    assert "Baltcargo renewal" in mine


@pytest.mark.parametrize("path", ["/deals/1", "/api/deals/1"])
async def test_another_accounts_deal_is_not_there(mei: Visitor, path: str) -> None:
    assert (await mei.get(path)).status == 404


async def test_another_accounts_deal_is_not_moved(mei: Visitor, jonas: Visitor) -> None:
    answer = await mei.send("PATCH", "/api/deals/1", {"stage": "Lost"})
    assert answer.status == 404
    assert (await jonas.json("/api/deals/1"))["stage"] == "Proposal"


async def test_money_is_in_the_accounts_currency(jonas: Visitor, mei: Visitor) -> None:
    assert "€\N{NO-BREAK SPACE}84,000" in await jonas.page("/deals")
    assert "¥\N{NO-BREAK SPACE}2,780,000" in await mei.page("/deals")


async def test_the_first_page_adds_up(jonas: Visitor) -> None:
    deals = (await jonas.json("/api/deals"))["deals"]
    mine = [deal for deal in deals if deal["owner"] == "jonas.weber"]
    pipeline = sum(deal["amount"] for deal in mine if deal["stage"] not in ("Won", "Lost"))
    page = await jonas.page("/")
    assert f"<b>€\N{NO-BREAK SPACE}{pipeline:,}</b> in your pipeline" in page
    await jonas.do("/", "/tasks/1/done")
    await jonas.do("/deals", "/deals/1/stage", stage="Lost")
    assert f"<b>€\N{NO-BREAK SPACE}{pipeline - 84_000:,}</b>" in await jonas.page("/")
