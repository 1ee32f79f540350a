"""The approval of a second person: asked for, given, refused, withdrawn, and used once.

An approval is for one start of exactly what was asked for, or for one raising of a live session.
Whether who gave it may give it is asked again when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from gateway.audit.record import Kind
from gateway.console.approval_values import Approval, State, Whom
from gateway.console.values import Client, StartOrder
from gateway.errors import Refused
from gateway.model import Actor, Deny, Frozen, Mode, Operator, Session, User
from gateway.people.operators import Operators
from gateway.policy.reasons import Reasons
from gateway.policy.rights.facts import same_person
from gateway.sessions import tokens
from gateway.sessions.approval_book import ApprovalBook
from gateway.sessions.approval_telling import ApprovalTelling
from gateway.sessions.events import Events, actor_of
from gateway.sessions.finding import Finder
from gateway.sessions.refusing import refused
from gateway.sessions.rights import Rights, Wanted
from gateway.sessions.sight import Sight

_MOST_WAITING = 20
_TITLE = "Nobody was asked"
_NOT_DECIDED = "This was not decided"
_NOT_USED = "This approval cannot be used"


class Times(Frozen, frozen=True, kw_only=True):
    """How long a request waits, and how long an approval can be used, in milliseconds."""

    waits_ms: int
    holds_ms: int


class Approving:
    """Implements `console.approval_services.Approvals`. Methods raise `StoreAway` and `Refused`."""

    def __init__(
        self,
        *,
        finder: Finder,
        operators: Operators,
        reasons: Reasons,
        rights: Rights,
        sight: Sight,
        book: ApprovalBook,
        events: Events,
        fresh: Callable[[Client], bool],
        times: Times,
        telling: ApprovalTelling,
        now: Callable[[], int],
    ) -> None:
        self._finder = finder
        self._operators = operators
        self._reasons = reasons
        self._rights = rights
        self._sight = sight
        self._book = book
        self._events = events
        self._fresh = fresh
        self._times = times
        self._telling = telling
        self._now = now

    async def request(self, operator: Operator, order: StartOrder, client: Client) -> Approval:
        """Ask for the approval of a start that policy allows with one, and only with one.

        Raises:
            Refused: 409 `approval_not_needed`, `too_many_requests_wait`; else as a start is.
        """
        return await self._request(operator, order, client, "")

    async def request_more(
        self, operator: Operator, session: Session, reason: str, ticket: str, client: Client
    ) -> Approval:
        """Ask for the approval of raising a live session of the operator's own."""
        order = StartOrder(
            site=session.site,
            subject=session.subject.id,
            mode=Mode.READ_WRITE,
            reason=reason,
            ticket=ticket or session.ticket,
            workflow=session.workflow,
        )
        return await self._request(operator, order, client, session.id)

    async def listed(self, operator: Operator, client: Client) -> Sequence[Approval]:
        """Give one's own requests and those that one may decide, those that wait first."""
        found = await self._book.latest(self._now())
        others = [each for each in found if each.operator.id != operator.id]
        may = await self._sight.may_approve(operator, others, client)
        seen = [each for each in found if each.operator.id == operator.id or each.id in may]
        return sorted(seen, key=lambda each: each.state != "pending")

    async def find(self, operator: Operator, approval_id: str, client: Client) -> Approval:
        """Give one of `listed`, however old.

        Raises:
            Refused: 404 `no_such_approval`.
        """
        approval = await self._book.get(approval_id, self._now())
        if approval is not None:
            if approval.operator.id == operator.id:
                return approval
            if approval.id in await self._sight.may_approve(operator, (approval,), client):
                return approval
        raise Refused(
            "no_such_approval",
            "There is no such request for approval among those that you may see.",
            "Reload the list.",
            status=404,
            title=_NOT_DECIDED,
        )

    async def decide(
        self, operator: Operator, approval_id: str, state: State, why: str, client: Client
    ) -> Approval:
        """Approve or refuse what somebody else asked for, or withdraw what one asked for oneself.

        Raises:
            Refused: 404; 403 `own_approval`, `not_your_request`; 409 `decided_already`; 422
                `reason_missing`, a refusal without a reason.
        """
        approval = await self.find(operator, approval_id, client)
        own = _is(operator, approval.operator)
        if state == "withdrawn" and not own:
            raise Refused(
                "not_your_request",
                "Only who asked for an approval withdraws it.",
                "Refuse it, and say why.",
                title=_NOT_DECIDED,
            )
        if state != "withdrawn" and (own or _concerns(operator, approval)):
            raise Refused(
                "own_approval",
                "Nobody approves or refuses what they asked for themselves, or what is done in"
                " their own name.",
                "Ask another person who may approve.",
                title=_NOT_DECIDED,
            )
        if state == "refused" and not why:
            raise Refused(
                "reason_missing",
                "A refusal needs a reason.",
                "Say why; who asked can read it.",
                status=422,
                title=_NOT_DECIDED,
            )
        waits = ("pending", "approved") if state == "withdrawn" else ("pending",)
        if approval.state not in waits:
            raise _decided_already(approval)
        now = self._now()
        after = replace(
            approval,
            state=state,
            by=actor_of(operator),
            by_address=client.address,
            why=why,
            decided_at=now,
            until=now + self._times.holds_ms if state == "approved" else approval.until,
        )
        await self._record(_KINDS[state], operator, after, client, why=why)
        if not await self._book.change(approval, after):
            latest = await self._book.get(approval_id, now)
            raise _decided_already(latest or approval)
        await self._telling.decided(after)
        return after

    async def valid_for(
        self, operator: Operator, approval_id: str, order: StartOrder, session: str = ""
    ) -> Approval:
        """Give an approval that is for exactly this; `session`: for raising this one.

        Raises:
            Refused: 403 `approval_unusable`, with what is wrong with it.
        """
        approval = await self._book.get(approval_id, self._now())
        if approval is None or approval.operator.id != operator.id:
            raise _unusable("There is no such approval of yours.")
        if approval.state != "approved" or approval.by is None:
            raise _unusable(_STATES.get(approval.state, "It was not approved."))
        asked = (approval.site, approval.subject.id, approval.mode, approval.ticket)
        wanted = (order.site, order.subject, order.mode, order.ticket.strip())
        rest = (approval.workflow, approval.session) == (order.workflow, session)
        if asked != wanted or not rest:
            raise _unusable("It is for something else than this.")
        approver = self._operators.get(approval.by.id)
        client = Client(address=approval.by_address, agent="")
        if approver is None or approval.id not in await self._sight.may_approve(
            approver, (approval,), client
        ):
            raise _unusable(f"{approval.by.name}, who gave it, may not approve this any more.")
        return approval

    async def use(self, approval: Approval, session_id: str) -> None:
        """Use an approval up.

        Raises:
            Refused: 403 `approval_unusable`, it was used or withdrawn at this moment.
        """
        used = replace(approval, state="used", used_by=session_id)
        if not await self._book.change(approval, used):
            raise _unusable("It was used or withdrawn at this moment.")

    async def give_back(self, approval: Approval, session_id: str) -> None:
        """Let an approval be used again whose session did not come to be."""
        used = replace(approval, state="used", used_by=session_id)
        await self._book.change(used, approval)

    async def _request(
        self, operator: Operator, order: StartOrder, client: Client, session: str
    ) -> Approval:
        site, user = await self._finder.find(operator, order)
        if (unreasoned := self._reasons.refusal(order.reason)) is not None:
            raise refused(unreasoned, _TITLE)
        await self._check_need(operator, order, client, again=not session)
        now = self._now()
        asked = Approval(
            id=tokens.new_id(),
            operator=actor_of(operator),
            site=site.name,
            subject=Whom(id=user.id, name=user.name, email=user.email, account=user.account),
            mode=order.mode,
            reason=order.reason,
            ticket=order.ticket,
            workflow=order.workflow,
            session=session,
            asked_at=now,
            until=now + self._times.waits_ms,
        )
        if not await self._book.wait(asked, _MOST_WAITING):
            raise Refused(
                "too_many_requests_wait",
                f"{_MOST_WAITING} of your requests for approval wait already.",
                "Withdraw some of them, or wait until they are decided.",
                status=409,
                title=_TITLE,
            )
        await self._record(Kind.APPROVAL_REQUESTED, operator, asked, client, why=order.reason)
        await self._telling.asked(asked)
        await self._book.add(asked)
        return asked

    async def _check_need(
        self, operator: Operator, order: StartOrder, client: Client, *, again: bool
    ) -> None:
        site, user = await self._finder.find(operator, order)
        wanted = Wanted(
            mode=order.mode,
            ticket=order.ticket,
            address=client.address,
            stepped_up=self._fresh(client),
            workflow=order.workflow,
        )
        decide = self._rights.decide if again else self._rights.decide_more
        if not isinstance((await decide(operator, site, user, wanted)).answer, Deny):
            raise Refused(
                "approval_not_needed",
                "This is allowed without the approval of a second person.",
                "Go on without one.",
                status=409,
                title=_TITLE,
            )
        with_one = await decide(operator, site, user, replace(wanted, approved=True))
        if isinstance(with_one.answer, Deny):
            raise refused(with_one.answer, _TITLE)

    async def _record(
        self, kind: Kind, operator: Operator, approval: Approval, client: Client, *, why: str
    ) -> None:
        of = approval.subject
        subject = User(id=of.id, name=of.name, email=of.email, account=of.account)
        await self._events.of_desk(
            kind,
            operator,
            client,
            site=approval.site,
            about=approval.id,
            rule="",
            why=why,
            detail=f"{approval.operator.name} would act: {approval.reason}",
            subject=subject,
            mode=approval.mode,
            ticket=approval.ticket,
            session=approval.session,
        )


_KINDS: Mapping[State, Kind] = {
    "approved": Kind.APPROVAL_GIVEN,
    "refused": Kind.APPROVAL_REFUSED,
    "withdrawn": Kind.APPROVAL_WITHDRAWN,
}
_STATES: Mapping[State, str] = {
    "pending": "Nobody has decided yet.",
    "refused": "It was refused.",
    "withdrawn": "It was withdrawn.",
    "expired": "It was not decided or not used in time.",
    "used": "It was used already.",
}


def approved(approval: Approval | None) -> str:
    """Say for a record who approved; empty when nobody did."""
    if approval is None or approval.by is None:
        return ""
    return f"Approved by {approval.by.name} ({approval.by.id})."


def _is(operator: Operator, actor: Actor) -> bool:
    same_mail = operator.email.casefold() == actor.email.casefold() != ""
    return same_mail or operator.id.casefold() == actor.id.casefold()


def _concerns(operator: Operator, approval: Approval) -> bool:
    of = approval.subject
    return same_person(operator, User(id=of.id, name=of.name, email=of.email, account=of.account))


def _decided_already(approval: Approval) -> Refused:
    return Refused(
        "decided_already",
        f"This request is decided. {_STATES.get(approval.state, 'It was approved.')}",
        "Reload the list.",
        status=409,
        title=_NOT_DECIDED,
    )


def _unusable(why: str) -> Refused:
    return Refused(
        "approval_unusable",
        why,
        "Ask for another approval of exactly what you want to do.",
        title=_NOT_USED,
    )
