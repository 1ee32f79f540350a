"""From the file and the environment to a checked `Config`, or to everything that is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.config.checks import check
from gateway.config.environment import overlay
from gateway.config.models import Config
from gateway.config.shape import at, is_model, keys
from gateway.yaml_file import Fault, Path, parse, spell, upwards


class ConfigError(Exception):
    """The config cannot be used; `faults` holds all that is wrong with it, in the file's order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def load(path: FilePath, environment: Mapping[str, str]) -> Config:
    """Read the config.

    Relative paths in it start at the file's own folder.

    Raises:
        ConfigError: holds every fault of the file and of the environment.
    """
    source = str(path)
    try:
        said = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([Fault(source, 0, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Fault(source, 0, "", "is not UTF-8")]) from None
    read = parse(said, source)
    laid = overlay(read.value, environment)

    def fault(place: Path, message: str, hint: str = "") -> Fault:
        name = next((laid.names[up] for up in upwards(place) if up in laid.names), None)
        if name is not None:
            return Fault(name, 0, spell(place), message, hint)
        return Fault(source, read.line(place), spell(place), message, hint)

    faults = [*read.faults, *laid.faults]
    config = None
    if not read.faults:
        faults += [fault(place, message) for place, message in check(laid.value)]
        try:
            config = Config.model_validate(laid.value, context={"folder": path.parent.absolute()})
        except ValidationError as error:
            for detail in filter(_is_news, error.errors()):
                place, said, hint = _tell(detail)
                faults += [fault(place, line, hint) for line in said.splitlines()]
    if config is None or faults:
        raise ConfigError(sorted(faults, key=lambda one: (one.source, one.line)))
    return config


def _is_news(detail: ErrorDetails) -> bool:
    """Whether this says more than that a list with faulty items has no good ones."""
    return not (detail["type"] == "too_short" and detail["input"])


def _tell(detail: ErrorDetails) -> tuple[Path, str, str]:
    """Say what pydantic found in the config's own words; each line is a fault of its own."""
    place = tuple(detail["loc"])
    kind = detail["type"]
    if kind == "extra_forbidden":
        return place, "there is no such key", _hint(place)
    if kind == "missing":
        return place, "this key is required", ""
    if kind in ("model_type", "dict_type"):
        return place, "should be a mapping, of keys and their values", ""
    cause: Any = detail.get("ctx", {}).get("error")
    said = str(cause or detail["msg"])
    if place and place[-1] == "[key]":
        return place[:-1], said, ""
    return place, said.removeprefix("Input "), ""


def _hint(place: Path) -> str:
    above = at(place[:-1])
    if not is_model(above):
        return ""
    known = list(keys(above))
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known) or 'nothing'}"
