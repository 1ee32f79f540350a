"""`GATEWAY_…` variables laid over the file.

`GATEWAY_STORE__URL` is `store.url`, `GATEWAY_SITES__0__UPSTREAM__URL` is `sites[0].upstream.url`.
A name that ends in `_FILE` gives the path of a file that holds the value, for secrets. Lists and
mappings are written as in YAML: `[10.0.0.0/8]`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from gateway.config.shape import at, bare, is_list, is_mapping, is_model
from gateway.yaml_file import Fault, Path, parse

PREFIX = "GATEWAY_"


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The value with the environment in it; `names` says which variable set which place."""

    value: Any
    names: Mapping[Path, str]
    faults: tuple[Fault, ...]


def overlay(value: Any, environment: Mapping[str, str]) -> Overlaid:
    """Lay the variables over what the file says; the file's own value is not changed."""
    result = copy.deepcopy(value)
    names: dict[Path, str] = {}
    faults: list[Fault] = []
    for name in sorted(filter(lambda each: each.startswith(PREFIX), environment)):
        try:
            path, said = _read(name, environment[name])
            if path in names:
                raise ValueError(f"{names[path]} says this too")
            _put(result, path, said)
            names[path] = name
        except ValueError as error:
            faults.append(Fault(name, 0, "", str(error)))
    return Overlaid(result, names, tuple(faults))


def _read(name: str, said: str) -> tuple[Path, Any]:
    path = _path(name.removeprefix(PREFIX))
    kind = at(path)
    if kind is None and name.endswith("_FILE"):
        path = _path(name.removeprefix(PREFIX).removesuffix("_FILE"))
        kind = at(path)
        if kind is not None:
            said = _contents(said)
    if kind is None:
        raise ValueError(
            "no key of the config has this name; if a Kubernetes Service called gateway put it "
            "here, set enableServiceLinks: false"
        )
    if is_model(kind) or is_list(kind) or is_mapping(kind):
        read = parse(said, name)
        if read.faults:
            raise ValueError(read.faults[0].message)
        return path, read.value
    return path, said


def _path(name: str) -> Path:
    steps = name.lower().split("__")
    return tuple(int(step) if re.fullmatch(r"[0-9]+", step) else step for step in steps)


def _contents(path: str) -> str:
    try:
        return FilePath(path).read_text().removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"its file cannot be read: {type(error).__name__}") from None


def _put(root: Any, path: Path, said: Any) -> None:
    """Set a place, making the mappings above it.

    Raises:
        ValueError: a list has no such item, or what stands above is neither list nor mapping.
    """
    here = root
    for i, step in enumerate(path):
        last = i == len(path) - 1
        if isinstance(here, list) and isinstance(step, int) and step < len(here):
            pass
        elif isinstance(here, dict) and isinstance(step, str):
            if not last and here.get(step) is None:
                here[step] = [] if is_list(bare(at(path[: i + 1]))) else {}
        else:
            raise ValueError("the file has no place for it")
        if last:
            here[step] = said
        else:
            here = here[step]
