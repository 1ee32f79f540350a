"""Tickets that starts name: checked when they are needed, and remembered for a short while.

Whatever keeps a ticket from being checked makes it not count (law 2). Only what the desk has said
of a ticket that counts is remembered, never a failure, and never for longer than `keep`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import structlog
from msgspec.structs import replace

from gateway.model import Account, Deny, User
from gateway.policy.tickets.lookup import (
    UNCHECKED,
    Answer,
    Lookup,
    Shape,
    TicketFound,
    Unchecked,
)
from gateway.policy.tickets.texts import Facts

_MOST: Final = 1024
"""Answers that are remembered."""

_log = structlog.get_logger("tickets")


class _Kept(NamedTuple):
    found: TicketFound
    until: float


class Lookups:
    """Looks tickets up, each once at a time.

    Args:
        lookup: where, and what is asked of the answer.
        get: asks the desk; raises `Unchecked` when it does not say.
        keep: seconds for which an answer holds.
        now: the wall clock in milliseconds.
        clock: seconds that never go back, such as `time.monotonic`.
    """

    def __init__(
        self,
        lookup: Lookup,
        get: Callable[[str], Awaitable[Answer]],
        keep: float,
        *,
        now: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._lookup = lookup
        self._get = get
        self._keep = keep
        self._now = now
        self._clock = clock
        self._kept: OrderedDict[Facts, _Kept] = OrderedDict()
        self._asking: dict[Facts, asyncio.Task[TicketFound | Deny]] = {}

    async def find(self, facts: Facts) -> TicketFound | Deny:
        """Say what a ticket is, as the desk says now or has said a short while ago."""
        kept = self._kept.get(facts)
        if kept is not None and self._clock() < kept.until:
            self._kept.move_to_end(facts)
            return kept.found
        asking = self._asking.get(facts)
        if asking is None:
            asking = self._asking[facts] = asyncio.create_task(self._ask(facts))
            asking.add_done_callback(lambda asked: self._is_latest(facts, asked, over=True))
        return await asyncio.shield(asking)  # others may wait for it too

    def forget(self, ticket: str) -> None:
        """Look a ticket up anew the next time, whoever it is about."""
        for facts in [each for each in self._kept if each.ticket == ticket]:
            del self._kept[facts]
        for facts in [each for each in self._asking if each.ticket == ticket]:
            del self._asking[facts]  # it may have been answered before the change

    def _is_latest(self, facts: Facts, asked: object, *, over: bool = False) -> bool:
        """Whether this look-up counts for those who ask now; none does that is `over`."""
        is_latest = self._asking.get(facts) is asked
        if is_latest and over:
            del self._asking[facts]
        return is_latest

    async def _ask(self, facts: Facts) -> TicketFound | Deny:
        until, until_ms = self._clock() + self._keep, self._now() + int(self._keep * 1000)
        try:
            url = self._lookup.url(facts)
            if isinstance(url, Deny):
                return url
            judged = self._lookup.judge(await self._get(url), facts)
        except Unchecked as fault:
            _log.warning("ticket.unchecked", why=str(fault))
            return UNCHECKED
        if isinstance(judged, Deny):
            return judged
        found = replace(judged, until_ms=until_ms)
        if self._is_latest(facts, asyncio.current_task()):
            self._remember(facts, _Kept(found, until))
        return found

    def _remember(self, facts: Facts, kept: _Kept) -> None:
        self._kept[facts] = kept
        self._kept.move_to_end(facts)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)


class Tickets:
    """Says whether a ticket counts.

    Args:
        shape: what tickets look like; None when that does not matter.
        lookups: looks them up; None when any counts that looks like one.
    """

    def __init__(self, shape: Shape | None = None, lookups: Lookups | None = None) -> None:
        self._shape = shape
        self._lookups = lookups

    @property
    def are_shown(self) -> bool:
        """Whether there is a desk that can say something of them."""
        return self._lookups is not None

    def forget(self, ticket: str) -> None:
        """Look a ticket up anew the next time: the desk says that it has changed."""
        if self._lookups is not None:
            self._lookups.forget(ticket)

    async def check(
        self, site: str, ticket: str, user: User, account: Account
    ) -> TicketFound | Deny:
        """Say what a ticket is for acting on behalf of a user of this account, or refuse it.

        What it says holds until `until_ms`; asked again after that, it looks the ticket up anew.
        """
        refusal = self._shape.refusal(ticket) if self._shape else None
        if refusal is not None:
            return refusal
        if self._lookups is None:
            return TicketFound(id=ticket)
        return await self._lookups.find(Facts(ticket=ticket, site=site, user=user, account=account))
