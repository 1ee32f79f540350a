"""What commands share: the config they are given, and how they tell what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.config import Config

config_file = click.option(
    "--config",
    "-c",
    "path",
    type=click.Path(path_type=Path),
    default="gateway.yaml",
    show_default=True,
    help="The config file.",
)


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the config.

    Raises:
        click.ClickException: it cannot be used; all faults are told.
    """
    from gateway.config import ConfigError
    from gateway.config import load as read

    try:
        return read(path, environment)
    except ConfigError as error:
        raise click.ClickException(f"the config cannot be used\n{error}") from None


@contextmanager
def told() -> Iterator[None]:
    """Tell an error that knows its advice in words, without a traceback."""
    from gateway.errors import GatewayError

    try:
        yield
    except GatewayError as error:
        raise click.ClickException(f"{error.detail} {error.advice}".strip()) from error
