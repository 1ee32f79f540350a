"""The page of policies: to read, and to ask."""

from __future__ import annotations

import pytest

from tests.console.visitor import Visitor

PAGE = "/_gateway/settings/policies"


async def test_policies_are_read_by_those_who_may_see_them(port: str, ada: Visitor) -> None:
    assert "for Administrators and Developers" in (await ada.get(PAGE)).words
    sam = Visitor(port, headers={"X-Auth-User": "sam"})
    page = await sam.get(PAGE)
    assert "forbids one Not <now>. Wait. own.cedar forbid (principal" in page.words
    assert "<now>" not in page.text


async def test_a_start_is_explained(ada: Visitor) -> None:
    words = (await ada.get(f"{PAGE}?subject=jonas.weber&mode=read_write")).words
    assert "No Changes need a ticket." in words
    assert "Decided by one , two" in words
    assert "hidden Private notes" in words
    assert "would be a yes with looking only a ticket and the approval of a second person" in words
    assert "Yes" in (await ada.get(f"{PAGE}?subject=jonas.weber")).words


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("subject=jonas.weber&operator=sam", "You may ask about yourself."),
        ("subject=jonas.weber&ask=who", "Sam Rivera Administrator one"),
        ("subject=mei.tanaka&ask=who", "Nobody."),
        (
            "subject=Jonas+Weber&ask=who",
            "This was not answered Site crm has no user",
        ),
    ],
)
async def test_other_questions(ada: Visitor, query: str, said: str) -> None:
    page = await ada.get(f"{PAGE}?{query}")
    assert page.status == 200
    assert said in page.words


async def test_a_question_to_a_store_that_is_away_is_no_answer(ada: Visitor) -> None:
    assert (await ada.get(f"{PAGE}?subject=away&ask=who")).status == 503
