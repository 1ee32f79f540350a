"""Who is told what, by which ways."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.notices.item import WayName
from gateway.notices.notice import NoticeKind
from gateway.notices.outbox import Outbox
from gateway.notices.posting import NoticeDesk
from gateway.store.client import Store
from tests.notices.support import AT, NOTICE

APPROVERS = ("boss@example.com", "nina@nordlicht.example")


async def told(store: Store, *ways: WayName, **more: object) -> dict[str, list[str]]:
    outbox = Outbox(store)
    await NoticeDesk(outbox, ways, APPROVERS, lambda: AT).put(replace(NOTICE, **more))
    due = [*await outbox.due("mail", AT, 99), *await outbox.due("webhook", AT, 99)]
    return {each.item.to or "webhook": list(each.item.notice.to) for each in due}


async def test_only_those_are_told_whom_the_notice_names(store: Store) -> None:
    names = ["nina@nordlicht.example"]
    assert await told(store, "mail", "webhook") == {names[0]: names, "webhook": names}


async def test_approvers_are_told_too_of_what_is_for_them_and_each_once(store: Store) -> None:
    found = await told(store, "mail", "webhook", kind=NoticeKind.SESSION_BROKE_GLASS)
    assert set(found) == {"nina@nordlicht.example", "boss@example.com", "webhook"}


async def test_a_request_for_approval_is_posted_though_it_names_nobody(store: Store) -> None:
    kind = NoticeKind.APPROVAL_REQUESTED
    assert set(await told(store, "webhook", kind=kind, to=())) == {"webhook"}


async def test_what_is_for_nobody_is_not_kept(store: Store) -> None:
    assert await told(store, "mail", "webhook", to=()) == {}


async def test_without_a_way_nothing_is_kept(store: Store) -> None:
    assert await told(store) == {}
    assert not NoticeDesk(Outbox(store), (), (), lambda: AT).configured
