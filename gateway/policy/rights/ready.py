"""The policies that come with the gateway, each to be switched on by its name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files as package_files
from typing import Final

DEFAULT: Final = (
    "shipped_profiles",
    "tickets_for_changes",
    "changes_for_active_users",
    "house_contacts",
    "support_when_allowed",
    "account_admins",
    "parent_power_users",
    "ask_first",
    "management",
)
"""Those that are on where the config says nothing of policies."""

_SUFFIX: Final = ".cedar"


@cache
def ready_names() -> tuple[str, ...]:
    """Name every ready policy, in alphabetical order."""
    folder = package_files("gateway.policy.rights").joinpath("ready")
    names = (each.name for each in folder.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def ready_files(names: Iterable[str] = DEFAULT) -> dict[str, str]:
    """Give the files of ready policies: name, as shown in faults -> text.

    Raises:
        KeyError: there is none of such a name.
    """
    return {f"ready/{name}{_SUFFIX}": _text(name) for name in names}


def ready_table(name: str) -> str:
    """Give the table of cases that comes with a ready policy, in YAML.

    Raises:
        KeyError: there is none of such a name.
    """
    return _text(name, ".yaml")


@cache
def _text(name: str, suffix: str = _SUFFIX) -> str:
    if name not in ready_names():
        raise KeyError(name)
    folder = package_files("gateway.policy.rights").joinpath("ready")
    return folder.joinpath(name + suffix).read_text("utf-8")
