"""What a gateway started with, so that the record can tell: hashes of its config and its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from gateway.app.directories import files_of
from gateway.audit.record import ConfigFile
from gateway.config import Config, Lookup
from gateway.config.base import Model
from gateway.config.consumers import Consumer
from gateway.errors import GatewayError


def config_files(config: Config) -> tuple[ConfigFile, ...]:
    """Hash the config as it is in force, and each file that it names.

    The first is of the config as JSON, with its defaults and what the environment laid over it,
    keys sorted; the others of the files' bytes.

    Raises:
        GatewayError: `config`, a file cannot be read.
    """
    said = json.dumps(_plain(config), sort_keys=True, separators=(",", ":"))
    files = sorted({*_files(config), *_policies(config), *_directories(config)})
    return (
        ConfigFile(file="config", sha256=sha256(said.encode()).hexdigest()),
        *(ConfigFile(file=str(file), sha256=_hash(file)) for file in files),
    )


def _plain(value: object) -> object:
    """A value of the config as JSON can hold it, the same in every process."""
    match value:
        case Model():
            return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted(map(str, value))
        case None | bool() | int() | float():
            return value
    return str(value)


def _files(model: Model) -> Iterator[Path]:
    """Each file that a model names, at any depth."""
    for name in type(model).model_fields:
        yield from _named(getattr(model, name))


def _named(value: object) -> Iterator[Path]:
    match value:
        case Path() if value.is_file():
            yield value
        case Consumer() | Lookup():
            return  # secrets, and what a forwarder writes
        case Model():
            yield from _files(value)
        case dict():
            for each in value.values():
                yield from _named(each)
        case tuple() | list():
            for each in value:
                yield from _named(each)


def _policies(config: Config) -> Iterator[Path]:
    if config.policies.folder is not None:
        yield from config.policies.folder.glob("*.cedar")


def _directories(config: Config) -> Iterator[Path]:
    for site in config.sites:
        if site.directory != "store":
            yield from (file for file in files_of(site.directory) if file.is_file())


def _hash(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as fault:
        raise GatewayError(
            "config",
            f"{file} cannot be read: {fault.strerror}.",
            "Let the gateway's user read it.",
        ) from fault
