"""Configs to change in tests."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config import Config, ConfigError, load

OPERATORS = """
- {id: ada, name: Ada Okafor, email: ada@example.com, profile: Administrator}
"""
PEOPLE = """
accounts: [{id: nordlicht, name: Nordlicht GmbH}]
users: [{id: jonas, name: Jonas Weber, email: jonas@nordlicht.example, account: nordlicht}]
"""
SMALL: dict[str, Any] = {
    "console": {"host": "acting.example.com"},
    "operators": "operators.yaml",
    "sign_in": {"local": {}},
    "sites": [
        {
            "name": "crm",
            "hosts": ["crm.example.com"],
            "upstream": {"url": "http://127.0.0.1:8000"},
            "directory": "people.yaml",
            "identity": {"headers": {"X-Remote-User": "{subject.id}"}},
        }
    ],
}
"""The least that a config says."""


def put(folder: Path, text: str) -> Path:
    """Write a config beside the files that it names."""
    (folder / "operators.yaml").write_text(OPERATORS)
    (folder / "people.yaml").write_text(PEOPLE)
    (folder / "ca.pem").touch()
    (folder / "policies").mkdir(exist_ok=True)
    path = folder / "gateway.yaml"
    path.write_text(text)
    return path


def read(
    folder: Path,
    change: Callable[[dict[str, Any]], object] = lambda config: None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Load the small config with a change made to it."""
    config = copy.deepcopy(SMALL)
    change(config)
    return load(put(folder, yaml.safe_dump(config, sort_keys=False)), environment or {})


def faults(
    folder: Path,
    change: Callable[[dict[str, Any]], object] = lambda config: None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """What loading complains of: the message by key, or by source where there is no key."""
    with pytest.raises(ConfigError) as caught:
        read(folder, change, environment)
    return {each.key or each.source: each.message for each in caught.value.faults}
