"""A notice as a mail. Pure: the same notice gives the same mail, so that one sent twice is one."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final

from gateway.notices.item import Item
from gateway.notices.texts import Text, text_of

_POLICY: Final = SMTP.clone(cte_type="7bit")
_NAME: Final = "Impersonation gateway"


def mail_of(item: Item, sender: str) -> EmailMessage:
    """The mail of a delivery, from an address. Header fields hold one line each, whoever wrote it.

    It says that it was made by a program (RFC 3834), so that no absence note answers it.
    """
    text = text_of(item.notice)
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(_NAME, addr_spec=sender)
    mail["To"] = item.to
    # An encoded word in a name would be decoded when it is set, line ends and all (RFC 2047).
    mail["Subject"] = text.subject.replace("=?", "= ?")
    mail["Date"] = format_datetime(datetime.fromtimestamp(item.notice.at / 1000, UTC))
    mail["Message-ID"] = f"<{item.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_plain(text), cte="quoted-printable")
    mail.add_alternative(_html(text), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{item.key}")
    return mail


def _plain(text: Text) -> str:
    widest = max((len(label) for label, _ in text.lines), default=0) + 1
    lines = (f"{label + ':':<{widest}} {value}" for label, value in text.lines)
    return "\n".join((text.opening, "", *lines, "", text.closing, ""))


def _html(text: Text) -> str:
    rows = "\n".join(
        f'<tr><th align="left" scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>'
        for label, value in text.lines
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(text.subject)}</title></head><body>\n"
        f"<p>{escape(text.opening)}</p>\n<table>\n{rows}\n</table>\n"
        f"<p>{escape(text.closing)}</p>\n</body></html>\n"
    )
