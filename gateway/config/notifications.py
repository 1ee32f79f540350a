"""How people are told of what happens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.config.base import Model
from gateway.config.consumers import HttpDestination
from gateway.config.values import FilePath, Host, Seconds, default
from gateway.notices.address import is_address


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("an e-mail address is name@example.com, without a name before it")
    return value


EmailAddress = Annotated[
    str,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "title": "e-mail address"}),
]
"""One address, in ASCII."""


class Mail(Model):
    """The mail server that takes the gateway's mails."""

    host: Host
    """Its name or address."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Its port; 0: the usual one, 587 with `starttls`, 465 with `tls`, 25 with `none`."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """TLS after `STARTTLS` or from the start, and nothing is sent without it; `none` is for a mail
    server on this machine."""
    user: str = ""
    """The name to sign in with; empty: without signing in."""
    password: Annotated[str, Field(repr=False)] = ""
    """Its password: `GATEWAY_NOTIFICATIONS__MAIL__PASSWORD_FILE` keeps it out of this file."""
    sender: Annotated[EmailAddress, Field(alias="from")]
    """The address that mails come from."""
    ca_file: FilePath | None = None
    """Who may have issued the server's certificate, in PEM; else those that the system trusts."""
    timeout: Seconds = default("20s")
    """How long each step may take."""


class Notifications(Model):
    """How people are told: `mail`, `webhook` or both."""

    mail: Mail | None = None
    """A mail server."""
    webhook: HttpDestination | None = None
    """A receiver of webhooks, for a program of your own that tells people."""
    approvals: Annotated[tuple[EmailAddress, ...], Field(max_length=20)] = ()
    """Who is told of requests for approval, and when somebody breaks the glass."""
