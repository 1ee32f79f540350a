"""Exports that operators ask for: what each may hold, on record before it is begun and sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from gateway.audit.reading.choice import Choice, moment
from gateway.audit.reading.session_pages import SessionPages
from gateway.audit.record import Kind
from gateway.console.export_values import ExportOrder, ExportSays
from gateway.console.history_services import Download
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Operator
from gateway.sessions import tokens
from gateway.sessions.audit_sight import Asking, AuditSight, is_outsider
from gateway.sessions.events import Events
from gateway.sessions.export_book import ExportBook
from gateway.sessions.export_rules import Kept, Scope, admitted, now_is, says
from gateway.sessions.past import site_missing
from gateway.site import Site

MOST_ACCOUNTS: Final = 20_000
"""Accounts of a site that are asked about where a whole site is exported."""
_NOT_BEGUN: Final = "This export was not begun"
_NOT_SENT: Final = "This export was not sent"


class Writers(Protocol):
    """Who writes exports into files of this machine."""

    def write(self, kept: Kept) -> None:
        """Begin to write one that was let in."""
        ...

    async def download(self, kept: Kept) -> Download | None:
        """Open the file of one; None where another machine has it."""
        ...

    async def drop(self, export: str) -> None:
        """Remove what there is of one on this machine."""
        ...


class ExportDesk:
    """Implements `console.history_services.Exports`. Methods raise `StoreAway` and `Refused`."""

    def __init__(
        self,
        *,
        sight: AuditSight,
        pages: SessionPages,
        book: ExportBook,
        writers: Writers,
        events: Events,
        now: Callable[[], int],
    ) -> None:
        self._sight = sight
        self._pages = pages
        self._book = book
        self._writers = writers
        self._events = events
        self._now = now

    async def request(self, operator: Operator, order: ExportOrder, client: Client) -> ExportSays:
        """Begin to write one."""
        choice = self._choice(order)
        scope, rules = await self._scope(self._sight.of(operator, client), order)
        now = self._now()
        kept = Kept(
            id=tokens.new_id(),
            operator=operator.id,
            order=order,
            choice=choice,
            scope=scope,
            asked_at=now,
            beat=now,
        )
        admitted(await self._book.all(), kept, now)
        await self._on_record(Kind.AUDIT_EXPORT_REQUESTED, operator, client, kept, rules)
        await self._book.decide(lambda there: (kept, admitted(there, kept, self._now())))
        self._writers.write(kept)
        return says(kept, now)

    async def listed(self, operator: Operator) -> Sequence[ExportSays]:
        """Give their exports, the newest first."""
        own = [each for each in await self._book.all() if each.operator == operator.id]
        now = self._now()
        return [says(each, now) for each in sorted(own, key=lambda each: -each.asked_at)]

    async def show(self, operator: Operator, export: str) -> ExportSays:
        """Give one."""
        return says(await self._own(operator, export), self._now())

    async def cancel(self, operator: Operator, export: str) -> None:
        """Write no more of it, and remove what there is."""
        await self._own(operator, export)
        await self._book.remove(export)  # whoever writes it sees that within a second
        await self._writers.drop(export)

    async def download(self, operator: Operator, export: str, client: Client) -> Download:
        """Give its file."""
        kept = now_is(await self._own(operator, export), self._now())
        if kept.state != "ready":
            raise Refused(
                "export_not_ready",
                f"This export is {kept.state}, so there is no file of it.",
                "Wait until it is ready, or ask for it again.",
                status=409,
                title=_NOT_SENT,
            )
        rules = await self._still(operator, kept, client)
        found = await self._writers.download(kept)
        if found is None:
            raise Refused(
                "export_elsewhere",
                "The file of this export is on another machine that runs the gateway.",
                "Try again; if that lasts, ask the people who run the gateway to let your requests "
                "reach the same machine.",
                status=409,
                title=_NOT_SENT,
            )
        await self._on_record(Kind.AUDIT_EXPORTED, operator, client, kept, rules)
        return found

    async def _own(self, operator: Operator, export: str) -> Kept:
        kept = await self._book.get(export)
        if kept is None or kept.operator != operator.id:
            raise Refused(
                "export_unknown",
                "There is no export of yours of this id.",
                "Look at the list of your exports.",
                status=404,
                title="Not found",
            )
        return kept

    def _choice(self, order: ExportOrder) -> Choice:
        if order.subject and not order.site:
            raise site_missing(_NOT_BEGUN)
        now = self._now()
        try:
            since = moment(order.since, now) if order.since else None
            until = moment(order.until, now, end=True) if order.until else None
        except ValueError as fault:
            raise Refused(
                "bad_time",
                f"A time cannot be read: {fault}.",
                "Say it as 2026-11-22T05:00:00Z, 2026-11-22, 2h or 7d (ago).",
                status=422,
                title=_NOT_BEGUN,
            ) from None
        return Choice(
            since=since,
            until=until,
            session=order.session,
            actor=order.actor,
            subject=order.subject,
            account=order.account,
            site=order.site,
        )

    async def _scope(self, asking: Asking, order: ExportOrder) -> tuple[Scope, tuple[str, ...]]:
        """Give what somebody may see of what they ask for, and the policies that say so.

        Raises:
            Refused: `export_not_allowed`, it may be less than they ask for.
        """
        sites = [each for each in self._sight.sites.values() if order.site in ("", each.name)]
        bare = is_outsider(asking.operator)
        whose: list[tuple[str, str]] = []
        if order.session:
            start = await self._pages.begun(order.session) or {}
            whose = [(start.get("site", ""), start.get("subject", {}).get("account", ""))]
        elif order.subject:
            users = [each.directory.user(order.subject) for each in sites]
            whose = [(order.site, user.account) for user in users if user is not None]
        elif order.account:
            whose = [(each.name, order.account) for each in sites]
        else:
            rules = await self._whole(asking, sites)
            return Scope(all=True, sites=tuple(each.name for each in sites), bare=bare), rules
        found = {each: await asking.rules(*each) for each in whose}
        seen = tuple(each for each, rules in found.items() if rules)
        if not seen:
            raise _not_allowed(_NOT_BEGUN)
        rules = tuple(dict.fromkeys(rule for each in seen for rule in found[each]))
        return Scope(accounts=seen, bare=bare), rules

    async def _whole(self, asking: Asking, sites: Sequence[Site]) -> tuple[str, ...]:
        rules: dict[str, None] = {}
        for site in sites:
            if not await asking.all_of(site, MOST_ACCOUNTS):
                raise _not_allowed(_NOT_BEGUN)
            first = next(iter(site.directory.accounts()))
            rules |= dict.fromkeys(await asking.rules(site.name, first.id))
        if not rules:
            raise _not_allowed(_NOT_BEGUN)
        return tuple(rules)

    async def _still(self, operator: Operator, kept: Kept, client: Client) -> tuple[str, ...]:
        """Give the policies that let somebody see all of an export now.

        Raises:
            Refused: `export_not_allowed`, they let them see less than they did.
        """
        asking, scope, rules = self._sight.of(operator, client), kept.scope, dict[str, None]()
        if is_outsider(operator) and not scope.bare:
            raise _not_allowed(_NOT_SENT)
        if scope.all:
            sites = [self._sight.sites[each] for each in scope.sites if each in self._sight.sites]
            if len(sites) < len(scope.sites):
                raise _not_allowed(_NOT_SENT)
            return await self._whole(asking, sites)
        for each in scope.accounts:
            found = await asking.rules(*each)
            if not found:
                raise _not_allowed(_NOT_SENT)
            rules |= dict.fromkeys(found)
        return tuple(rules)

    async def _on_record(
        self, kind: Kind, operator: Operator, client: Client, kept: Kept, rules: Sequence[str]
    ) -> None:
        order = kept.order
        asked = {name: getattr(order, name) for name in ExportOrder.__struct_fields__}
        said = ", ".join(f"{name} {value}" for name, value in asked.items() if value)
        if kind is Kind.AUDIT_EXPORTED:
            said += f"; {kept.taken} records, {kept.bytes} bytes"
        await self._events.of_desk(
            kind,
            operator,
            client,
            site=order.site,
            about=kept.id,
            rule=",".join(rules),
            why="",
            detail=said,
        )


def _not_allowed(title: str) -> Refused:
    return Refused(
        "export_not_allowed",
        "Policies do not let you see all that this export would hold.",
        "Export what was done for an account whose audit you may see.",
        title=title,
    )
