"""What operators and customers' own admins do with accounts: see and change what they allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gateway.audit.record import Kind
from gateway.console.values import AccountSays, Client, PreferenceChange, PreferenceOrder
from gateway.errors import Refused
from gateway.model import MOST_TOLD, Deny, Operator, Preferences, Recipient
from gateway.notices.address import is_address
from gateway.notices.notice import Notices
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.facts import Standing
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.events import Events
from gateway.sessions.refusing import refused
from gateway.sessions.review import Review
from gateway.sessions.standings import Standings
from gateway.site import Site
from gateway.store.ledger import changed_meanwhile

_TITLE = "This was not done"


class AccountDesk:
    """Implements `console.people_services.Accounts`."""

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        standings: Standings,
        reach: Reach,
        profiles: Profiles,
        desk: Desk,
        book: PreferenceBook,
        review: Review,
        events: Events,
        notices: Notices,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._standings = standings
        self._reach = reach
        self._profiles = profiles
        self._desk = desk
        self._book = book
        self._review = review
        self._events = events
        self._notices = notices
        self._now = now

    async def preferences(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> AccountSays:
        """Give what an account said, and what is in force there."""
        lineage, _ = await self._allowed(operator, site, account, client, _SEES)
        said = await self._book.of(site, account)
        return AccountSays(
            said=said.preferences, in_force=lineage[0].preferences, version=said.version
        )

    async def history(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> Sequence[PreferenceChange]:
        """Give the last changes of what an account allows, the newest first."""
        await self._allowed(operator, site, account, client, _SEES)
        return await self._book.history(site, account)

    async def prefer(self, operator: Operator, order: PreferenceOrder, client: Client) -> None:
        """Change what an account allows; sessions that it no longer does have ended then."""
        site = self._site(order.site)
        _, rule = await self._allowed(operator, order.site, order.account, client, _CHANGES)
        prefers = order.preferences
        unknown = sorted(set(prefers.support_may_see if prefers else ()) - site.categories.keys())
        if unknown:
            raise Refused(
                "unknown_category",
                f"This site has no category {', '.join(unknown)}.",
                f"It has {', '.join(site.categories) or 'none'}.",
                status=422,
                title=_TITLE,
            )
        self._check_told(prefers)
        before = await self._book.of(order.site, order.account)
        if order.version not in (None, before.version):
            raise changed_meanwhile(order.account)
        await self._events.of_desk(
            Kind.PREFERENCES_CHANGED,
            operator,
            client,
            site=order.site,
            about=order.account,
            rule=rule,
            why=order.why,
            detail=_difference(before.preferences, prefers),
        )
        await self._book.change(
            order.site,
            order.account,
            prefers,
            by=operator,
            why=order.why,
            at_ms=self._now(),
            expected=order.version,
        )
        await self._review.of_account(site, order.account)

    def _check_told(self, prefers: Preferences | None) -> None:
        told = prefers.notify if prefers else ()
        if told and not self._notices.configured:
            raise Refused(
                "no_notifications",
                "This gateway can tell nobody of sessions.",
                "Leave notify out, or ask the people who run the gateway to set it up.",
                status=422,
                title=_TITLE,
            )
        if len(told) > MOST_TOLD:
            raise Refused(
                "too_many_told",
                f"These are {len(told)} addresses, and at most {MOST_TOLD} are told.",
                "Use the address of a group.",
                status=422,
                title=_TITLE,
            )
        for each in told:
            if not is_address(each.to):
                raise Refused(
                    "bad_address",
                    f"{each.to[:254]!r} is no e-mail address that can be told.",
                    "Write it as name@example.com, without a name before it.",
                    status=422,
                    title=_TITLE,
                )

    def _site(self, name: str) -> Site:
        site = self._sites.get(name)
        if site is None:
            raise Refused(
                "unknown_site",
                "There is no such site.",
                "Choose one of the list.",
                status=404,
                title=_TITLE,
            )
        return site

    async def _allowed(
        self, operator: Operator, site_name: str, account_id: str, client: Client, how: str
    ) -> tuple[Sequence[Standing], str]:
        """Give the account as it stands and the policies that permit this."""
        site = self._site(site_name)
        lineage = await self._standings.lineage(site, account_id)
        if not lineage or not await self._reach.reaches(operator, site, account_id):
            raise Refused(
                "unknown_account",
                f"The directory of {site.label} has no such account.",
                "Choose one that a user of the site belongs to.",
                status=404,
                title=_TITLE,
            )
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        actions = ("manage_preferences", "view_audit") if how == _SEES else ("manage_preferences",)
        answers = [self._desk.on_account(each, asker, site.name, lineage) for each in actions]
        for answer in answers:
            if not isinstance(answer, Deny):
                return lineage, ",".join(answer)
        no = next(answer for answer in answers if isinstance(answer, Deny))
        raise refused(no)


_SEES, _CHANGES = "sees", "changes"


def _difference(before: Preferences | None, after: Preferences | None) -> str:
    """Say what is different, in words that stand on record."""
    if after is None:
        return "It says nothing of its own any more."
    said = before or Preferences()
    changes = [
        f"{name}: {_shown(getattr(said, name))} -> {_shown(getattr(after, name))}"
        for name in Preferences.__struct_fields__
        if before is None or getattr(said, name) != getattr(after, name)
    ]
    return "; ".join(changes)


def _shown(value: object) -> str:
    if isinstance(value, Recipient):
        return f"{value.to} ({' '.join(value.about) or 'all'})"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, str):
        return value
    return {True: "yes", False: "no"}.get(bool(value), str(value))
