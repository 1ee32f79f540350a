"""Mails are handed to a real server: over TLS or not at all, and its answers are understood."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from msgspec.structs import replace

from gateway.notices.by_mail import MailWay, Security
from gateway.notices.item import items_of
from gateway.notices.way import Away, Later, Never
from tests.certificates import Authority
from tests.notices.inbox import Inbox, serving
from tests.notices.support import NOTICE
from tests.servers import unused_port

[ITEM] = items_of(NOTICE, ("mail",))


def way(port: int, security: Security = "none", ca: Path | None = None, **sign_in: str) -> MailWay:
    return MailWay(
        "localhost" if ca else "127.0.0.1",
        port,
        security,
        sign_in.get("user", ""),
        sign_in.get("password", ""),
        "gw@example.com",
        ssl.create_default_context(cafile=ca),
        5,
    )


async def sent(mails: MailWay) -> None:
    try:
        await mails.send(ITEM)
    finally:
        await mails.rest()


def signing_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"gw", b"secret")
    return AuthResult(success=right, handled=False)


async def test_a_mail_arrives_and_a_connection_is_used_again() -> None:
    inbox, port = Inbox(), unused_port()
    with serving(inbox, port):
        mails = way(port)
        await mails.send(ITEM)
        await sent(mails)
        await sent(mails)
    assert [to for to, _ in inbox.mails] == list(NOTICE.to) * 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 No such user", Never),
        ("450 Greylisted", Later),
        ("452 Mailbox full", Later),
        ("421 Going down", Away),
    ],
)
async def test_what_is_said_of_an_address_is_said_of_that_mail(
    answer: str, kind: type[Exception]
) -> None:
    inbox, port = Inbox(), unused_port()
    inbox.refuses = {NOTICE.to[0]: answer}
    with serving(inbox, port), pytest.raises(kind) as raised:
        await sent(way(port))
    assert str(raised.value) == answer


@pytest.mark.parametrize(("answer", "kind"), [("554 Spam", Never), ("451 Try later", Later)])
async def test_so_is_what_is_said_of_the_mail(answer: str, kind: type[Exception]) -> None:
    inbox, port = Inbox(), unused_port()
    inbox.says = answer
    with serving(inbox, port), pytest.raises(kind):
        await sent(way(port))


@pytest.mark.parametrize("to", ["", "x", "a@x.example, b@x.example", "a@x.example\r\nBcc: b@x"])
async def test_what_a_directory_says_that_is_no_address_gets_nothing(to: str) -> None:
    inbox, port = Inbox(), unused_port()
    [item] = items_of(replace(NOTICE, to=(to,)), ("mail",))
    with serving(inbox, port), pytest.raises(Never, match="no e-mail address"):
        await way(port).send(item)
    assert inbox.mails == []


async def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(Away):
        await sent(way(unused_port()))


async def test_over_starttls_with_the_right_certificate_and_password(tmp_path: Path) -> None:
    inbox, port, ours = Inbox(), unused_port(), Authority(tmp_path, "ours")
    asked = {
        "tls_context": ours.server("localhost"),
        "require_starttls": True,
        "authenticator": signing_in,
        "auth_required": True,
    }
    right = {"user": "gw", "password": "secret"}
    with serving(inbox, port, **asked):
        await sent(way(port, "starttls", ours.file, **right))
        with pytest.raises(Away, match="535"):
            await sent(way(port, "starttls", ours.file, user="gw", password="wrong"))
        other = Authority(tmp_path, "other")
        with pytest.raises(Away):
            await sent(way(port, "starttls", other.file, **right))
    assert len(inbox.mails) == 1


async def test_a_server_without_starttls_gets_nothing() -> None:
    inbox, port = Inbox(), unused_port()
    with serving(inbox, port), pytest.raises(Away):
        await sent(way(port, "starttls"))
    assert inbox.mails == []


async def test_over_tls_from_the_start_and_for_this_name_only(tmp_path: Path) -> None:
    inbox, ours = Inbox(), Authority(tmp_path, "ours")
    for name, count in (("localhost", 1), ("elsewhere", 1)):
        port = unused_port()
        with serving(inbox, port, ssl_context=ours.server(name), server_hostname=name):
            if name == "localhost":
                await sent(way(port, "tls", ours.file))
            else:
                with pytest.raises(Away):
                    await sent(way(port, "tls", ours.file))
        assert len(inbox.mails) == count
