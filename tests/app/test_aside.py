"""Large directories are read and indexed in a process beside, with the same result."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import aside
from gateway.app.aside import index_aside, read_aside
from gateway.app.directories import load_directory
from gateway.errors import GatewayError
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory

TEMPLATE = HouseTemplate(
    id="house-{account.id}", name="{account.name}", email="h+{account.id}@x.example", groups=()
)
QUERIES = ("weber", "wbeer 1", "u17", "account:a1", "house", "status:active 5", "", "nobody")


@pytest.fixture(autouse=True)
def _always_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "SMALL_FILE", -1)
    monkeypatch.setattr(aside, "SMALL", -1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "accounts.csv").write_text("id,name,parent\na0,First,\na1,Second,a0\n")
    lines = [f"u{n},Weber {n},u{n}@x.example,a{n % 2}\n" for n in range(1200)]
    path = tmp_path / "users.csv"
    path.write_text("id,name,email,account\n" + "".join(lines))
    return path


@pytest.fixture
def bad(file: Path) -> Path:
    file.write_text("id,name,email,account\nx,X,,a0\ny,Y,y@x.example,nowhere\n")
    return file


def found(directory: MemoryDirectory) -> list[object]:
    return [directory.search(query, 12) for query in QUERIES]


async def test_what_is_read_beside_is_what_is_read_here(file: Path) -> None:
    here, beside = load_directory(file, TEMPLATE), await read_aside(file, TEMPLATE)
    assert list(beside.people) == list(here.people)
    assert beside.accounts() == here.accounts()
    assert found(beside) == found(here)
    assert beside.is_indexed


async def test_what_is_indexed_beside_is_what_is_indexed_here(file: Path) -> None:
    here = load_directory(file, TEMPLATE)
    beside = MemoryDirectory.of(here.people, await index_aside(here.people))
    assert found(beside) == found(here)


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    (tmp_path / "people.yaml").write_text("accounts: []\nusers: []\n")
    return tmp_path / "people.yaml"


async def test_nobody_can_be_read_and_indexed_too(nobody: Path) -> None:
    read = await read_aside(nobody, None)
    assert read.search("weber", 12).users == ()


@pytest.mark.parametrize("beside", [True, False])
async def test_every_fault_comes_back(
    bad: Path, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not beside:
        monkeypatch.setattr(aside, "SMALL_FILE", 1 << 20)
    with pytest.raises(GatewayError) as raised:
        await read_aside(bad, None)
    assert "users.csv:2: email: is missing" in raised.value.detail
    assert "users.csv:3: account: there is no account 'nowhere'" in raised.value.detail


@pytest.mark.parametrize("end", ["exit()", "import sys; sys.stdout.write('x' * 99)"])
async def test_a_process_that_ends_too_early_is_no_empty_directory(
    file: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "_command", (aside._command[0], "-c", end))
    with pytest.raises(GatewayError) as raised:
        await read_aside(file, None)
    assert raised.value.code == "aside"
