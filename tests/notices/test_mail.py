"""Mails: the header is ours alone, and the same notice is the same mail."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.notices.item import items_of
from gateway.notices.mail import mail_of
from gateway.notices.notice import Notice, NoticeKind
from tests.notices.support import AT, NOTICE

FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]
SENDER = "gateway@example.com"


def sent(notice: Notice) -> bytes:
    [item] = items_of(notice, ("mail",))
    return mail_of(item, SENDER).as_bytes(policy=SMTP)


def read(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=default)


def parts(mail: EmailMessage) -> list[str]:
    return [str(part.get_content()) for part in mail.iter_parts()]


def test_a_mail_says_what_the_notice_says_in_both_parts_and_loads_nothing() -> None:
    mail = read(sent(NOTICE))
    assert mail["To"] == "nina@nordlicht.example"
    assert mail["From"] == "Impersonation gateway <gateway@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert str(mail["Date"]).startswith("Sun, 22 Nov 2026")
    plain, html = parts(mail)
    for said in ("Sam Rivera", "Jonas Weber", "CS-7", "Nordlicht GmbH", NOTICE.link):
        assert said in plain
        assert said in html
    assert not any(mark in html for mark in ("src=", "href=", "url(", "<script", "<img"))


def test_the_same_notice_is_the_same_mail_and_another_address_gets_another() -> None:
    assert sent(NOTICE) == sent(NOTICE)
    other = read(sent(replace(NOTICE, to=("b@x.example",))))
    assert other["Message-ID"] != read(sent(NOTICE))["Message-ID"]
    assert str(other["Message-ID"]).endswith("@example.com>")


def test_markup_in_a_value_is_text() -> None:
    plain, html = parts(read(sent(replace(NOTICE, reason="<img src=x onerror=y>"))))
    assert "<img src=x onerror=y>" in plain
    assert "<img" not in html


TEXTS = st.text(max_size=120) | st.sampled_from(
    [
        "\r\nBcc: all@x.example",
        "a\n\n<html>",
        "=?utf-8?q?=0aBcc:_x?=",
        "=??Q?=0A",
        "\x85Bcc: x",
        "\u2028X: y",
    ]
)


@given(
    st.sampled_from(list(NoticeKind)),
    st.builds(
        dict, **dict.fromkeys(("id", "who", "whom", "site", "account", "reason", "by"), TEXTS)
    ),
)
def test_nobody_puts_a_field_into_the_header(kind: NoticeKind, said: dict[str, Any]) -> None:
    notice = Notice(kind=kind, at=AT, to=("nina@nordlicht.example",), decision=said["by"], **said)
    data = sent(notice)
    head = data.partition(b"\r\n\r\n")[0]
    mail = read(data)
    assert mail.keys() == FIELDS
    assert not mail.defects
    assert head.isascii()
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert len(parts(mail)) == 2
    assert mail.get_all("To") == ["nina@nordlicht.example"]
