"""What pyproject.toml promises."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import gateway

ROOT = Path(__file__).parent.parent
PACKAGE = Path(gateway.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_file_of_the_package_is_shipped() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["gateway"]
    files = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    names = [pattern.removeprefix("**/") for pattern in patterns]
    assert {file for file in files if not any(fnmatch(Path(file).name, n) for n in names)} == set()


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_every_dependency_has_a_lower_bound() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    ours = project["name"]
    needs = [need for group in (project["dependencies"], *extras.values()) for need in group]
    assert [need for need in needs if ">=" not in need and not need.startswith(ours)] == []


@pytest.mark.parametrize("script", ["deploy/apt-install", ".ci/run"])
def test_scripts_can_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
