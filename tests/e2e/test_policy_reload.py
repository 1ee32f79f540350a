"""Policies of one's own hold as soon as they are written, and the old ones where they cannot."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.app import file_watch
from tests.e2e.harness import Running, running, site, until
from tests.e2e.recorder_app import RecorderApp

NOBODY = """
@id("closed") @reason("Nobody acts today.")
forbid (principal, action in Gateway::Action::"act", resource);
"""
NOTHING = '@id("nothing") permit (principal, action == Gateway::Action::"reveal", resource);'


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "EVERY", 0.02)


def policies(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "own.cedar").write_text(NOTHING)
    ready = ["shipped_profiles", "management", "side_by_side"]
    return folder, {"policies": {"ready": ready, "folder": str(folder)}}


async def starts(gw: Running) -> bool:
    return (await gw.start()).status == 201


async def test_a_policy_that_is_written_holds_and_ends_what_it_forbids(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    folder, more = policies(tmp_path)
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        session = await gw.enter()

        async def is_closed() -> bool:
            return (await gw.api("GET", f"sessions/{session.id}")).status == 404

        assert not await is_closed()
        begun = time.monotonic()
        (folder / "closed.cedar").write_text(NOBODY)
        await until(is_closed)
        assert time.monotonic() - begun < 5
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        assert (await (await gw.start()).json())["rule"] == "closed"
        (folder / "closed.cedar").unlink()
        await until(lambda: starts(gw))
        records = await gw.records()
    changed = [each for each in records if each["kind"] == "policies.changed"]
    assert [len(each["config"]) for each in changed] == [2, 1]
    [end] = [each for each in records if each["kind"] == "session.ended"][:1]
    assert (end["reason"], end["detail"]) == ("no_longer_allowed", "Nobody acts today. (closed)")
    assert records.index(changed[0]) < records.index(end)


@pytest.mark.parametrize("broken", ["permit (", "", None])
async def test_what_cannot_be_used_changes_nothing_and_is_told(
    app: RecorderApp, tmp_path: Path, store_url: str, broken: str | None
) -> None:
    folder, more = policies(tmp_path)
    (folder / "own.cedar").write_text(NOBODY)
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        reload = gw.gateway.policies

        async def is_told() -> bool:
            await asyncio.sleep(0)
            return reload.stale

        if broken == "permit (":
            (folder / "own.cedar").write_text(broken)
        else:
            (folder / "own.cedar").unlink()
            if broken is None:
                folder.rmdir()
        await until(is_told)
        assert not await starts(gw)
        folder.mkdir(exist_ok=True)
        (folder / "own.cedar").write_text(NOTHING)
        await until(lambda: starts(gw))
        assert not reload.stale
        kinds = [each["kind"] for each in await gw.records()]
    assert kinds.count("policies.changed") == 1
