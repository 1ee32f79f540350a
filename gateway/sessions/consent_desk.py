"""What users do with their consent, and operators who ask for it: on record, and at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from gateway.console.consent_services import (
    Allowed,
    Asked,
    AskedUser,
    AskOrder,
    Recognised,
)
from gateway.console.values import Client, StartOrder
from gateway.console.wording import timestamp
from gateway.errors import Refused
from gateway.model import Mode, Operator, User
from gateway.people.consent_requests import ConsentRequests
from gateway.people.consents import HOUR_MS, MOST_HOURS, ConsentBook
from gateway.policy.reasons import Reasons
from gateway.sessions.events import Events
from gateway.sessions.review import Review
from gateway.sessions.standings import Standings
from gateway.sessions.starting import Starting
from gateway.site import Site

Tell = Callable[[Site, User, Operator, str, str], Awaitable[bool]]
"""Tells a user who asks them and why, with the address of their page; whether it is on its way."""


_NOT_ASKED = "The user was not asked"


class ConsentDesk:
    """Implements `console.consent_services.Consents` and `Asks`.

    Args:
        sites: by name.
        pages: the addresses of the pages for users, by the site's name.
        starting: says whether a consent would help an operator.
        reasons: what counts as one.
        tell: tells users that they are asked.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        pages: Mapping[str, str],
        book: ConsentBook,
        requests: ConsentRequests,
        standings: Standings,
        starting: Starting,
        review: Review,
        events: Events,
        reasons: Reasons,
        tell: Tell,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._pages = pages
        self._book = book
        self._requests = requests
        self._standings = standings
        self._starting = starting
        self._review = review
        self._events = events
        self._reasons = reasons
        self._tell = tell
        self._now = now

    async def of(self, caller: Recognised) -> Allowed:
        """Say how it stands."""
        site, user, now = self._sites[caller.site], caller.user, self._now()
        last = await self._book.history(site.name, user.id, 1)
        since = last[0].at if last else 0
        lineage = await self._standings.lineage(site, user.account)
        asked = await self._requests.to(site.name, user.id, now)
        return Allowed(
            asks_first=bool(lineage) and lineage[0].preferences.ask_first,
            until=await self._book.until(site.name, user.id, now),
            asked=tuple(
                Asked(name=each.name, why=each.why, at=each.at) for each in asked if each.at > since
            ),
        )

    async def allow(self, caller: Recognised, hours: int, client: Client) -> None:
        """Allow acting from now on."""
        if not 1 <= hours <= MOST_HOURS:
            raise Refused(
                "bad_hours",
                f"It can be allowed for 1 to {MOST_HOURS} whole hours.",
                "Choose one of the times, or enter a whole number.",
                status=422,
                title="Nothing was allowed",
            )
        user, now = caller.user, self._now()
        until = now + hours * HOUR_MS
        said = f"They allow acting on their behalf until {timestamp(until)}, for {_hours(hours)}."
        await self._on_record(caller.site, user, client, "allowed", said)
        await self._book.allow(caller.site, user.id, until, at_ms=now)

    async def withdraw(self, caller: Recognised, client: Client) -> None:
        """Allow nothing any more.

        Who asks again after the store was away gets what the first time did not come to.
        """
        user, now = caller.user, self._now()
        if await self._book.until(caller.site, user.id, now):
            said = "They no longer allow acting on their behalf."
            await self._on_record(caller.site, user, client, "withdrawn", said)
            await self._book.withdraw(caller.site, user.id, at_ms=now)
        await self._review.of_subject(caller.site, user.id)

    async def ask(self, operator: Operator, order: AskOrder, client: Client) -> AskedUser:
        """Put it on record that an operator asks a user, and tell the user."""
        wanted = StartOrder(
            site=order.site, subject=order.subject, mode=Mode.READ_ONLY, reason=order.why
        )
        outlook = await self._starting.outlook(operator, wanted, client)
        if (unreasoned := self._reasons.refusal(order.why)) is not None:
            raise Refused(
                unreasoned.code,
                unreasoned.detail,
                unreasoned.advice,
                status=unreasoned.status,
                title=_NOT_ASKED,
            )
        page = self._pages.get(order.site)
        if page is None:
            raise _no_page()
        refusal = outlook.refusal
        if refusal is None or not any("consent" in each for each in refusal.helps):
            raise _no_help(refusal is None)
        site, now = self._sites[order.site], self._now()
        user = site.directory.user(order.subject)
        if user is None:
            raise AssertionError("whom a session could be for is in the directory")
        await self._requests.check(site.name, user.id, operator, now)
        said = "They are asked to allow acting on their behalf."
        await self._on_record(site.name, user, client, "asked", said, by=operator, why=order.why)
        await self._requests.add(site.name, user.id, operator, order.why, now)
        return AskedUser(page=page, told=await self._tell(site, user, operator, order.why, page))

    async def _on_record(
        self,
        site: str,
        user: User,
        client: Client,
        reason: str,
        detail: str,
        *,
        by: Operator | None = None,
        why: str = "",
    ) -> None:
        account = self._sites[site].directory.account(user.account)
        await self._events.of_consent(
            site,
            user,
            account.name if account else "",
            client,
            reason=reason,
            detail=detail,
            operator=by,
            why=why,
        )


def _hours(hours: int) -> str:
    return "1 hour" if hours == 1 else f"{hours} hours"


def _no_page() -> Refused:
    return Refused(
        "consent_not_asked_for",
        "Users of this site have no page on which they could allow it.",
        "The platform team sets `recognise` for the site.",
        status=404,
        title=_NOT_ASKED,
    )


def _no_help(allowed: bool) -> Refused:
    if allowed:
        detail, advice = "You may act for this user as it is.", "Start the session."
    else:
        detail = "Their consent would not change what you may do."
        advice = "Try to start a session: the refusal says what would help."
    return Refused("consent_no_help", detail, advice, status=409, title=_NOT_ASKED)
