"""What a way to people promises, and how it says that it could not."""

from __future__ import annotations

from typing import Protocol

from gateway.notices.item import Item


class Away(Exception):
    """The server is away, or takes nothing of ours now: nothing else would pass either."""


class Later(Exception):
    """This one is not taken now; others may be."""


class Never(Exception):
    """This one is not taken, whenever it is sent."""


class Way(Protocol):
    """A mail server or a webhook."""

    async def send(self, item: Item) -> None:
        """Return when the other side has confirmed that it has it.

        Raises:
            Away, Later, Never: it has not, as far as one knows.
        """

    async def rest(self) -> None:
        """Let go of what is open: nothing is due. `send` may be called again."""
