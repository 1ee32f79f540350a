"""Sites and users, as a program finds them."""

from __future__ import annotations

import msgspec

from gateway.console.home import FOUND_LIMIT
from tests.console.characters import JONAS
from tests.console.support import World
from tests.console.visitor import Visitor

API = "/_gateway/api/"


async def test_sites_and_users(program: Visitor) -> None:
    sites = await program.get(f"{API}sites")
    labels = {
        "workflows": {"quotes": "Create a quote"},
        "capabilities": {"edit_prices": "Edit prices"},
    }
    assert sites.json == {"sites": [{"name": "crm", "label": "CRM", **labels}]}
    users = await program.get(f"{API}users?site=crm&q=tanaka")
    assert users.json == {
        "users": [
            {
                "id": "mei.tanaka",
                "name": "Mei Tanaka",
                "email": "mei@hoshi.example",
                "account": "h",
                "account_name": "Hoshi Trading",
                "status": "invited",
                "status_words": "invited, not yet joined",
                "protected": False,
                "house_contact": False,
            }
        ],
        "more": False,
        "after": "",
    }
    nobody = (await program.get(f"{API}users?site=crm&q=")).json
    assert nobody == {"users": [], "more": False, "after": ""}


async def test_users_are_found_by_status_and_account_alone(program: Visitor) -> None:
    for query in ("status=invited", "account=h&status=invited", "q=tanaka&account=h"):
        (user,) = (await program.get(f"{API}users?site=crm&{query}")).json["users"]
        assert user["id"] == "mei.tanaka"
    assert not (await program.get(f"{API}users?site=crm&q=tanaka&account=n")).json["users"]


async def test_it_is_said_when_more_are_found_than_given(program: Visitor, world: World) -> None:
    world.people = tuple(msgspec.structs.replace(JONAS, id=f"j{n}") for n in range(FOUND_LIMIT + 1))
    found = (await program.get(f"{API}users?site=crm&q=jonas")).json
    assert (len(found["users"]), found["more"]) == (FOUND_LIMIT, True)
    page = await program.get("/_gateway/?site=crm&q=jonas")
    assert f"The first {FOUND_LIMIT} people found; write more to find fewer." in page.words
