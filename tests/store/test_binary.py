from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.store.binary import find_server


@pytest.fixture
def _no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def an_executable(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_there_is_a_program_here() -> None:
    assert find_server().name in ("valkey-server", "redis-server")


@pytest.mark.usefixtures("_no_package")
def test_without_the_package_path_is_searched_valkey_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    redis = an_executable(tmp_path, "redis-server")
    assert find_server() == redis
    valkey = an_executable(tmp_path, "valkey-server")
    assert find_server() == valkey


@pytest.mark.usefixtures("_no_package")
def test_without_any_the_advice_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GatewayError, match="store_missing") as fault:
        find_server()
    assert "apt install valkey-server" in fault.value.advice
