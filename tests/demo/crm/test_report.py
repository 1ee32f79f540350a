"""The order book and the spreadsheet."""

from __future__ import annotations

import csv
import io

from tests.demo.crm.support import Visitor


async def test_the_order_book_is_long_whole_and_comes_in_pieces(jonas: Visitor) -> None:
    answer = await jonas.get("/report", **{"Accept-Encoding": "identity"})
    page = await answer.text()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert len(page) > 100_000
    assert page.rstrip().endswith("</html>")
    assert page.count("</section>") >= 12 * 5
    assert '<span class="meeting-notes">They will sign' in page


async def test_an_account_sees_its_own_orders(mei: Visitor) -> None:
    page = await mei.page("/report")
    assert "Kitamura Foods" in page
    assert "Fjordline" not in page


async def test_the_spreadsheet_has_a_column_for_what_is_private(jonas: Visitor) -> None:
    answer = await jonas.get("/export/contacts.csv")
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    rows = list(csv.DictReader(io.StringIO(await answer.text())))
    (karin,) = [row for row in rows if row["name"] == "Karin Holm"]
    assert len(rows) == 11
    assert karin["private_notes"].startswith("Thinks of leaving")
    assert karin["survey_comments"].startswith("Quick answers")
