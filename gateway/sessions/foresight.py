"""What an operator may know before a start, beside the decision: who is told, what would help."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec.structs import replace

from gateway.console.approval_values import Approval
from gateway.console.outlook_values import ApprovalSeen, TicketSeen, Told, WaysOut
from gateway.console.values import Client, Outlook, StartOrder
from gateway.errors import Refused
from gateway.model import Deny, Operator, User
from gateway.notices.notice import Notices
from gateway.people.consent_requests import PAUSE_MS, ConsentRequests
from gateway.people.tickets import Tickets
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.approval_book import ApprovalBook
from gateway.sessions.finding import Finder
from gateway.sessions.glass import Glass
from gateway.sessions.length import RULE
from gateway.sessions.standings import Standings
from gateway.sessions.telling import Telling
from gateway.site import Site


class Foresight:
    """Completes outlooks. Methods raise `StoreAway`.

    Args:
        finder: finds sites and users.
        tickets: looked them up a moment ago.
        telling: knows who is told.
        notices: knows how many approvers are.
        standings: how accounts stand.
        desk: who may see what an account prefers.
        approvals: the requests that there are.
        requests: which users were asked.
        glass: who may break it once more.
        pages: the sites whose users have a page on which they can allow acting.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        finder: Finder,
        profiles: Profiles,
        tickets: Tickets,
        telling: Telling,
        notices: Notices,
        standings: Standings,
        desk: Desk,
        approvals: ApprovalBook,
        requests: ConsentRequests,
        glass: Glass,
        pages: Collection[str],
        now: Callable[[], int],
    ) -> None:
        self._finder = finder
        self._profiles = profiles
        self._tickets = tickets
        self._telling = telling
        self._notices = notices
        self._standings = standings
        self._desk = desk
        self._approvals = approvals
        self._requests = requests
        self._glass = glass
        self._pages = pages
        self._now = now

    async def complete(
        self, operator: Operator, order: StartOrder, client: Client, outlook: Outlook
    ) -> Outlook:
        """Give an outlook with all that is known beside.

        To an operator whom nothing would help nobody and nothing is named.
        """
        site, user = await self._finder.find(operator, order)
        no = outlook.refusal
        if no is not None and not no.helps and no.rule != RULE:
            return outlook
        told, untold = await self._told(operator, site, user, order, client)
        unbroken = await self._unbroken(operator) if order.break_glass else None
        refusal = no or unbroken or untold
        return replace(
            outlook,
            refusal=refusal,
            told=told,
            ways=await self._ways(operator, site, user, refusal),
            ticket=await self._ticket(site, user, order.ticket.strip()),
            approval=await self._approval(operator, order),
        )

    async def _told(
        self, operator: Operator, site: Site, user: User, order: StartOrder, client: Client
    ) -> tuple[tuple[Told, ...], Deny | None]:
        """Say who is told, or why the account cannot be."""
        broke = order.break_glass
        try:
            to = await self._telling.whom(operator, site, user.account, broke=broke)
        except Refused as refused:
            return (), _deny(refused)
        account = site.directory.account(user.account)
        told: list[Told] = []
        if to and account is not None:
            seen = to if await self._sees(operator, site, account.id, client) else ()
            told.append(Told(whom="account", account=account.name, people=len(to), addresses=seen))
        if broke and self._notices.approvers:
            told.append(Told(whom="approvers", account="", people=self._notices.approvers))
        return tuple(told), None

    async def _sees(self, operator: Operator, site: Site, account: str, client: Client) -> bool:
        lineage = await self._standings.lineage(site, account)
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        return any(
            not isinstance(self._desk.on_account(each, asker, site.name, lineage), Deny)
            for each in ("manage_preferences", "view_audit")
        )

    async def _unbroken(self, operator: Operator) -> Deny | None:
        try:
            await self._glass.check(operator)
        except Refused as refused:
            return _deny(refused)
        return None

    async def _ways(
        self, operator: Operator, site: Site, user: User, refusal: Deny | None
    ) -> WaysOut:
        ways = {each for together in refusal.helps for each in together} if refusal else set()
        consent = "consent" in ways and site.name in self._pages
        return WaysOut(
            read_only="read_only" in ways,
            ticket="ticket" in ways,
            approval="approval" in ways,
            consent=consent,
            asked_at=await self._asked_at(operator, site, user) if consent else 0,
            fresh_sign_in="fresh_sign_in" in ways,
            end_other_session="end_other_session" in ways,
            break_glass="break_glass" in ways and await self._unbroken(operator) is None,
        )

    async def _asked_at(self, operator: Operator, site: Site, user: User) -> int:
        now = self._now()
        asked = await self._requests.to(site.name, user.id, now)
        recent = (each.at for each in asked if each.operator == operator.id)
        return max((at for at in recent if now - at < PAUSE_MS), default=0)

    async def _ticket(self, site: Site, user: User, ticket: str) -> TicketSeen | None:
        account = site.directory.account(user.account)
        if not ticket or account is None or not self._tickets.are_shown:
            return None
        found = await self._tickets.check(site.name, ticket, user, account)
        if isinstance(found, Deny):
            return None
        says = found.says
        return TicketSeen(
            number=found.id, status=says.status, asked_by=says.asked_by, asked_at=says.asked_at
        )

    async def _approval(self, operator: Operator, order: StartOrder) -> ApprovalSeen | None:
        """Give the operator's request for this start: the one that is approved before others."""
        mine = await self._approvals.open_of(operator.id, self._now())
        fitting = [each for each in mine if _is_for(each, order)]
        best = max(fitting, key=lambda each: (each.state == "approved", each.until), default=None)
        if best is None or best.state not in ("pending", "approved"):
            return None
        return ApprovalSeen(
            id=best.id,
            state=best.state,
            until=best.until,
            reason=best.reason,
            ticket=best.ticket,
            by=best.by.name if best.by is not None else "",
        )


def _is_for(approval: Approval, order: StartOrder) -> bool:
    """Whether it is for a start like this; an order without a ticket may get that of a request."""
    asked = (approval.site, approval.subject.id, approval.mode, approval.workflow, approval.session)
    wanted = (order.site, order.subject, order.mode, order.workflow, "")
    return asked == wanted and order.ticket.strip() in ("", approval.ticket)


def _deny(refused: Refused) -> Deny:
    return Deny(
        code=refused.code,
        rule=refused.rule,
        status=refused.status,
        title=refused.title,
        detail=refused.detail,
        advice=refused.advice,
    )
