"""`policy test` and `policy lint`, on the policies of a config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.config.support import SMALL, put

TABLE = """
accounts: [{id: nord, name: Nordlicht}]
users: [{id: jonas, name: Jonas, email: jonas@nord.example, account: nord}]
operators: [{id: ada, name: Ada, email: ada@example.com, profile: Administrator}]
cases:
  - {who: ada, whom: jonas, how: read_only, expect: allowed, why: They may.}
  - {who: ada, whom: jonas, how: read_write, expect: only_looking, why: Nobody changes anything.}
"""
OWN = """
@id("only_looking") @reason("Sessions are for looking.")
forbid (principal, action == Gateway::Action::"act_read_write", resource);
@id("of_a_ghost")
permit (principal, action in Gateway::Action::"act", resource in Gateway::Account::"ghost");
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    said: dict[str, Any] = {
        **SMALL,
        "policies": {"ready": ["shipped_profiles"], "folder": "policies"},
    }
    path = put(tmp_path, yaml.safe_dump(said))
    (tmp_path / "policies/own.cedar").write_text(OWN)
    (tmp_path / "table.yaml").write_text(TABLE)
    return path


def policy(config: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["policy", *map(str, words), "--config", str(config)])


def test_a_table_is_asked_of_the_policies_of_the_config(config: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.yaml"
    told = policy(config, "test", table)
    assert (told.exit_code, told.output) == (0, "2 cases: 2 as expected, 0 not\n")
    table.write_text(TABLE.replace("expect: allowed", "expect: refused"))
    told = policy(config, "test", table)
    assert told.exit_code == 1
    first, last = told.output.splitlines()
    assert first == (
        f"{table}:6: ada read_only jonas: expected refused (They may.), but it is allowed by "
        "administrators_act_for_everyone"
    )
    assert last == "2 cases: 1 as expected, 1 not"


def test_the_tables_of_the_ready_policies_pass_whatever_the_config_has(config: Path) -> None:
    told = policy(config, "test", "--ready")
    assert told.exit_code == 0
    assert told.output.endswith(" as expected, 0 not\n")


@pytest.mark.parametrize(
    ("text", "said", "status"),
    [
        ("cases: 1", "must be a list", 1),
        ("ready: [nothing]\n" + TABLE, "there is no ready policy 'nothing'", 1),
        (None, "Name a table of cases", 2),
    ],
)
def test_what_cannot_be_asked_is_told(
    config: Path, tmp_path: Path, text: str | None, said: str, status: int
) -> None:
    words: list[str | Path] = ["test"]
    if text is not None:
        (tmp_path / "table.yaml").write_text(text)
        words.append(tmp_path / "table.yaml")
    told = policy(config, *words)
    assert told.exit_code == status
    assert said in told.output


def test_what_is_odd_about_policies_is_told(config: Path, tmp_path: Path) -> None:
    told = policy(config, "lint")
    assert told.exit_code == 1
    assert told.output == (
        "own.cedar: policy 'of_a_ghost' names the account 'ghost', which there is not\n"
    )
    (tmp_path / "policies/own.cedar").unlink()
    told = policy(config, "lint")
    assert (told.exit_code, told.output) == (0, "There is nothing to say of the policies.\n")
