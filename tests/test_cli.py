from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
import redis
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.config.support import SMALL, put


def run(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), input=typed)


def commands(group: click.Command = main, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(group, click.Group):
        return [path]
    return [
        found
        for name, command in group.commands.items()
        for found in commands(command, (*path, name))
    ]


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 2


@pytest.mark.parametrize("asked", ["--help", "version"])
def test_the_command_itself_imports_nothing_heavy(asked: str) -> None:
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        f"sys.argv[1:] = [{asked!r}]; from gateway.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in ran.stderr.split()}
    heavy = {
        *("aiohttp", "asyncio", "argon2", "cedarpy", "cryptography", "graphql", "jinja2", "jwt"),
        *("prometheus_client", "pydantic", "redis", "structlog", "uvloop", "yaml"),
    }
    assert "click" in imported
    assert imported & heavy == set()


def test_a_valid_config_is_said_to_be_valid(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(SMALL))
    result = run("config", "validate", "--config", path)
    assert (result.exit_code, result.output) == (0, f"{path} is valid\n")


def test_every_fault_of_a_config_is_printed(tmp_path: Path) -> None:
    path = put(tmp_path, "prefx: /\nlisten: 80\n")
    result = run("config", "validate", "--config", path)
    assert result.exit_code == 1
    assert f"{path}:1: prefx: there is no such key (did you mean prefix?)" in result.output
    assert f"{path}:2: listen: an address is host:port" in result.output


def test_faults_of_the_files_that_a_config_names_are_printed_together(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(SMALL | {"policies": {"folder": "policies"}}))
    (tmp_path / "operators.yaml").write_text("- {id: ada, nme: Ada}")
    (tmp_path / "people.yaml").write_text("accounts: 1")
    (tmp_path / "policies" / "own.cedar").write_text("permit (")
    result = run("config", "validate", "--config", path)
    assert result.exit_code == 1
    for name in ("operators.yaml", "people.yaml", "own.cedar"):
        assert name in result.output


def test_the_environment_is_part_of_the_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, json.dumps(SMALL))
    monkeypatch.setenv("GATEWAY_NOTHING", "1")
    result = run("config", "validate", "--config", path)
    assert result.exit_code == 1
    assert "GATEWAY_NOTHING: no key of the config has this name" in result.output


def test_serve_does_not_start_from_a_config_with_faults(tmp_path: Path) -> None:
    result = run("serve", "--config", tmp_path / "gateway.yaml")
    assert result.exit_code == 1
    assert "cannot be read" in result.output


def test_the_schema_is_json() -> None:
    result = run("config", "schema")
    assert "sites" in json.loads(result.output)["properties"]


def test_a_hashed_password_can_be_verified() -> None:
    result = run("operators", "hash", typed="correct horse\ncorrect horse\n")
    assert PasswordHasher().verify(result.output.splitlines()[-1], "correct horse")


def test_tail_prints_every_record_as_a_line(tmp_path: Path, store_url: str) -> None:
    with redis.Redis.from_url(store_url) as client:
        for number in range(3):
            client.xadd("gateway:audit:0", {"record": json.dumps({"seq": number})})
    path = put(tmp_path, json.dumps(SMALL | {"store": {"url": store_url}}))
    result = run("audit", "tail", "--config", path)
    assert result.exit_code == 0
    assert [json.loads(line)["seq"] for line in result.output.splitlines()] == [0, 1, 2]


def test_tail_says_in_words_that_the_store_is_away(tmp_path: Path, short_folder: Path) -> None:
    url = f"unix://{short_folder}/nowhere.sock"
    path = put(tmp_path, json.dumps(SMALL | {"store": {"url": url}}))
    result = run("audit", "tail", "--config", path)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The store did not answer")


def test_learn_asks_which_of_several_sites(tmp_path: Path) -> None:
    (site,) = SMALL["sites"]
    wiki = site | {"name": "wiki", "hosts": ["wiki.example.com"]}
    path = put(tmp_path, json.dumps(SMALL | {"sites": [site, wiki]}))
    for arguments in ([], ["--site", "wik"]):
        result = run("learn", "--config", path, *arguments)
        assert result.exit_code == 2
        assert f"name a site: {site['name']}, wiki" in result.output


def test_learn_says_how_a_time_is_written(tmp_path: Path) -> None:
    result = run("learn", "--config", put(tmp_path, json.dumps(SMALL)), "--since", "week")
    assert result.exit_code == 2
    assert "a duration is a number and a unit" in result.output


def test_help_is_quick_because_heavy_modules_wait() -> None:
    heavy = {"aiohttp", "pydantic", "redis", "cedarpy", "cryptography", "yaml"}
    code = "import sys, gateway.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert heavy & set(loaded.stdout.decode().split()) == set()


def test_version_is_the_distributions(tmp_path: Path) -> None:
    assert run("version").output == "0.1.0\n"


def test_verify_says_which_file_it_cannot_read(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(SMALL | {"data_dir": "data"}))
    for words in (("key",), ("verify", "--export", tmp_path / "none.jsonl")):
        result = run("audit", *words, "--config", path)
        assert result.exit_code == 1
        assert "audit-public.pem cannot be read" in result.output
        assert "--public-key" in result.output


def test_csv_files_of_users_are_checked(tmp_path: Path) -> None:
    users, accounts = tmp_path / "people.csv", tmp_path / "accounts.csv"
    accounts.write_text("id,name\nnord,Nordlicht\n")
    users.write_text("id,name,email,account,note\nu,U,u@x,nord,\n")
    fine = run("users", "check", users)
    assert (fine.exit_code, fine.output) == (
        0,
        f"{users}: the column 'note' is not read\n2 lines: 2 good, 0 bad\n",
    )
    users.write_text("id,name,email,account\nu,U,u@x,nord\nv,,v@x,nord\n")
    bad = run("users", "check", users, accounts)
    assert (bad.exit_code, bad.output) == (
        1,
        f"{users}:3: name: is missing\n3 lines: 2 good, 1 bad\n",
    )
    as_json = run("users", "check", "--json", users)
    assert as_json.exit_code == 1
    assert json.loads(as_json.output) == {
        "read": 3,
        "good": 2,
        "bad": 1,
        "faults": [{"file": str(users), "line": 3, "column": "name", "message": "is missing"}],
        "unlisted_faults": 0,
        "ignored": [],
    }
    users.write_text("id\n")
    unread = run("users", "check", users)
    assert unread.exit_code == 1
    assert f"{users}:1: the column 'name' is missing" in unread.output
