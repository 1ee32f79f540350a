"""The page that says how the gateway is."""

from __future__ import annotations

import msgspec

from tests.console.looking_back import SYSTEM
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/settings/system"


async def test_it_says_how_all_is_and_what_is_wrong_stands_out(ada: Visitor) -> None:
    page = await ada.get(PAGE)
    for words in (
        "Version 1.2.3 · worker 1 · started",
        "Servers valkey 8.1.1",
        "AOF is off.",
        "siem 12",
        "report only",
        "3 people in 2 accounts",
        "the last change could not be read line 3: no name",
        "Messages waiting 1",
        "gateway.yaml SHA-256 aaaaaaaaaaaaaaaa…",
    ):
        assert words in page.words, words
    for what in (">2</span>", ">refused</span>", ">1</span>"):
        assert f'<span class="tag caution"{what}' in page.text, what


async def test_what_the_store_does_not_say_is_left_open(ada: Visitor, world: World) -> None:
    world.system = msgspec.structs.replace(
        SYSTEM,
        serving=None,
        unreviewed=None,
        store=msgspec.structs.replace(SYSTEM.store, reachable=False, servers=(), warnings=()),
        audit=msgspec.structs.replace(SYSTEM.audit, away=True, writers=None, dead=None),
        notices=msgspec.structs.replace(SYSTEM.notices, configured=False),
    )
    page = await ada.get(PAGE)
    for words in (
        "Store does not answer",
        "Servers –",
        "Processes that write –",
        "Workers that serve –",
        "Emergencies to review –",
        "Messages waiting nobody is told",
    ):
        assert words in page.words, words


async def test_it_is_refused_on_record_to_who_may_not_see_it(ada: Visitor, world: World) -> None:
    world.system = None
    refused = await ada.get(PAGE)
    assert refused.status == 403
    assert "It is for those who see policies." in refused.words
    assert world.attempts[-1].code == "may_not_see_policies"
