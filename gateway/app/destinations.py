"""From a consumer of the config to its destination; its files are read here."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway.app.clock import wall_clock
from gateway.audit.forward.destination import Destination
from gateway.audit.forward.file import FileDestination
from gateway.audit.forward.http import HttpDestination, fields_in
from gateway.audit.forward.syslog import SyslogDestination
from gateway.audit.forward.webhook import secret_in
from gateway.config import consumers
from gateway.errors import GatewayError

_Read = TypeVar("_Read")


def destination_of(consumer: consumers.Consumer) -> Destination:
    """Where `consumer` wants its records. Call it inside the event loop.

    Raises:
        GatewayError: `audit_forward`, a file that it names cannot be used.
    """
    if consumer.http is not None:
        return posting_to(consumer.http)
    if consumer.syslog is not None:
        return _syslog(consumer.syslog)
    if consumer.file is None:
        raise ValueError("the config gives each consumer one destination")
    said = consumer.file
    return FileDestination(said.path, said.max_size, said.keep)


def posting_to(
    said: consumers.HttpDestination, media_type: str = "application/x-ndjson"
) -> Destination:
    """A receiver of webhooks. Call it inside the event loop.

    Raises:
        GatewayError: as `destination_of`.
    """
    return HttpDestination(
        said.url,
        _read(said.secret_file, secret_in),
        {} if said.headers_file is None else _read(said.headers_file, fields_in),
        _trusting(said.ca_file),
        said.timeout,
        wall_clock,
        media_type,
    )


def _syslog(said: consumers.SyslogDestination) -> Destination:
    context = _trusting(said.ca_file)
    if said.certificate_file is not None:
        try:
            context.load_cert_chain(said.certificate_file)
        except OSError as fault:  # an SSLError is an OSError
            raise _unusable(said.certificate_file, fault) from fault
    return SyslogDestination(said.address.host, said.address.port, context, said.timeout)


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies chain and name, by `ca_file` alone or by the system's authorities."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as fault:
        raise _unusable(ca_file, fault) from fault


def _read(path: Path, parse: Callable[[str], _Read]) -> _Read:
    try:
        return parse(path.read_text())
    except (OSError, ValueError) as fault:
        raise _unusable(path, fault) from fault


def _unusable(path: Path | None, fault: Exception) -> GatewayError:
    return GatewayError(
        "audit_forward",
        f"{path} cannot be used: {fault}.",
        "Mend the file, or let the config name another.",
    )
