"""Changing a session that lives: longer, or from looking to changing things, each with a reason.

Policy is asked again, what is to be goes on record first, and once the session is changed policy is
asked once more: what was taken away meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gateway.audit.record import Kind, timestamp
from gateway.console.approval_values import Approval
from gateway.console.values import Client, MoreOrder, StartOrder
from gateway.errors import Refused
from gateway.model import Deny, Mode, Operator, Session
from gateway.policy.reasons import Reasons
from gateway.policy.rights.profiles import Profile, Profiles
from gateway.policy.rights.start import StartAllowed
from gateway.sessions.approving import Approving, approved
from gateway.sessions.events import Events
from gateway.sessions.glass import Glass
from gateway.sessions.refusing import not_live, refused
from gateway.sessions.repository import SessionRepository
from gateway.sessions.review import Review, wanted_of
from gateway.sessions.revocation import Revocation
from gateway.sessions.rights import Decided, Rights, Wanted
from gateway.sessions.sight import Sight
from gateway.sessions.telling import Telling
from gateway.site import Site

_TITLE = "This session stays as it is"
_LEAST_MS = 1000
"""An extension by less is none."""


class Changing:
    """Changes sessions of operators who ask for it. Methods raise `StoreAway` and `Refused`.

    `Refused`: 404 `session_not_live`; 403 `not_your_session`, and by policy; 422 by what is asked
    of reasons.
    """

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        profiles: Profiles,
        reasons: Reasons,
        rights: Rights,
        sight: Sight,
        review: Review,
        repository: SessionRepository,
        revocation: Revocation,
        events: Events,
        approving: Approving,
        glass: Glass,
        telling: Telling,
        fresh: Callable[[Client], bool],
        now: Callable[[], int],
    ) -> None:
        self._approving = approving
        self._glass = glass
        self._telling = telling
        self._fresh = fresh
        self._sites = sites
        self._profiles = profiles
        self._reasons = reasons
        self._rights = rights
        self._sight = sight
        self._review = review
        self._repository = repository
        self._revocation = revocation
        self._events = events
        self._now = now

    async def elevate(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let a look-only session change things for some minutes.

        Raises:
            Refused: also 409 `changes_already`.
        """
        session = await self._own(operator, order.session, client)
        if session.mode is Mode.READ_WRITE:
            raise Refused(
                "changes_already",
                "Changes are real in this session from its start to its end.",
                "There is nothing to ask for.",
                status=409,
                title=_TITLE,
            )
        self._check_reason(order.reason)
        ticket = order.ticket or session.ticket
        approval = await self._approval(operator, session, order, ticket)
        fresh = self._fresh(client)
        wanted = Wanted(
            mode=Mode.READ_WRITE,
            ticket=ticket,
            address=client.address,
            approved=approval is not None,
            stepped_up=fresh,
            break_glass=session.break_glass,
            workflow=session.workflow,
        )
        allowed, decided = await self._allowed(operator, session, wanted)
        lasts = self._profile(operator).elevation_ms
        until = min(self._now() + lasts, session.expires_at)
        why = order.reason if approval is None else approval.reason
        raised, notice = replace(session, mode=Mode.READ_WRITE, reason=why), None
        if session.break_glass:
            site = self._sites[session.site]
            notice = await self._telling.of_raise(operator, site, raised, self._now())
        if approval is not None:
            await self._approving.use(approval, session.id)
        if session.break_glass:
            await self._glass.broken(raised)
        await self._events.of_session(
            Kind.SESSION_ELEVATED,
            session,
            client,
            detail=f"Changes are real until {timestamp(until)}. {approved(approval)}".rstrip(),
            why=why,
            rule=",".join(allowed.policies),
            ticket=order.ticket,
            facts=decided.facts,
        )
        if notice is not None:
            await self._telling.put(notice)
        by = approval.by.id if approval is not None and approval.by is not None else ""

        def elevated(now: Session) -> Session:
            holds = tuple(sorted(decided.ticket_holds))
            return replace(
                now,
                elevated_until=until,
                ticket=ticket,
                ticket_holds=holds,
                stepped_up=now.stepped_up or fresh,
                approved_by=by or now.approved_by,
            )

        return await self._changed(session, elevated)

    async def lower(self, operator: Operator, session_id: str, client: Client) -> None:
        """Let a session change nothing any more that was elevated; when this returns, none does."""
        session = await self._own(operator, session_id, client)
        if session.elevated_until > self._now():
            await self._events.of_session(Kind.SESSION_LOWERED, session, client)
        await self._repository.change(session.id, lambda now: replace(now, elevated_until=0))
        await self._revocation.announce(session.id)

    async def extend(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let a session last as long from now as one that starts now.

        Raises:
            Refused: also 409 `lasts_long_enough`, `cannot_last_longer`.
        """
        session = await self._own(operator, order.session, client)
        self._check_reason(order.reason)
        profile = self._profile(operator)
        longest = session.started_at + profile.longest_ms
        until = min(self._now() + profile.lifetime_ms, longest)
        if until < session.expires_at + _LEAST_MS:
            raise _no_longer(longest <= session.expires_at + _LEAST_MS, profile)
        mode = session.mode_at(self._now())
        # More time is given on what the desk says now, not on what it said once.
        wanted = replace(wanted_of(session), mode=mode, address=client.address, held=None)
        allowed, decided = await self._allowed(operator, session, wanted)
        await self._events.of_session(
            Kind.SESSION_EXTENDED,
            session,
            client,
            detail=f"It lasts until {timestamp(until)}.",
            why=order.reason,
            rule=",".join(allowed.policies),
            facts=decided.facts,
        )

        def extended(now: Session) -> Session:
            return replace(now, expires_at=max(now.expires_at, until))

        return await self._changed(session, extended)

    async def _own(self, operator: Operator, session_id: str, client: Client) -> Session:
        found = await self._repository.get(session_id)
        if found is None or found.ending or found.session.expires_at <= self._now():
            raise not_live(_TITLE)
        if found.session.actor.id != operator.id:
            if not await self._sight.may_see(operator, found.session, client):
                raise not_live(_TITLE)
            raise Refused(
                "not_your_session",
                "Only who acts in a session can change it.",
                "End it, or start one of your own.",
                title=_TITLE,
            )
        return found.session

    async def request_approval(
        self, operator: Operator, order: MoreOrder, client: Client
    ) -> Approval:
        """Ask a second person to approve that a session is raised."""
        session = await self._own(operator, order.session, client)
        return await self._approving.request_more(
            operator, session, order.reason, order.ticket, client
        )

    async def _approval(
        self, operator: Operator, session: Session, order: MoreOrder, ticket: str
    ) -> Approval | None:
        if not order.approval:
            return None
        asked = StartOrder(
            site=session.site,
            subject=session.subject.id,
            mode=Mode.READ_WRITE,
            reason=order.reason,
            ticket=ticket,
            workflow=session.workflow,
        )
        return await self._approving.valid_for(operator, order.approval, asked, session.id)

    def _check_reason(self, reason: str) -> None:
        if (unreasoned := self._reasons.refusal(reason)) is not None:
            raise refused(unreasoned, _TITLE)

    async def _allowed(
        self, operator: Operator, session: Session, wanted: Wanted
    ) -> tuple[StartAllowed, Decided]:
        site = self._sites.get(session.site)
        user = None if site is None else site.directory.user(session.subject.id)
        if site is None or user is None:
            raise not_live(_TITLE)
        decided = await self._rights.decide_more(operator, site, user, wanted)
        if isinstance(decided.answer, Deny):
            raise refused(decided.answer, _TITLE)
        return decided.answer, decided

    async def _changed(self, session: Session, change: Callable[[Session], Session]) -> Session:
        changed = await self._repository.change(session.id, change)
        if changed is None:
            raise not_live(_TITLE)
        try:
            await self._revocation.announce(session.id, cut=False)
        finally:  # it is changed, whoever knows of it: what was taken away meanwhile counts
            await self._review.of_session(session.id)
        return changed

    def _profile(self, operator: Operator) -> Profile:
        return self._profiles[operator.profile]


def _no_longer(is_longest: bool, profile: Profile) -> Refused:
    if is_longest:
        minutes = profile.longest_ms // 60_000
        return Refused(
            "cannot_last_longer",
            f"No session of a {profile.name} lasts longer than {minutes} minutes.",
            "Start a new one when this one has ended.",
            status=409,
            title=_TITLE,
        )
    return Refused(
        "lasts_long_enough",
        "This session lasts as long already as one that starts now.",
        "Ask again later.",
        status=409,
        title=_TITLE,
    )
