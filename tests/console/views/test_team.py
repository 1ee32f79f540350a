"""The pages of the people who sign in, and of their profiles."""

from __future__ import annotations

from tests.console.characters import ADA, SAM
from tests.console.support import World
from tests.console.visitor import Visitor

TEAM = "/_gateway/settings/team"
SOMEBODY = {
    "how": "add",
    "id": "mo",
    "name": " Mo  Diaz ",
    "email": "mo@house.example",
    "profile": "Support",
    "accounts": "n, h",
    "regions": "emea apac",
    "password": "",
    "why": "New in the team",
}


async def test_settings_begin_with_the_people(ada: Visitor) -> None:
    assert (await ada.get("/_gateway/settings")).headers["Location"] == TEAM
    page = await ada.get(TEAM)
    assert "2 people" in page.words
    assert "Ada Okafor ada@house.example Customer Success Manager – may sign in" in page.words
    found = await ada.get(f"{TEAM}?q=Sam")
    assert "1 person" in found.words
    assert 'href="/_gateway/settings/team/person?id=sam"' in found.text
    assert "Ada Okafor ada@" not in found.words


async def test_somebody_is_added(ada: Visitor, world: World) -> None:
    page = await ada.get(f"{TEAM}/new")
    done = await ada.post(TEAM, {"token": page.token, **SOMEBODY})
    assert (done.status, done.headers["Location"]) == (303, f"{TEAM}/person?id=mo&done=add")
    (order,) = world.person_orders
    assert order.operator is not None
    assert (order.how, order.why, order.password) == ("add", "New in the team", None)
    assert (order.operator.name, order.operator.accounts) == ("Mo Diaz", ("n", "h"))
    assert order.operator.regions == ("emea", "apac")


async def test_somebody_is_changed_disabled_and_enabled(ada: Visitor, world: World) -> None:
    page = await ada.get(f"{TEAM}/person?id=sam")
    assert 'name="version" value="1"' in page.text
    assert "Disable Sam Rivera" in page.words
    changed = {
        **SOMEBODY,
        "how": "update",
        "id": "sam",
        "version": "1",
        "password": "long enough 12",
    }
    await ada.post(TEAM, {"token": page.token, **changed})
    for how in ("disable", "enable"):
        await ada.post(TEAM, {"token": page.token, "how": how, "id": "sam", "version": "1"})
    first, *others = world.person_orders
    assert (first.version, first.password) == (1, "long enough 12")
    assert [(each.how, each.operator) for each in others] == [("disable", None), ("enable", None)]
    after = (await ada.get(f"{TEAM}/person?id=sam&done=disable")).words
    assert "They cannot sign in any more, and their sessions have ended." in after
    assert "Support · by ada: “New in the team”" in after


async def test_what_is_to_be_handed_over_is_listed(ada: Visitor, world: World) -> None:
    world.depends = (("account", "n"), ("policy", "sam_only"), ("notify", "crm:h"))
    page = await ada.get(f"{TEAM}/person?id=sam")
    refused = await ada.post(TEAM, {"token": page.token, "how": "disable", "id": "sam"})
    assert "To hand over before account n policy sam_only is told of sessions of crm:h" in (
        refused.words
    )
    assert [each.code for each in world.attempts] == ["hand_over_first"]
    refused = await ada.post(TEAM, {"token": page.token, **SOMEBODY})
    assert 'value="Mo Diaz"' in refused.text


async def test_nobody_changes_themselves(ada: Visitor) -> None:
    page = await ada.get(f"{TEAM}/person?id=ada")
    assert "This is you." in page.words
    assert f'action="{TEAM}"' not in page.text


async def test_what_is_done_is_one_of_four(ada: Visitor, world: World) -> None:
    page = await ada.get(TEAM)
    for how in ("", "delete"):
        sent = {"token": page.token, "how": how, "id": "sam"}
        assert (await ada.post(TEAM, sent)).status == 400
    assert (await ada.post(TEAM, {"how": "disable", "id": "sam"})).status == 403
    assert not world.person_orders


async def test_profiles_say_how_long_sessions_are(ada: Visitor) -> None:
    words = (await ada.get("/_gateway/settings/profiles")).words
    assert "Support 30 minutes 10 minutes" in words
    assert ADA.profile in words
    assert SAM.profile in words
