"""One delivery of a notice: by one way, and by mail to one address."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

from gateway.model import Frozen
from gateway.notices.notice import Notice

WayName = Literal["mail", "webhook"]


class Item(Frozen, frozen=True, kw_only=True):
    """What is delivered. `to`: an e-mail address; empty by webhook."""

    way: WayName
    to: str = ""
    notice: Notice

    @property
    def key(self) -> str:
        """The same for the same notice, way and address, whoever makes it."""
        said = "\n".join((self.way, self.to, self.notice.id))
        return sha256(said.encode()).hexdigest()[:32]


def items_of(notice: Notice, ways: tuple[WayName, ...]) -> tuple[Item, ...]:
    """The deliveries of a notice. A webhook gets it once, with all addresses."""
    items: list[Item] = []
    if "mail" in ways:
        items += [Item(way="mail", to=to, notice=notice) for to in dict.fromkeys(notice.to)]
    if "webhook" in ways:
        items.append(Item(way="webhook", notice=notice))
    return tuple(items)
