"""A notice as tests put it."""

from __future__ import annotations

from gateway.notices.notice import Notice, NoticeKind

AT = 1_795_319_163_000
NOTICE = Notice(
    id="session_started:7f3k",
    kind=NoticeKind.SESSION_STARTED,
    at=AT,
    to=("nina@nordlicht.example",),
    site="CRM",
    account="Nordlicht GmbH",
    who="Sam Rivera",
    profile="Support",
    whom="Jonas Weber",
    mode="read_only",
    reason="Looks into the import",
    ticket="CS-7",
    since=AT,
    until=AT + 1_800_000,
    link="https://acting.example.com/_gateway/",
)
