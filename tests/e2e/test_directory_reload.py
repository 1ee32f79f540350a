"""Users of a file are who they are in it as soon as it is written, on every worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.app import file_watch
from tests.e2e.harness import PEOPLE, Running, running, site
from tests.e2e.recorder_app import RecorderApp

JONAS = next(line for line in PEOPLE.split("\n  - ") if "id: jonas" in line)
WITHOUT_JONAS = PEOPLE.replace(f"  - {JONAS}\n", "")


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "EVERY", 0.02)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - it asks over a socket
            await asyncio.sleep(0)


async def has_ended(gw: Running, session: str) -> bool:
    return (await gw.api("GET", f"sessions/{session}")).status == 404


async def ends(gw: Running) -> list[tuple[str, str]]:
    found = [each for each in await gw.records() if each["kind"] == "session.ended"]
    return [(each["reason"], each["detail"]) for each in found]


async def test_who_is_taken_out_of_the_file_is_acted_for_no_more(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    assert "jonas" not in WITHOUT_JONAS.lower()
    async with running(tmp_path, store_url, site(app.port)) as gw:
        for_jonas, for_priya = await gw.enter(), await gw.enter(subject="priya")
        (tmp_path / "people.yaml").write_text(WITHOUT_JONAS)
        await until(lambda: has_ended(gw, for_jonas.id))
        assert (await gw.get("/a", for_jonas.headers)).status in (401, 403)
        assert (await gw.get("/a", for_priya.headers)).status == 200
        assert (await gw.start()).status == 404
        await until(lambda: has_record(gw))
        assert (await ends(gw))[0] == ("deprovisioned", "There is no such user any more.")
        [changed] = [each for each in await gw.records() if each["kind"] == "directory.changed"]
    assert (changed["about"], changed["detail"]) == ("crm", "users: 1 gone")
    assert [len(each["sha256"]) for each in changed["config"]] == [64]


async def has_record(gw: Running) -> bool:
    return any(b'"session.ended"' in line for line in await gw.stream())


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("groups: [sales, emea]", "groups: [sales]", "e-mail address or groups have changed"),
        ("jonas@nordlicht.example", "jw@nordlicht.example", "e-mail address or groups"),
        ("account: nordlicht,\n     groups", "account: hoshi,\n     groups", "in another account"),
        ("groups: [sales, emea]", "protected: true", "act_for_protected"),
    ],
    ids=["groups", "address", "account", "protected"],
)
async def test_who_is_somebody_else_to_the_app_is_acted_for_no_more(
    app: RecorderApp, tmp_path: Path, store_url: str, before: str, after: str, why: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        hoshi = PEOPLE.replace("users:", "  - {id: hoshi, name: Hoshi}\nusers:")
        assert before in hoshi
        (tmp_path / "people.yaml").write_text(hoshi.replace(before, after))
        await until(lambda: has_ended(gw, session.id))
        await until(lambda: has_record(gw))
        [(reason, detail)] = await ends(gw)
    assert reason == "no_longer_allowed"
    if why != "act_for_protected":
        assert why in detail


async def test_a_new_name_ends_nothing_and_is_found(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        (tmp_path / "people.yaml").write_text(PEOPLE.replace("Jonas Weber", "Jonas Kowalski"))

        async def is_found() -> bool:
            answer = await gw.api("GET", "users?site=crm&q=kowalski")
            return [each["id"] for each in (await answer.json())["users"]] == ["jonas"]

        await until(is_found)
        assert (await gw.get("/a", session.headers)).status == 200


@pytest.mark.parametrize(
    "broken",
    ["accounts: [", "accounts: []\nusers: []\n", PEOPLE.replace("account: nord", "account: sud")],
    ids=["no YAML", "nobody", "no such account"],
)
async def test_a_file_that_cannot_be_used_changes_nothing_and_is_told(
    app: RecorderApp, tmp_path: Path, store_url: str, broken: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()

        async def is_stale(stale: bool = True) -> bool:
            return gw.gateway.directories.stale == {"crm": stale}

        assert await is_stale(False)
        (tmp_path / "people.yaml").write_text(broken)
        await until(is_stale)
        metrics = await gw.client.get(f"http://127.0.0.1:{gw.ops_port}/metrics")
        assert 'gateway_directory_stale{site="crm"} 1.0' in await metrics.text()
        assert (await gw.get("/a", session.headers)).status == 200
        (tmp_path / "people.yaml").write_text(WITHOUT_JONAS)
        await until(lambda: is_stale(False))
        await until(lambda: has_ended(gw, session.id))
