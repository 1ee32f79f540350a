"""`audit tail` and `audit export`, on streams that an emitter wrote."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.audit.formats import NAMES
from gateway.audit.reading import export_file
from gateway.audit.record import Kind, Record, timestamp
from gateway.cli import main
from tests.audit.support import KEY, emitting
from tests.config.support import SMALL, put
from tests.sample import ADA, NOW


@pytest.fixture
async def config(tmp_path: Path, store_url: str) -> Path:
    """A config of a store that holds twenty records, and a checkpoint of its writer."""
    async with emitting(store_url, shards=2) as (emitter, _):
        for n in range(20):
            kind = Kind.SESSION_REFUSED if n % 4 == 0 else Kind.REQUEST_INTENT
            at, why = timestamp(NOW + n * 1000), "=\x1b[2J\u202e"
            record = Record(id=f"{n}", kind=kind, at=at, session=f"s{n % 5}", actor=ADA, why=why)
            await emitter.commit(record)
    settings = {"store": {"url": store_url}, "audit": {"shards": 2}}
    return put(tmp_path, json.dumps(SMALL | settings))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, words)))


def test_an_export_of_all_can_be_verified(config: Path, tmp_path: Path) -> None:
    path, key = tmp_path / "e.jsonl", tmp_path / "key.pem"
    key.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    told = run("audit", "export", "-c", config, "--output", path)
    assert (told.exit_code, told.output) == (0, "20 of 20 records.\n")
    verified = run("audit", "verify", "--export", path, "--public-key", key)
    assert (verified.exit_code, verified.output.endswith("Nothing was found.\n")) == (0, True)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert run("audit", "verify", "--export", path, "--public-key", key).exit_code == 1


def test_only_what_was_asked_for_is_exported(config: Path, tmp_path: Path) -> None:
    words = ("--format", "csv", "--session", "s0", "--refused", "--since", "2023-11-14")
    told = run("audit", "export", "-c", config, "-o", tmp_path / "e.csv", *words)
    assert (told.exit_code, told.output) == (0, "1 of 20 records.\n")
    with (tmp_path / "e.csv").open(newline="") as file:
        (found,) = csv.DictReader(file)
    assert (found["id"], found["why"][:2]) == ("0", "'=")


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_a_line_a_record_to_the_standard_output(config: Path, name: str) -> None:
    told = CliRunner().invoke(main, ["audit", "export", "-c", str(config), "--format", name])
    assert told.exit_code == 0
    assert told.stderr == "20 of 20 records.\n"
    assert told.stdout.count("\n") == 20 + (name == "csv")


def test_an_entry_that_is_no_record_is_told_and_the_status_says_so(
    config: Path, store_url: str
) -> None:
    with redis.Redis.from_url(store_url) as client:
        client.xadd("gateway:audit:0", {"record": "forged"})
    for words in (("export", "--format", "ocsf"), ("export", "--session", "s0")):
        told = run("audit", *words, "-c", config)
        assert told.exit_code == 1
        assert "1 entries are no records" in told.stderr
    told = run("audit", "tail", "--session", "s0", "-c", config)
    assert told.stderr.startswith("An entry is no record of a gateway: stream 0, ")


def test_the_records_of_a_session_are_tailed_as_text(config: Path) -> None:
    told = run("audit", "tail", "-c", config, "--format", "text", "--session", "s1")
    lines = told.stdout.splitlines()
    assert len(lines) == 4
    assert lines[0] == (
        "2023-11-14T22:13:21.000Z request.intent ada@example.com " r'"=\x1b[2J\u202e"'
    )


@pytest.mark.parametrize(
    "words",
    [("--since", "yesterday"), ("--until", "2h ago"), ("--kind", "requests"), ("--format", "xml")],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(words: tuple[str, ...]) -> None:
    told = run("audit", "export", "-c", "nowhere.yaml", *words)
    assert told.exit_code == 2


@pytest.fixture
def ended(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str | Path, ...]:
    """The words of an export that was ended before its end."""
    words = ("audit", "export", "-c", config, "-o", tmp_path / "e", "--kind", "request.")
    with monkeypatch.context() as patched:
        patched.setattr(export_file.ExportFile, "finish", lambda _: sys.exit(9))
        assert run(*words).exit_code == 9
    return words


def test_the_same_command_goes_on_and_no_other(
    ended: tuple[str | Path, ...], tmp_path: Path
) -> None:
    other = run(*ended, "--kind", "session.")
    assert (other.exit_code, "other filters" in other.output) == (1, True)
    told = run(*ended)
    assert (told.exit_code, told.output) == (0, "15 of 20 records.\n")
    assert (tmp_path / "e").read_bytes().count(b"\n") == 15


def test_a_run_is_not_gone_on_with_when_records_were_trimmed_since(
    ended: tuple[str | Path, ...], tmp_path: Path, store_url: str
) -> None:
    position = tmp_path / "e.position"
    said = json.loads(position.read_text())
    first = min(said["place"]["after"])
    said["place"]["after"][first] = "0-1"  # as of a run that was ended earlier
    position.write_text(json.dumps(said))
    with redis.Redis.from_url(store_url) as client:
        client.xtrim(f"gateway:audit:{first}", maxlen=0, approximate=False)
    told = run(*ended)
    assert told.exit_code == 1
    assert "taken out of the streams" in told.output


def test_a_file_that_is_there_is_kept(config: Path, tmp_path: Path) -> None:
    (tmp_path / "e").write_text("mine")
    told = run("audit", "export", "-c", config, "-o", tmp_path / "e")
    assert told.exit_code == 1
    assert "is there already" in told.output
    assert (tmp_path / "e").read_text() == "mine"


class Terminal(io.StringIO):
    """A stream before a person's eyes; `buffer` is what a program writes bytes to."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = TerminalBytes()

    @property
    def buffer(self) -> TerminalBytes:
        return self._bytes

    @property
    def seen(self) -> str:
        return self.getvalue() + self.buffer.getvalue().decode()

    def isatty(self) -> bool:
        return True


class TerminalBytes(io.BytesIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.threat(47)
@pytest.mark.parametrize(
    "words", [("tail",), ("tail", "--format", "json"), ("export", "--format", "csv")]
)
def test_a_terminal_gets_nothing_that_moves_its_cursor(
    config: Path, store_url: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis.Redis.from_url(store_url) as client:
        client.xadd("gateway:audit:0", {"record": b"forged \x1b[2J\x9b \xe2\x80\xae"})
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", errors := Terminal())
    with suppress(SystemExit):
        main(["audit", *words, "--config", str(config)])
    lines = terminal.seen.split("\n")
    assert len(lines) == 22
    assert all(line.isprintable() for line in lines)
    assert lines[1].startswith("2023-11-14T" if words == ("tail",) else ("{", "1,"))
    assert "%" not in errors.seen, "no bar among the lines"


def test_a_bar_shows_how_far_a_file_is(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", errors := Terminal())
    with suppress(SystemExit):
        main(["audit", "export", "--config", str(config), "--output", str(tmp_path / "e")])
    assert "100%" in errors.seen
    assert errors.seen.endswith("20 of 20 records.\n")
