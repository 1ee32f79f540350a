"""Accounts, users, places and shortcuts by the JSON API of a whole gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: mia, name: Mia Ito, email: mia@gateway.example, profile: Customer Success Manager,
     accounts: [nordlicht]}
  - {id: pat, name: Pat, email: pat@agency.example, profile: Partner Admin, partner: agency}
  - {id: nina, name: Nina, email: nina@wind.example, profile: Account Admin, account: wind}
"""
SHOP = """
accounts:
  - {id: "a/b c", name: Nordlicht Shop}
  - {id: wind, name: Südwind AG, region: emea}
users:
  - {id: jonas, name: Jonas Weber, email: jonas@nordlicht.example, account: "a/b c"}
  - {id: p2, name: Priya Nair, email: priya@nordlicht.example, account: wind}
  - {id: tom, name: Tom Wind, email: tom@wind.example, account: wind, status: invited}
"""


async def got(gw: Running, path: str, operator: str = "ada") -> Any:
    answer = await gw.api("GET", path, operator=operator)
    assert answer.status == 200, await answer.text()
    return await answer.json()


def sites(app: RecorderApp, folder: Path) -> list[dict[str, Any]]:
    (folder / "shop.yaml").write_text(SHOP)
    shop = site(app.port, name="shop", label="Shop", hosts=["shop.localhost"])
    return [site(app.port), shop | {"directory": "shop.yaml"}]


async def test_accounts_users_and_places_are_found(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, *sites(app, tmp_path), people=OPERATORS) as gw:
        [account] = (await got(gw, "accounts?site=crm&q=nordl"))["accounts"]
        assert account == {
            "id": "nordlicht",
            "name": "Nordlicht GmbH",
            "parent": None,
            "users": 5,
            "owners": [{"id": "mia", "name": "Mia Ito"}],
            "region": "",
            "house_contact": None,
            "house_contact_status": None,
        }
        first = await got(gw, "accounts?site=shop&limit=1")
        rest = await got(gw, f"accounts?site=shop&limit=1&after={first['after']}")
        names = [each["name"] for each in (*first["accounts"], *rest["accounts"])]
        assert names == ["Nordlicht Shop", "Südwind AG"]
        assert rest["after"] == ""
        one = await got(gw, "accounts?site=shop&id=a%2Fb%20c")
        assert (one["account"]["id"], one["children"]) == ("a/b c", [])

        page = await got(gw, "users?site=crm&of=nordlicht&limit=2")
        assert (len(page["users"]), page["more"]) == (2, True)
        rest = await got(gw, f"users?site=crm&of=nordlicht&limit=90&after={page['after']}")
        ids = [each["id"] for each in (*page["users"], *rest["users"])]
        assert ids == ["ada.user", "jonas", "priya", "root", "sam"]
        invited = await got(gw, "users?site=shop&limit=9&status=invited")
        assert [each["id"] for each in invited["users"]] == ["tom"]

        places = (await got(gw, "places?site=crm&subject=jonas"))["places"]
        assert [(each["site"], each["label"], each["sure"]) for each in places] == [
            ("crm", "CRM", True),
            ("shop", "Shop", True),
        ]
        perhaps = (await got(gw, "places?site=crm&subject=priya"))["places"]
        assert [(each["user"]["id"], each["sure"]) for each in perhaps] == [
            ("priya", True),
            ("p2", False),
        ]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("accounts?site=no", 404, "unknown_site"),
        ("accounts?site=crm&id=no", 404, "unknown_account"),
        ("accounts?site=crm&after=x", 400, "bad_fields"),
        ("accounts?site=crm&limit=101", 400, "bad_fields"),
        ("accounts", 400, "bad_fields"),
        ("users?site=no&limit=5", 404, "unknown_site"),
        ("users?site=crm&of=no", 404, "unknown_account"),
        ("users?site=crm&limit=0", 400, "bad_fields"),
        ("places?site=crm", 400, "bad_fields"),
    ],
)
async def test_what_there_is_not_is_refused(
    app: RecorderApp, tmp_path: Path, store_url: str, path: str, status: int, code: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        answer = await gw.api("GET", path)
        assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_who_is_from_outside_finds_whom_it_concerns(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, *sites(app, tmp_path), people=OPERATORS) as gw:

        async def ids(path: str, operator: str) -> list[str]:
            said = await got(gw, path, operator)
            return sorted(each["id"] for each in said.get("users", said.get("accounts")))

        for path in ("users?site=crm&q=a", "users?site=crm&limit=50", "accounts?site=crm"):
            assert await ids(path, "pat") == []
            assert await ids(path, "nina") == []
        assert await ids("users?site=shop&q=wind", "nina") == ["p2", "tom"]
        assert await ids("users?site=shop&limit=50", "nina") == ["p2", "tom"]
        assert await ids("accounts?site=shop", "nina") == ["wind"]
        hidden = await gw.api("POST", "outlook", operator="pat", **LOOK)
        assert hidden.status == 404
        for path in ("sessions", "approvals"):
            of_others = await gw.api("POST", path, operator="pat", **START)
            of_nobody = await gw.api("POST", path, operator="pat", **(START | {"subject": "no"}))
            assert of_others.status == of_nobody.status == 404
            assert (await of_others.json())["detail"] == (await of_nobody.json())["detail"]

        said: dict[str, Any] = {"site": "crm", "account": "nordlicht"}
        said["preferences"] = {"partners": ["agency"]}
        assert (await gw.api("PUT", "preferences", **said)).status == 200
        assert len(await ids("users?site=crm&limit=50", "pat")) == 5
        assert await ids("accounts?site=crm", "pat") == ["nordlicht"]
        seen = await gw.api("POST", "outlook", operator="pat", **LOOK)
        assert seen.status == 200
        said["preferences"] = {"partners": ["rival"]}
        assert (await gw.api("PUT", "preferences", **said)).status == 200
        assert await ids("users?site=crm&q=jonas", "pat") == []


LOOK = {"site": "crm", "subject": "jonas", "mode": "read_only", "reason": ""}
START = LOOK | {"reason": "Looks into it"}


async def test_recent_and_pinned_users_are_an_operators_own(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, *sites(app, tmp_path), people=OPERATORS) as gw:

        async def users(path: str, operator: str = "ada") -> list[tuple[str, str]]:
            said = await got(gw, path, operator)
            return [(each["label"], each["user"]["id"]) for each in said["users"]]

        assert await users("recent") == []
        for name in ("jonas", "priya", "jonas"):
            assert (await gw.start(subject=name)).status == 201
        assert (await gw.start(subject="root")).status == 403
        assert await users("recent") == [("CRM", "jonas"), ("CRM", "priya")]
        for body in ({"site": "shop", "subject": "tom"}, {"site": "crm", "subject": "jonas"}):
            assert (await gw.api("PUT", "pinned", **body)).status == 204
        assert await users("pinned") == [("Shop", "tom"), ("CRM", "jonas")]
        assert await users("pinned", "mia") == await users("recent", "mia") == []
        refused = await gw.api("PUT", "pinned", site="crm", subject="nobody")
        assert (await refused.json())["code"] == "unknown_subject"
        assert (await gw.api("DELETE", "pinned?site=shop&subject=tom")).status == 204
        assert await users("pinned") == [("CRM", "jonas")]
