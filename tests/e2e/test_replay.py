"""What other policies would have decided of the starts on record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import running, site
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_preferences import ALLOWS, OPERATORS, RULES


def run(folder: Path, *arguments: str) -> Result:
    config = ["--config", str(folder / "gateway.yaml")]
    return CliRunner().invoke(main, ["policy", "replay", *config, *arguments])


async def test_other_policies_are_asked_about_what_was_decided(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES)
    async with running(tmp_path, store_url, crm, people=OPERATORS) as gw:
        said = {"site": "crm", "account": "nordlicht", "preferences": ALLOWS}
        assert (await gw.start("sam")).status == 403
        assert (await gw.api("PUT", "preferences", operator="nina", **said)).status == 200
        assert (await gw.start("sam")).status == 201
        assert (await gw.start("ada", mode="read_write")).status == 201
        assert (await gw.start("ada", reason="short")).status == 422
        records = await gw.records()

    same = await asyncio.to_thread(run, tmp_path)
    assert (same.exit_code, same.output) == (
        0,
        "3 starts: 3 as they were, 0 otherwise, 0 not known\n",
    )
    options = [f"--ready={each}" for each in (*DEFAULT, "second_approver", "super_admins_look")]
    other = await asyncio.to_thread(run, tmp_path, *options)
    assert other.exit_code == 1, other.output
    lines = other.output.splitlines()
    assert lines[-1] == "3 starts: 1 as they were, 2 otherwise, 0 not known"
    ada, sam = lines[:-1]
    assert "ada -> jonas (crm read_write" in ada
    assert "would be refused by " in ada
    assert "sam -> jonas (crm read_only" in sam

    found = await asyncio.to_thread(run, tmp_path, "--json", "--all", "--since=1d")
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert [each["was"]["allowed"] for each in told] == [True, True, False]
    assert sorted(told[1]["was"]["reveal"]) == ["mail", "notes"]
    assert told[2]["was"]["rule"] == "support_waits_for_leave_or_a_ticket"
    assert not any(each["differs"] for each in told)
    facts: Any = [each["facts"] for each in records if "facts" in each]
    assert len(facts) == 3
    assert facts[0]["case"]["operator"]["profile"] == "Support"
    assert "reason" not in json.dumps(facts), "no more than policies are told"


async def test_a_start_that_was_recorded_without_facts_is_not_guessed(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    owned = ", ".join(f"account-{number}" for number in range(2000))
    people = OPERATORS.replace(
        "profile: Administrator", f"profile: Administrator, accounts: [{owned}]"
    )
    async with running(tmp_path, store_url, site(app.port), people=people) as gw:
        assert (await gw.start("ada")).status == 201
    answer = await asyncio.to_thread(run, tmp_path, "--all")
    assert answer.exit_code == 0
    first, last = answer.output.splitlines()
    assert "not known" in first
    assert last == "1 starts: 0 as they were, 0 otherwise, 1 not known"


async def test_a_policy_that_there_is_not_is_said(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)):
        pass
    answer = await asyncio.to_thread(run, tmp_path, "--ready=nonsense")
    assert answer.exit_code == 2
    assert "nonsense" in answer.output or "ready" in answer.output
