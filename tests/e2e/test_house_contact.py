"""Acting for an account as such, by its house contact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import PEOPLE, running, site
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_directory_reload import has_ended, until

CONTACT = {"id": "house-{account.id}", "email": "house+{account.id}@x.example", "groups": ["all"]}
OWN = """  - {id: front.desk, name: Front Desk, email: desk@nordlicht.example, account: nordlicht,
     house_contact: true}
"""


async def test_an_account_is_acted_for_by_its_house_contact(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, house_contact=CONTACT)) as gw:
        session = await gw.enter(subject="", account="nordlicht")
        await gw.get("/a", session.headers)
        found = await (await gw.api("GET", "users?site=crm&q=house")).json()
        no = await gw.start(subject="", account="hoshi")
        refused = await no.json()
        records = await gw.records()
    assert b"X-Remote-User: house-nordlicht" in app.seen[0].head
    assert b"X-Remote-Groups: all" in app.seen[0].head
    assert [(each["id"], each["house_contact"]) for each in found["users"]] == [
        ("house-nordlicht", True)
    ]
    [started] = [each for each in records if each["kind"] == "session.started"]
    assert started["subject"]["account_name"] == "Nordlicht GmbH"
    assert started["subject"]["name"] == "Nordlicht GmbH (House Contact)"
    assert "everybody_may_act_for_the_account" in started["rule"]
    assert (no.status, refused["code"]) == (404, "no_house_contact")
    [record] = [each for each in records if each["kind"] == "session.refused"]
    assert (record["reason"], record["id"]) == ("no_house_contact", refused["record"])
    assert "'hoshi'" in record["detail"]


async def test_without_leave_for_accounts_nobody_acts_for_one(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    ready: dict[str, Any] = {"policies": {"ready": ["shipped_profiles"]}}
    of_crm = site(app.port, house_contact=CONTACT)
    async with running(tmp_path, store_url, of_crm, **ready) as gw:
        assert (await gw.start()).status == 201
        answer = await gw.start(subject="", account="nordlicht")
        assert answer.status == 403
        assert (await answer.json())["code"] == "not_as_account"


@pytest.mark.parametrize(
    "named", [{}, {"subject": "", "account": ""}, {"subject": "jonas", "account": "nordlicht"}]
)
async def test_a_start_names_a_user_or_an_account(
    app: RecorderApp, tmp_path: Path, store_url: str, named: dict[str, str]
) -> None:
    said: dict[str, Any] = {"site": "crm", "mode": "read_only", "reason": "Looks into it"}
    async with running(tmp_path, store_url, site(app.port)) as gw:
        answer = await gw.api("POST", "sessions", **said, **named)
        assert (answer.status, (await answer.json())["code"]) == (400, "bad_fields")


async def test_one_that_the_source_names_wins_and_follows_the_account(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, house_contact=CONTACT)) as gw:
        made = await gw.enter(subject="", account="nordlicht")
        (tmp_path / "people.yaml").write_text(PEOPLE + OWN)
        await until(lambda: has_ended(gw, made.id))
        named = await gw.enter(subject="", account="nordlicht")
        await gw.get("/a", named.headers)
        assert b"X-Remote-User: front.desk" in app.seen[-1].head
        other = PEOPLE.replace("{id: nordlicht,", "{id: sonnig,")
        (tmp_path / "people.yaml").write_text(
            (other + OWN).replace("account: nordlicht", "account: sonnig")
        )
        await until(lambda: has_ended(gw, named.id))
        assert (await gw.start(subject="", account="nordlicht")).status == 404
        assert (await gw.start(subject="", account="sonnig")).status == 201


@pytest.mark.parametrize("taken", ["id: house-nordlicht,", "email: HOUSE+nordlicht@x.example,"])
async def test_a_user_who_would_be_taken_for_one_changes_nothing(
    app: RecorderApp, tmp_path: Path, store_url: str, taken: str
) -> None:
    key = taken.partition(" ")[0]
    line = next(line for line in PEOPLE.splitlines() if "id: priya" in line)
    old = line[line.index(key) : line.index(",", line.index(key)) + 1]
    async with running(tmp_path, store_url, site(app.port, house_contact=CONTACT)) as gw:
        (tmp_path / "people.yaml").write_text(PEOPLE.replace(line, line.replace(old, taken)))

        async def is_stale() -> bool:
            return gw.gateway.directories.stale == {"crm": True}

        await until(is_stale)
        assert (await gw.start(subject="", account="nordlicht")).status == 201
        assert (await gw.start(subject="priya")).status == 201
