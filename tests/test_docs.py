"""What the docs say is checked against the program."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
import pytest
import redis
import yaml
from click.testing import CliRunner

from gateway import errors
from gateway.app.exposition import exposition
from gateway.app.metrics import Metrics
from gateway.app.people import profiles_of
from gateway.audit.bodies.levels import How
from gateway.audit.forward.webhook import signed
from gateway.audit.record import Kind, Record, line
from gateway.cli import main
from gateway.config import load
from gateway.config.reference import refreshed
from gateway.config.shape import at
from gateway.console.api import own_consent
from gateway.console.api.table import ENDPOINTS
from gateway.console.console import DESCRIPTION
from gateway.model import Actor
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.ready import DEFAULT, ready_names
from gateway.store.client import _CODES
from tests import threat_model
from tests.audit.forward.support import KEY, SECRET
from tests.audit.support import a_record
from tests.config.support import SMALL, put, read

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FILES = sorted([*PAGES, ROOT / "Makefile", *filter(Path.is_file, ROOT.glob("deploy/**/*"))])
COMMAND = re.compile(r"^(?:.*[ \"/])?impersonation-gateway((?: +[^#|`\n]+)+)", re.MULTILINE)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_page_of_keys_is_the_models() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    assert page == refreshed(page), "run `make docs`"


def code(page: Path) -> Iterator[str]:
    """The parts of a page that are not prose: fenced, indented and inline code."""
    text = page.read_text()
    if page.suffix != ".md":
        yield text
        return
    yield from re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    yield from re.findall(r"^ {4}(.*)$", text, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", text)


def calls(page: Path) -> Iterator[list[str]]:
    for part in code(page):
        for found in COMMAND.findall(part.replace("\\\n", " ")):
            words = found.split()
            if re.fullmatch(r"[a-z-]+", words[0]):
                yield words


@pytest.mark.parametrize("page", FILES, ids=relative)
def test_every_command_in_the_docs_exists(page: Path) -> None:
    for words in calls(page):
        command: click.Command = main
        rest = list(words)
        while isinstance(command, click.Group) and rest:
            assert rest[0] in command.commands, " ".join(words)
            command = command.commands[rest.pop(0)]
        known = {option for each in command.params for option in each.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, " ".join(words)


@pytest.mark.parametrize("page", FILES, ids=relative)
def test_every_variable_in_the_docs_exists(page: Path) -> None:
    for name in re.findall(r"\bGATEWAY_[A-Z0-9_]+", page.read_text()):
        steps = name.removeprefix("GATEWAY_").removesuffix("_FILE").lower().split("__")
        path = [int(step) if step.isdigit() else step for step in steps]
        assert at(path) is not None, name


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_to_a_file_leads_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_made_target_in_the_docs_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {name for part in code(page) for name in re.findall(r"^make ([a-z]+)", part)}
    assert made <= targets


def test_the_commented_config_is_valid_as_it_is() -> None:
    validate(ROOT / "deploy/gateway.yaml")


def test_the_config_of_the_containers_is_valid_where_it_is_mounted(tmp_path: Path) -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    for volume in services["gateway"]["volumes"]:
        here, _, there = volume.removesuffix(":ro").partition(":")
        if there.endswith(".yaml"):
            (tmp_path / Path(there).name).write_text((ROOT / "deploy" / here).read_text())
    validate(tmp_path / "gateway.yaml", services["gateway"]["environment"])


def validate(path: Path, environment: Mapping[str, str] | None = None) -> None:
    told = CliRunner(env=environment).invoke(main, ["config", "validate", "--config", str(path)])
    assert (told.exit_code, told.output) == (0, f"{path} is valid\n")


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(
        rf"^( *)```{language}\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(text) for _, text in found]


def test_the_short_config_of_the_readme_is_ten_lines_and_valid(tmp_path: Path) -> None:
    (text,) = blocks(ROOT / "README.md", "yaml")
    assert text.count("\n") == 10
    (tmp_path / "gateway.yaml").write_text(text)
    for name in ("operators.yaml", "people.yaml"):
        (tmp_path / name).write_text((ROOT / "deploy" / name).read_text())
    validate(tmp_path / "gateway.yaml")


def test_the_main_job_of_the_readme_works_as_it_stands_there(tmp_path: Path) -> None:
    start, job, records = blocks(ROOT / "README.md", "sh")
    assert sum(line.count("curl ") for line in job.splitlines()) == 6
    programs = Path(sys.executable).parent
    start = start.replace("$PWD/.venv/bin", str(programs)).replace("$(mktemp -d)", str(tmp_path))
    script = "\n".join(("set -e -m", "trap 'kill %1; wait' EXIT", start, job, records))
    run = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    said = run.stdout
    assert said.startswith("<!doctype html><link rel=stylesheet href=/_gateway/"), run.stderr
    assert '"code":"read_only"' in said
    notes = re.findall(r'"private_notes": ?("[^"]*")', said)
    assert [json.loads(each) for each in notes] == ["•••"]
    kinds = re.findall(r'"kind":"([a-z._]+)"', said)
    assert kinds == [
        "gateway.started",
        "preferences.changed",
        "session.started",
        "session.entered",
        *["request.intent", "request.outcome"] * 2,
        "request.refused",
        "session.ended",
    ]


DENIED = {"Deny": 403, "_deny": 403}
BLOCKED = {"blocking": errors.Unreadable.status}
STATUS = (
    DENIED
    | BLOCKED
    | {
        name: kind.status
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GatewayError)
    }
)
AT_START = re.compile(r"config|listen|demo|data_dir.*|store_.*|worker_start|notifications")


def named(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def raised(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every code and status that a module makes an error or a refusal of."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = {each.arg: each.value for each in call.keywords}
        name = named(call)
        if name == "RequestDecision":
            code: ast.expr | None = call.args[2]
            name = "Deny"
        else:
            code = given.get("code", call.args[0] if call.args else None)
        if (
            name in STATUS
            and isinstance(code, ast.Constant)
            and isinstance(code.value, str)
            and code.value
        ):
            status = given.get("status", ast.Constant(STATUS[name]))
            assert isinstance(status, ast.Constant), ast.unparse(call)
            at_start = name == "GatewayError" and AT_START.fullmatch(code.value)
            yield code.value, "–" if at_start else str(status.value)


def test_the_page_of_errors_has_every_code_with_its_status_and_no_other() -> None:
    files = sorted((ROOT / "gateway").rglob("*.py"))
    real = {found for file in files for found in raised(ast.parse(file.read_text()))}
    real |= {(code, "503") for _, code, _ in _CODES}
    real.discard(("store_read_only", "–"))  # its row says when it is an answer
    told = told_errors()
    assert len(told) == len(set(told))
    assert set(told) == real


def told_errors() -> list[tuple[str, str]]:
    """Each code on the page of errors, with its status."""
    page = (ROOT / "docs/errors.md").read_text()
    return re.findall(r"^\| `([a-z_]+)` \| (\d{3}|–) \|", page, re.MULTILINE)


def first_cells(page: str) -> list[str]:
    """Every code that stands in the first column of a table."""
    rows = re.findall(r"^\| (`[^|]*`) \|", (ROOT / page).read_text(), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_the_page_for_security_has_every_kind_and_field_of_records() -> None:
    fields = [field.encode_name for field in msgspec.structs.fields(Record)]
    told = first_cells("docs/security.md")
    stores = ["always", "everysec", "store.fsync"]
    levels = set(get_args(How)) - set(fields)
    reasons = set(re.findall(r"^\| `([a-z_]+)` \|", _not_kept_table(), re.MULTILINE))
    assert sorted(set(told) - {*stores, *levels, *reasons}) == sorted({"v", *fields, *Kind})


def _not_kept_table() -> str:
    """The reasons of bodies that are not kept."""
    page = (ROOT / "docs/security.md").read_text()
    return page.partition("| reason | why |")[2].partition("\n\n")[0]


def test_the_page_for_security_has_every_reason_why_a_body_is_not_kept() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)` \|", _not_kept_table(), re.MULTILINE))
    assert told - {code for code, _ in told_errors()} == {"too_long", "cut_short"}


def test_the_levels_are_valid_as_they_stand_there(tmp_path: Path) -> None:
    text, *_ = blocks(ROOT / "docs/security.md", "yaml")
    (site,) = yaml.safe_load(text)["sites"]
    said = read(tmp_path, lambda config: config["sites"][0].update(site))
    assert [rule.level for rule in said.sites[0].audit] == [
        "metadata",
        "request_response",
        "request",
    ]


def test_the_program_that_reads_the_stream_works_as_it_stands_there(store_url: str) -> None:
    actor = Actor(id="ada", name="", email="", profile="")
    record = Record(id="1", kind=Kind.SESSION_ENDED, at="2026-11-22T05:00:00.000Z", actor=actor)
    program, _, _ = blocks(ROOT / "docs/security.md", "python")
    with redis.Redis.from_url(store_url) as store:
        store.xadd("gateway:audit:0", {"record": line(record)})
    environment = {**os.environ, "STORE": store_url}
    told = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert told == "2026-11-22T05:00:00.000Z session.ended ada for None\n"


def test_the_ten_lines_that_verify_a_batch_believe_what_is_signed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, program, _ = blocks(ROOT / "docs/security.md", "python")
    monkeypatch.setenv("SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(program, names)
    at = int(time.time())
    headers = signed(b"{}\n", KEY, at)
    assert names["verified"](headers, b"{}\n")
    assert not names["verified"](headers, b"{ }\n")
    assert not names["verified"](signed(b"{}\n", KEY[1:], at), b"{}\n")
    assert not names["verified"](signed(b"{}\n", KEY, at - 600), b"{}\n")


def test_the_consumer_of_ones_own_goes_on_with_what_it_had_not_acknowledged(
    store_url: str,
) -> None:
    _, _, program = blocks(ROOT / "docs/security.md", "python")
    run = [sys.executable, "-c", program]
    with redis.Redis.from_url(store_url) as store:
        store.xgroup_create("gateway:audit:0", "mine", "0", mkstream=True)
        for name in ("1", "2"):
            store.xadd("gateway:audit:0", {"record": line(a_record(name))})
        store.xreadgroup("mine", "me", {"gateway:audit:0": ">"}, count=1)  # and it was killed
        with subprocess.Popen(
            run, env={**os.environ, "STORE": store_url}, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert [process.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]
            store.xadd("gateway:audit:0", {"record": line(a_record("3"))})
            assert process.stdout.readline() == "3\n"
            process.kill()


def test_the_config_of_the_consumers_is_valid_as_it_stands_there(tmp_path: Path) -> None:
    _, text, service = blocks(ROOT / "docs/security.md", "yaml")
    said = read(tmp_path, lambda config: config.update(yaml.safe_load(text)))
    assert [each.name for each in said.audit.consumers] == ["siem", "syslog", "archive"]
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    forward = yaml.safe_load(service.replace("<<: *hardened", ""))["forward"]
    assert set(compose["gateway"]["volumes"]) - set(forward["volumes"]) == {
        "gateway:/var/lib/impersonation-gateway"
    }
    assert forward["environment"] == compose["gateway"]["environment"]


def with_(said: Mapping[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda config: config.update(said)


def test_the_page_of_policies_has_every_ready_one_and_its_examples_load(tmp_path: Path) -> None:
    told = first_cells("docs/policies.md")
    assert told[: len(DEFAULT)] == list(DEFAULT)
    assert sorted(told) == sorted(ready_names())
    (tmp_path / "policies").mkdir()
    *configs, table = blocks(ROOT / "docs/policies.md", "yaml")
    for said in map(yaml.safe_load, configs):
        profiles_of(read(tmp_path, with_(said)))
    (tmp_path / "table.yaml").write_text(table)
    config = put(tmp_path, yaml.safe_dump(SMALL))
    words = ["policy", "test", str(tmp_path / "table.yaml"), "--config", str(config)]
    asked = CliRunner().invoke(main, words)
    assert asked.exit_code == 0, asked.output
    for example in blocks(ROOT / "docs/policies.md", "cedar"):
        assert len(read_policies({"example.cedar": example}).words) == 2


def test_the_page_of_the_api_has_every_request_of_it() -> None:
    real = {f"{each.method} {each.pattern}" for each in ENDPOINTS} | {f"GET {DESCRIPTION}"}
    rows = (name.partition("?")[0] for name in first_cells("docs/api.md"))
    assert {row for row in rows if " " in row} == real


def test_the_page_of_the_api_has_every_request_of_users() -> None:
    page = (ROOT / "docs/api.md").read_text()
    told = set(re.findall(r"^- `([A-Z]+ /_gateway/api/[^`]+)`", page, re.MULTILINE))
    rows = own_consent.ENDPOINTS
    assert told == {f"{each.method} /_gateway/{each.pattern}" for each in rows}


def test_the_page_of_the_api_has_every_field_of_a_query() -> None:
    told: dict[str, set[str]] = {}
    for name in first_cells("docs/api.md"):
        path, _, query = name.partition("?")
        told.setdefault(path, set()).update(re.findall(r"(\w+)=", query))
    for each in ENDPOINTS:
        fields = msgspec.structs.fields(each.query) if each.query else ()
        assert told[f"{each.method} {each.pattern}"] == {field.name for field in fields}, each.path


def test_the_page_for_platform_teams_has_every_metric() -> None:
    real = set(
        re.findall(r"^# TYPE (\S+)", exposition(Metrics(unreviewed=0)).decode(), re.MULTILINE)
    )
    told = first_cells("docs/platform-teams.md")
    assert {name for name in told if name.startswith("gateway_")} == real


def test_the_threat_model_names_every_test_that_is_marked_with_a_row_and_no_other() -> None:
    page = threat_model.PAGE.read_text()
    assert page == threat_model.refreshed(page), "run `make docs`"
    assert list(threat_model.titles(page)) == list(range(1, 54))
    assert page.count(threat_model.NO_TEST) <= 2, "rows 27 and 29 wait for GraphQL"


def uncommented(text: str) -> str:
    """The same file with its optional keys: comments that hold YAML become it."""
    return re.sub(r"^( *)# ( *(?:[a-z_]+|X-[A-Za-z-]+):(?= |$).*)$", r"\1\2", text, flags=re.M)


def test_the_commented_keys_of_the_config_are_valid_too(tmp_path: Path) -> None:
    for path in (ROOT / "deploy").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "policies").mkdir()
    text = uncommented((ROOT / "deploy/gateway.yaml").read_text())
    (tmp_path / "gateway.yaml").write_text(text)
    config = load(tmp_path / "gateway.yaml", {})
    assert config.sign_in.jwt is not None
    assert config.policies.folder is not None
    assert config.sites[0].identity.trusted_from == ("10.0.0.5/32",)


@pytest.mark.parametrize("page", sorted((ROOT / "deploy").glob("**/*.yaml")), ids=relative)
def test_every_deployed_file_is_yaml(page: Path) -> None:
    assert yaml.safe_load(page.read_text())
