"""People by the command line: the same rules, on record, in a chain that verifies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import argon2
import pytest
import redis
from click.testing import CliRunner, Result

from gateway.app import managing, one_off
from gateway.cli import main
from tests.config.support import SMALL, put

HASH = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("correct horse")
ADD = ("add", "ben", "--name", "Ben", "--email", "ben@x.example", "--profile", "Support")


class House:
    """A config over a store, without a gateway that runs."""

    def __init__(self, folder: Path, url: str, **more: Any) -> None:
        said = SMALL | {"store": {"url": url}, "data_dir": str(folder / "data")} | more
        self.folder = folder
        self.path = put(folder, json.dumps(said))
        self.url = url

    def run(self, *arguments: str, typed: str | None = None, group: str = "people") -> Result:
        command = [group, *arguments, "--config", str(self.path)]
        return CliRunner().invoke(main, command, input=typed)

    def told(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    def records(self) -> list[dict[str, Any]]:
        with redis.Redis.from_url(self.url) as client:
            rows: Any = client.xrange("gateway:audit:0")
            return [json.loads(fields[b"record"]) for _, fields in rows]

    def stored(self) -> str:
        with redis.Redis.from_url(self.url) as client:
            found: Any = client.hgetall("gateway:ledger:{people}")
            return str(found)


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> House:
    return House(tmp_path, store_url)


def test_without_a_file_the_first_administrator_comes_by_the_command_line(
    tmp_path: Path, store_url: str
) -> None:
    house = House(tmp_path, store_url, operators=None)
    assert house.run("list").output == ""
    added = house.run(
        *("add", "eva", "--name", "Eva", "--email", "e@x.example", "--profile", "Administrator"),
        *("--password", "--why", "The first"),
        typed="correct horse battery\ncorrect horse battery\n",
    )
    assert (added.exit_code, added.output.splitlines()[-1]) == (0, "eva was added.")
    assert house.run("list").output == "eva: Eva <e@x.example>, Administrator\n"
    [record] = [each for each in house.records() if each["kind"] == "people.changed"]
    assert "actor" not in record
    assert (record["about"], record["rule"], record["why"]) == ("eva", "command_line", "The first")
    assert record["detail"].startswith("added; id: eva; ")
    assert "another password; by the command line, by " in record["detail"]
    assert "correct horse" not in house.stored() + str(house.records())
    assert "argon2" not in house.stored() + str(house.records())
    assert house.run("disable", "eva").output.startswith("Error: eva is the last administrator")
    verified = house.run("verify", group="audit")
    assert verified.exit_code == 0, verified.output
    with redis.Redis.from_url(store_url) as client:
        assert client.hlen("gateway:audit_open:{gateway:audit:0}") == 0, "nobody writes any more"


def test_people_are_changed_shown_and_remembered(house: House) -> None:
    assert house.run(*ADD, "--owns", "nord", "--region", "emea").exit_code == 0
    assert house.run(*ADD).output.startswith("Error: There is an operator ben already.")
    refused = house.run("disable", "ben")
    assert refused.output.startswith("Error: Something depends on ben still: account nord.")
    assert house.run("update", "ben", "--owns", "", "--name", "Ben B.").output == (
        "ben was changed.\n"
    )
    assert house.run("update", "ben", "--name", "Ben B.").output == "ben is so already.\n"
    assert house.run("disable", "ben", "--why", "Left").output == "ben was disabled.\n"
    assert house.run("list", "supp").output == "ben: Ben B. <ben@x.example>, Support (disabled)\n"
    assert house.told("show", "ben") == {
        "id": "ben",
        "name": "Ben B.",
        "email": "ben@x.example",
        "profile": "Support",
        "accounts": [],
        "account": "",
        "partner": "",
        "regions": ["emea"],
        "disabled": True,
        "kept_in": "store",
        "version": 3,
    }
    assert "regions: emea\n" in house.run("show", "ben").output
    assert house.run("enable", "ben").output == "ben was enabled.\n"
    told = house.told("history", "ben")
    assert [(each["version"], each["disabled"], each["why"]) for each in told] == [
        (4, False, ""),
        (3, True, "Left"),
        (2, False, ""),
        (1, False, ""),
    ]
    assert all(each["by"].startswith("command line: ") for each in told)
    assert len(house.run("history", "ben").output.splitlines()) == 4
    details = [each["detail"] for each in house.records() if each["kind"] == "people.changed"]
    assert details[1].startswith("name: Ben -> Ben B.; accounts: nord -> none; by the command line")


def test_what_somebody_else_changed_meanwhile_is_not_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.run(*ADD).exit_code == 0
    recording = one_off.recording
    others = iter([("update", "ben", "--profile", "Developer")])

    @asynccontextmanager
    async def after_others(*said: Any) -> AsyncIterator[Any]:
        for other in others:
            assert (await asyncio.to_thread(house.run, *other)).output == "ben was changed.\n"
        async with recording(*said) as events:
            yield events

    monkeypatch.setattr(managing, "recording", after_others)
    late = house.run("update", "ben", "--name", "Ben B.")
    assert late.output.startswith("Error: ben was changed by somebody else meanwhile")
    assert house.told("show", "ben")["profile"] == "Developer"
    changes = [each for each in house.records() if each["kind"] == "people.changed"]
    assert len(changes) == 2, "what was not done is not on record as done"


def test_those_of_the_file_are_only_disabled(house: House) -> None:
    assert house.run("update", "ada", "--name", "A").output.startswith(
        "Error: ada is in the operators file"
    )
    assert house.run("disable", "ada").output.startswith("Error: ada is the last administrator")
    assert house.run("show", "nobody").output.startswith("Error: There is no operator nobody.")
    assert house.run("add", "x", "--name", "X", "--email", "x@x").exit_code == 2
    assert house.records() == []


def test_whom_a_policy_names_is_disabled_when_it_does_not_any_more(
    tmp_path: Path, store_url: str
) -> None:
    house = House(tmp_path, store_url, policies={"folder": "policies"})
    policy = tmp_path / "policies" / "own.cedar"
    policy.write_text(
        '@id("ben_looks") permit (principal == Gateway::Operator::"ben",'
        ' action == Gateway::Action::"act_read_only", resource);'
    )
    assert house.run(*ADD).exit_code == 0
    assert "policy ben_looks" in house.run("disable", "ben").output
    policy.unlink()
    assert house.run("disable", "ben").output == "ben was disabled.\n"


def test_a_file_is_taken_whole_or_not_at_all(house: House) -> None:
    file = house.folder / "more.yaml"
    file.write_text(
        f"- {{id: ben, name: Ben, email: b@x.example, profile: Support, password: '{HASH}'}}\n"
        "- {id: Ada, name: Ada, email: a@x.example, profile: Support}\n"
        "- {id: eve, name: Eve, email: ADA@example.com, profile: Support}\n"
    )
    refused = house.run("import", str(file))
    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        "Error: nobody was added",
        f"{file}:2: There is an operator ada already.",
        f"{file}:3: The operator ada has this e-mail address.",
    ]
    file.write_text("- {id: ben, name: Ben, email: b@x.example, profile: King}\n- 7\n")
    refused = house.run("import", str(file))
    assert refused.output.splitlines()[0] == "Error: nobody was added"
    assert f"{file}:1: [0].profile: must be one of Administrator" in refused.output
    assert f"{file}:2: [1]: must be a mapping" in refused.output
    assert house.records() == []
    file.write_text(
        f"- {{id: ben, name: Ben, email: b@x.example, profile: Support, password: '{HASH}'}}\n"
        "- {id: kim, name: Kim, email: k@x.example, profile: Developer}\n"
    )
    assert house.run("import", str(file)).output == "2 people were added.\n"
    assert [each["id"] for each in house.told("list")] == ["ada", "ben", "kim"]
    assert "argon2" not in house.stored()
    kinds = [each["kind"] for each in house.records()]
    assert kinds == ["people.changed"] * 2 + ["audit.checkpoint"]


def test_more_people_than_one_step_takes_are_told(house: House) -> None:
    file = house.folder / "many.yaml"
    file.write_text(
        "".join(
            f"- {{id: p{n}, name: P, email: p{n}@x.example, profile: Support}}\n"
            for n in range(500)
        )
    )
    assert house.run("import", str(file)).output.startswith("Error: 500 people are more than")
    assert [each["id"] for each in house.told("list")] == ["ada"]


def test_without_a_store_nobody_is_changed(tmp_path: Path, short_folder: Path) -> None:
    house = House(tmp_path, f"unix://{short_folder}/nowhere.sock")
    assert house.run(*ADD).output.startswith("Error: The store did not answer")
