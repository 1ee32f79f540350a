"""Where the audit stream is delivered to, and what of it.

Secrets and the consumers' own files need to be there only where the forwarder runs: it reads them
when it starts, and the gateway never does.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.config.base import Model
from gateway.config.compiled import RecordKind
from gateway.config.values import AnyPath, Bytes, HttpsUrl, Seconds, There, Word, default


class HttpDestination(Model):
    """A receiver of POSTs that are signed as Standard Webhooks say."""

    url: Annotated[HttpsUrl, Field(repr=False)]
    """Where to post; over HTTPS, except on this machine. Redirects are not followed."""
    secret_file: AnyPath
    """A file with the secret that signs: `whsec_` and 24 to 64 bytes in base64."""
    headers_file: AnyPath | None = None
    """A file with more header fields, one `Name: value` on a line, such as `Authorization`."""
    ca_file: AnyPath | None = None
    """Who may have issued the receiver's certificate; else those that the system trusts."""
    timeout: Seconds = default("10s")
    """How long one POST may take."""


class SyslogDestination(Model):
    """Records as syslog messages (RFC 5424) over TLS (RFC 5425)."""

    address: There
    """Where the receiver listens; the usual port is 6514."""
    ca_file: AnyPath | None = None
    """Who may have issued the receiver's certificate; else those that the system trusts."""
    certificate_file: AnyPath | None = None
    """A PEM file with the certificate and the key by which the receiver knows the forwarder."""
    timeout: Seconds = default("10s")
    """How long connecting, and the sending of one batch, may take."""


class FileDestination(Model):
    """Records as lines of a file."""

    path: AnyPath
    """The file; its folder has to be there."""
    max_size: Bytes = default("64MiB")
    """From this size on it becomes `path.1`, that one `path.2`, and so on."""
    keep: Annotated[int, Field(ge=1, le=10_000)] = 8
    """How many such old files stay; the oldest is removed."""


class Consumer(Model):
    """One destination: `http`, `syslog` or `file`."""

    name: Word
    """Of the destination, and of its consumer group in the store. Another name begins anew."""
    http: HttpDestination | None = None
    """A receiver of webhooks."""
    syslog: SyslogDestination | None = None
    """A receiver of syslog."""
    file: FileDestination | None = None
    """A file."""
    only: tuple[RecordKind, ...] = ()
    """The kinds that are delivered: `request.refused`, or `session.` for all that begin so; left
    out: all. Who gets a choice cannot verify the chain."""
    required: bool = False
    """Whether records have to be delivered here before `audit.keep` may remove them."""
