"""From the config to what checks tickets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.app.fingerprint import config_files
from gateway.app.tickets import tickets_of
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.policy.tickets.lookup import TicketFound
from tests.config.support import read
from tests.people.desk import a_desk
from tests.policy.tickets.support import JONAS, NORDLICHT

DOCS = Path(__file__).parents[2] / "docs/platform-teams.md"


def config(folder: Path, **ticket: Any) -> Config:
    return read(folder, lambda said: said.update(sessions={"ticket": ticket}))


def documented() -> dict[str, Any]:
    """The example of the page for platform teams."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    found: dict[str, Any] = next(
        said for said in map(yaml.safe_load, blocks) if "sessions" in said and "policies" in said
    )
    return found


async def test_the_documented_example_reads_the_documented_answer(tmp_path: Path) -> None:
    (tmp_path / "desk-headers").write_text("Authorization: Bearer s3cret\n")
    example = documented()
    answer = {
        "status": "open",
        "organization": {"external_id": NORDLICHT.id},
        "requester": {"role": "end-user"},
    }
    async with a_desk({"CS-4711": answer}) as desk:
        there = "https://desk.example.com/api"
        lookup = example["sessions"]["ticket"]["lookup"]
        lookup["url"] = lookup["url"].replace(there, desk.url)
        said = read(tmp_path, lambda whole: whole.update(example)).sessions
        tickets = tickets_of(said.ticket, lambda: 5)
        found = await tickets.check("crm", "CS-4711", JONAS, NORDLICHT)
    holds = frozenset({"open", "same_account", "opened_by_customer"})
    assert found == TicketFound(id="CS-4711", holds=holds, until_ms=30_005)
    assert desk.headers[0]["Authorization"] == "Bearer s3cret"


def test_an_example_that_does_not_match_and_fields_that_are_none_are_faults(tmp_path: Path) -> None:
    said = config(tmp_path, pattern="CS-[0-9]+", example="CS-x").sessions.ticket
    with pytest.raises(GatewayError, match="'CS-x' does not match"):
        tickets_of(said, lambda: 0)
    (tmp_path / "fields").write_text("Authorization\n")
    lookup = {"url": "https://desk.example.com/{ticket}", "headers_file": "fields"}
    said = config(tmp_path, lookup=lookup).sessions.ticket
    with pytest.raises(GatewayError, match="fields: line 1 is not a field"):
        tickets_of(said, lambda: 0)


def test_the_file_of_the_desks_secrets_has_no_hash_on_record(tmp_path: Path) -> None:
    (tmp_path / "fields").write_text("Authorization: Bearer s3cret\n")
    lookup = {"url": "https://desk.example.com/{ticket}", "headers_file": "fields"}
    files = [each.file for each in config_files(config(tmp_path, lookup=lookup))]
    assert str(tmp_path / "operators.yaml") in files
    assert str(tmp_path / "fields") not in files
