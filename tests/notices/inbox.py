"""A real mail server on a socket, and what it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Inbox:
    """What arrived. `refuses`: the answer to an address; `says`: that to a mail.

    `hangs`: mails are kept and never answered.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refuses: dict[str, str] = {}
        self.says = "250 Taken"
        self.hangs = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        [to] = envelope.rcpt_tos
        if self.says.startswith("2"):
            self.mails.append((to, mail))
        if self.hangs:
            await asyncio.Event().wait()
        return self.says

    @property
    def to(self) -> list[str]:
        return sorted(to for to, _ in self.mails)


@contextmanager
def serving(inbox: Inbox, port: int, **more: Any) -> Iterator[None]:
    """Take mails on a port of this machine while the block runs."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield
    finally:
        controller.stop()
