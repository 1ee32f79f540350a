"""The list of sessions, the page of one, and the end of all of one's own."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.history_values import HistoryQuestion, Only, TimelineBars, TimelineQuestion
from gateway.console.views.sessions import chart_of
from tests.console.characters import ADA, JONAS, MEI, SAM, make_session
from tests.console.looking_back import AT, LATER, past_session
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/sessions"
FOLLOWS = 'hx-trigger="every 3s"'


async def test_it_lists_what_lives_and_what_was(ada: Visitor, world: World) -> None:
    empty = await ada.get(PAGE)
    assert "There was no session yet that you may see." in empty.words
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1"),
        "s2": make_session(SAM, MEI, id="s2"),
    }
    world.past = tuple(past_session(f"p{n}", ADA, JONAS) for n in range(21))
    page = await ada.get(PAGE)
    assert "Sam Rivera" in page.words
    assert "Deal board empty" in page.words
    assert "End your" not in page.words  # there is one alone
    assert 'href="?before=20"' in page.text
    last = await ada.get(f"{PAGE}?before=20")
    assert "Back to the first" in last.words
    assert "More" not in last.words


async def test_what_was_is_narrowed(ada: Visitor, world: World) -> None:
    world.past = (past_session("p1", SAM, MEI), past_session("p2", ADA, JONAS))
    page = await ada.get(f"{PAGE}?site=crm&account=+h+&subject=&actor=sam")
    assert world.questions == [HistoryQuestion(site="crm", account="h", actor="sam", limit=20)]
    assert "Mei Tanaka" in page.words
    assert "Jonas Weber" not in page.words
    none = await ada.get(f"{PAGE}?account=nothing")
    assert "No session that you may see is like this." in none.words


async def test_a_subject_without_a_site_is_asked_back(ada: Visitor, world: World) -> None:
    refused = await ada.get(f"{PAGE}?subject=mei")
    assert (refused.status, world.attempts[-1].code) == (422, "site_missing")


async def test_all_of_ones_own_end_by_one_click_and_nobody_elses(
    ada: Visitor, world: World
) -> None:
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1"),
        "s2": make_session(ADA, MEI, id="s2"),
        "s3": make_session(SAM, MEI, id="s3"),
    }
    page = await ada.get(PAGE)
    assert "End your 2 sessions" in page.words
    done = await ada.post(f"{PAGE}/end", {"token": page.token})
    assert list(world.live_sessions) == ["s3"]
    assert "Your sessions have ended." in (await ada.get(done.headers["Location"])).words


async def test_nothing_ends_without_the_pages_token(ada: Visitor, world: World) -> None:
    world.live_sessions = {"s1": make_session(ADA, JONAS, id="s1")}
    assert (await ada.post(f"{PAGE}/end", {"token": "0" * 64})).status == 403
    assert list(world.live_sessions) == ["s1"]


async def test_a_timeline_says_what_happened(ada: Visitor, world: World) -> None:
    world.past = (past_session("p1", ADA, JONAS, raised=True, break_glass=True),)
    page = await ada.get(f"{PAGE}/p1")
    for words in (
        "Ada Okafor as Jonas Weber",
        "raised emergency to be reviewed",
        "Reason Deal board empty Copy the reason ticket #7",
        "they left",
        "Lasted 6 minutes",
        "requests 7",
        "the sums are of its beginning",
        "GET /deals?page=* 200 · 12 ms 3 Private notes",
        "POST /deals refused Rule read_only.safe_methods Changes are blocked.",
        "PUT /a 0 · 0 ms change",
        "GET /b 502",
        "GET /c no answer",
        "GET /d under way",
        "would be refused: read_only",
        "Sam Rivera: was looked into",
    ):
        assert words in page.words, words
    assert f'It lasts until <time class="at" datetime="{LATER}"' in page.text
    assert "At most 7 requests in 1 minute." in page.text
    assert FOLLOWS not in page.text
    assert "What was before" in page.words


async def test_a_timeline_of_one_that_lives_is_followed_at_its_end(
    ada: Visitor, world: World
) -> None:
    world.past = (past_session("p1", ADA, JONAS, state="live", ended_at=None, ended=""),)
    page = await ada.get(f"{PAGE}/p1")
    assert FOLLOWS in page.text
    assert f'action="{PAGE}/p1/end"' in page.text
    before = await ada.get(f"{PAGE}/p1?before=2-0")
    assert FOLLOWS not in before.text


@pytest.mark.parametrize("only", ["changes", "hidden", "refused", "errors"])
async def test_a_timeline_is_filtered(ada: Visitor, world: World, only: str) -> None:
    world.past = (past_session("p1", SAM, JONAS, own=False),)
    page = await ada.get(f"{PAGE}/p1?only={only}")
    assert world.questions[-1] == TimelineQuestion(session="p1", only=cast(Only, only))
    assert f'?only={only}" aria-current="page"' in page.text
    assert "was looked into" not in page.words
    assert f'action="{PAGE}/p1/end"' not in page.text


async def test_a_filter_that_there_is_not_and_a_session_that_is_not_there_are_refused(
    ada: Visitor, world: World
) -> None:
    assert (await ada.get(f"{PAGE}/p1?only=all")).status == 400
    assert (await ada.get(f"{PAGE}/p1")).status == 404
    assert world.attempts[-1].code == "session_unknown"


counts = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=0, max_size=60)


@given(counts)
def test_what_is_there_at_all_is_seen_in_the_chart(parts: list[tuple[int, int]]) -> None:
    bars = TimelineBars(
        since=AT,
        width_ms=2000,
        requests=tuple(passed for passed, _ in parts),
        refused=tuple(refused for _, refused in parts),
    )
    chart = chart_of(bars)
    if not any(map(sum, parts)):
        assert chart is None
        return
    assert chart is not None
    assert chart.words.endswith(" in 2 seconds.")
    assert chart.until - chart.since == 60 * 2000
    assert max(bar.height for bar in chart.bars) == chart.height
    for bar, (passed, refused) in zip(chart.bars, parts, strict=True):
        assert 0 <= bar.refused <= bar.height <= chart.height
        assert bar.x + 8 <= chart.width
        assert (bar.height > 0) == (passed + refused > 0)
        assert (bar.refused > 0) == (refused > 0)
