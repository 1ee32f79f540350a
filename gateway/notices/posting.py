"""Puts notices into the outbox, for those whom they are for."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from gateway.notices.item import WayName, items_of
from gateway.notices.notice import FOR_APPROVERS, Notice
from gateway.notices.outbox import Outbox


class NoticeDesk:
    """Implements `Notices`.

    Args:
        ways: by which people are told; none where nothing is configured.
        approvers: addresses that are told of what is in `FOR_APPROVERS`.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        outbox: Outbox,
        ways: tuple[WayName, ...],
        approvers: tuple[str, ...],
        now: Callable[[], int],
    ) -> None:
        self._outbox = outbox
        self._ways = ways
        self._approvers = approvers
        self._now = now

    @property
    def configured(self) -> bool:
        """As `Notices.configured`."""
        return bool(self._ways)

    @property
    def approvers(self) -> int:
        """As `Notices.approvers`."""
        return len(self._approvers) if self._ways else 0

    async def put(self, notice: Notice) -> None:
        """As `Notices.put`."""
        public = notice.kind in FOR_APPROVERS
        more = self._approvers if public else ()
        notice = replace(notice, to=tuple(dict.fromkeys((*notice.to, *more))))
        if notice.to or public:
            await self._outbox.put(items_of(notice, self._ways), self._now())
