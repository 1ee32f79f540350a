"""Mails, handed to a mail server (RFC 5321, RFC 6409)."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Final, Literal

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from gateway.notices.address import is_address
from gateway.notices.item import Item
from gateway.notices.mail import mail_of
from gateway.notices.way import Away, Later, Never

Security = Literal["starttls", "tls", "none"]
PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}

_CLOSING: Final = 421
"""The server ends the connection, whatever was asked (RFC 5321, 3.8)."""
_WORDS: Final = 200
"""Characters of an answer that are kept."""


class MailWay:
    """One mail server, over one connection at a time. Make it inside the event loop.

    Args:
        security: `starttls` goes on over TLS or not at all.
        user: empty to send without signing in.
        sender: the address that mails come from, and that answers of servers go to.
        context: verifies the server's certificate.
        timeout: seconds that each step may take.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        user: str,
        password: str,
        sender: str,
        context: ssl.SSLContext,
        timeout: float,
    ) -> None:
        self._sender = sender
        self._smtp = SMTP(
            hostname=host,
            port=port,
            username=user or None,
            password=password or None,
            local_hostname=sender.rpartition("@")[2],
            timeout=timeout,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=None if security == "none" else context,
        )

    async def send(self, item: Item) -> None:
        """As `Way.send`. Only what is said of the address or the mail itself is for good."""
        if not is_address(item.to):  # a directory may say anything
            raise Never("this is no e-mail address")
        mail = mail_of(item, self._sender)
        try:
            if not self._smtp.is_connected:
                await self._smtp.connect()
            await self._smtp.send_message(mail, sender=self._sender, recipients=[item.to])
        except SMTPRecipientsRefused as refused:
            fault = refused.recipients[0]
            raise _of_the_mail(fault.code, fault.message) from refused
        except SMTPDataError as fault:
            raise _of_the_mail(fault.code, fault.message) from fault
        except SMTPResponseException as fault:  # the greeting, the sign-in or the sender
            await self.rest()
            raise Away(_told(fault.code, fault.message)) from fault
        except (SMTPException, OSError) as fault:  # a TimeoutError is an OSError
            await self.rest()
            raise Away(f"{type(fault).__name__} {fault}".strip()[:_WORDS]) from fault

    async def rest(self) -> None:
        """As `Way.rest`."""
        if self._smtp.is_connected:
            with suppress(SMTPException, OSError):
                await self._smtp.quit()
        self._smtp.close()


def _of_the_mail(code: int, message: str) -> Exception:
    told = _told(code, message)
    if code == _CLOSING:
        return Away(told)
    return Never(told) if 500 <= code < 600 else Later(told)


def _told(code: int, message: str) -> str:
    return f"{code} {' '.join(message.split())}"[:_WORDS]
