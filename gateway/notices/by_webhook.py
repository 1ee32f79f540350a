"""Notices, posted to a webhook that is signed as Standard Webhooks say."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gateway.audit.forward.destination import Destination, Head, NotNow, Outgoing, Refused
from gateway.audit.record import timestamp
from gateway.notices.item import Item
from gateway.notices.notice import Notice
from gateway.notices.way import Away, Never

_TIMES: Final = ("since", "until")
_WHEN: Final = ("kind", "at")
_encode = msgspec.json.Encoder(order="deterministic").encode


def body_of(notice: Notice) -> bytes:
    """What is posted: `{type, timestamp, data}`; `data` has what the notice tells, no more.

    The same notice gives the same bytes, so that what is posted twice has one `webhook-id`.
    """
    said: dict[str, Any] = {
        name: timestamp(value) if name in _TIMES else value
        for name, value in msgspec.structs.asdict(notice).items()
        if value and name not in _WHEN
    }
    return _encode({"type": notice.kind, "timestamp": timestamp(notice.at), "data": said})


class WebhookWay:
    """One receiver."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    async def send(self, item: Item) -> None:
        """As `Way.send`."""
        notice = item.notice
        posted = Outgoing(notice.id, body_of(notice), Head(notice.kind))
        try:
            await self._destination.send([posted])
        except NotNow as why:
            raise Away(str(why)) from why
        except Refused as why:
            raise Never(str(why)) from why

    async def rest(self) -> None:
        """As `Way.rest`: the connection is the destination's to keep."""
