"""Starting a session: every no has a name, and every answer is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from msgspec.structs import replace

from gateway.audit.record import Kind
from gateway.console.approval_values import Approval
from gateway.console.values import Client, Outlook, StartOrder
from gateway.errors import Refused, StoreAway
from gateway.model import Deny, Mode, Operator, Session, Subject, User
from gateway.notices.notice import Notice
from gateway.policy.reasons import Reasons
from gateway.policy.report_only import unenforced
from gateway.policy.rights.facts import Facts
from gateway.policy.rights.profiles import Profile, Profiles
from gateway.policy.rights.start import StartAllowed
from gateway.sessions import length, tokens
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.approving import Approving, approved
from gateway.sessions.events import Events, actor_of
from gateway.sessions.finding import Finder
from gateway.sessions.glass import Glass
from gateway.sessions.refusing import refused
from gateway.sessions.repository import SessionRepository
from gateway.sessions.return_addresses import ReturnAddresses
from gateway.sessions.rights import Decided, Rights, Wanted
from gateway.sessions.telling import Telling
from gateway.site import Site

_TITLE = "This session cannot start"


_TRIES = 3
"""How often a start is decided anew because the operator's other sessions changed meanwhile."""


class Starting:
    """Decides starts and makes sessions.

    Args:
        finder: finds sites and users.
        profiles: what operators of each may at most.
        rights: decides.
        actors: counts the sessions of each operator.
        repository: where sessions are kept.
        events: puts starts and refusals on record.
        reasons: what a start must say.
        approving: knows what a second person approved.
        glass: keeps who did not wait for one.
        fresh: whether the operator has just signed in.
        returns: where leaving may lead.
        telling: tells the account.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        finder: Finder,
        profiles: Profiles,
        rights: Rights,
        actors: ActorSessions,
        repository: SessionRepository,
        events: Events,
        reasons: Reasons,
        approving: Approving,
        glass: Glass,
        fresh: Callable[[Client], bool],
        returns: ReturnAddresses,
        telling: Telling,
        now: Callable[[], int],
    ) -> None:
        self._finder = finder
        self._profiles = profiles
        self._rights = rights
        self._actors = actors
        self._repository = repository
        self._events = events
        self._reasons = reasons
        self._approving = approving
        self._glass = glass
        self._fresh = fresh
        self._returns = returns
        self._telling = telling
        self._now = now

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        """Say what the session would be like.

        Raises:
            Refused: 404, the site, the user or the workflow is not known; 422
                `return_to_elsewhere`.
        """
        site, user = await self._find(operator, order)
        is_approved = bool(order.approval) and await self._is_approved(operator, order)
        decided = await self._decide(operator, site, user, order, client, approved=is_approved)
        decision, profile = decided.answer, self._profile(operator)
        too_long = length.refusal(profile, order.minutes)
        allowed = decision if isinstance(decision, StartAllowed) else None
        reveal = allowed.reveal if allowed is not None else ()
        given = allowed.capabilities if allowed is not None else ()
        blocked = site.rules.blocked(order.mode)
        if order.workflow:
            blocked = (f"everything outside of “{site.workflows.label(order.workflow)}”", *blocked)
        if "redaction" in site.report_only:
            reveal = tuple(site.categories)
        return Outlook(
            hidden=tuple(label for name, label in site.categories.items() if name not in reveal),
            revealed=tuple(label for name, label in site.categories.items() if name in reveal),
            capabilities=tuple(label for name, label in site.capabilities.items() if name in given),
            blocked=blocked,
            unenforced=unenforced(site.report_only),
            lifetime_ms=length.lifetime_of(profile, None if too_long else order.minutes),
            idle_ms=profile.idle_ms,
            longest_ms=profile.lifetime_ms,
            extended_ms=max(profile.longest_ms, profile.lifetime_ms),
            minutes=length.choices(profile),
            refusal=decision if isinstance(decision, Deny) else too_long,
        )

    async def start(
        self, operator: Operator, order: StartOrder, client: Client
    ) -> tuple[Session, str]:
        """Make a session; give it with the one-time code that enters it.

        A refusal is put on record by the console, which knows what was asked for and by whom.

        Raises:
            Refused: 404 `unknown_site`, `unknown_subject`, `unknown_workflow`; 422
                `return_to_elsewhere`, `bad_length`; 422 and 403 by what is asked of reasons and
                tickets; 403 by
                policy; 503 `ticket_unchecked`, `cannot_tell_account`.
            StoreAway: it, its record or its notice could not be kept, so there is none.
        """
        site, user = await self._find(operator, order)
        if (unreasoned := self._reasons.refusal(order.reason.strip())) is not None:
            raise refused(unreasoned)
        if (too_long := length.refusal(self._profile(operator), order.minutes)) is not None:
            raise refused(too_long)
        approval = None
        if order.approval:
            approval = await self._approving.valid_for(operator, order.approval, order)
        if order.break_glass:
            await self._glass.check(operator)
        session, facts, notice = await self._taken(operator, site, user, order, client, approval)
        code = tokens.new_secret()
        async with self._used_up(session, approval):
            detail = " ".join(filter(None, (approved(approval), _beside(session))))
            try:
                await self._events.of_session(
                    Kind.SESSION_STARTED, session, client, detail=detail, facts=facts
                )
                await self._telling.put(notice)
            except StoreAway as away:
                self._events.not_started(session, client, away)
                raise
        try:
            await self._repository.add(session, tokens.digest(code))
        except StoreAway as away:  # part of it may be there: what it took is not given back
            self._events.not_started(session, client, away)
            with suppress(StoreAway):
                await self._repository.remove(session.id)
            raise
        return session, code

    @asynccontextmanager
    async def _used_up(self, session: Session, approval: Approval | None) -> AsyncIterator[None]:
        """Use up and keep what a start takes; it is given back where it does not come to one."""
        if approval is not None:
            await self._approving.use(approval, session.id)
        try:
            if session.break_glass:
                await self._glass.broken(session)
            yield
        except StoreAway:
            if session.break_glass:
                await self._glass.not_broken(session.id)
            if approval is not None:
                with suppress(StoreAway):
                    await self._approving.give_back(approval, session.id)
            raise

    async def _is_approved(self, operator: Operator, order: StartOrder) -> bool:
        try:
            await self._approving.valid_for(operator, order.approval, order)
        except Refused:
            return False
        return True

    async def _find(self, operator: Operator, order: StartOrder) -> tuple[Site, User]:
        site, user = await self._finder.find(operator, order)
        self._returns.of(site.name, order.return_to)
        return site, user

    async def _taken(
        self,
        operator: Operator,
        site: Site,
        user: User,
        order: StartOrder,
        client: Client,
        approval: Approval | None,
    ) -> tuple[Session, Facts | None, Notice]:
        """Decide, and make the session that the operator has on the site from now on.

        Gives what the account is told of it, too.
        """
        for _ in range(_TRIES):
            is_approved = approval is not None
            decided = await self._decide(operator, site, user, order, client, approved=is_approved)
            if isinstance(decided.answer, Deny):
                raise refused(decided.answer, facts=decided.facts)
            session = self._make(operator, site, user, order, client, decided.answer)
            session = replace(session, ticket_holds=tuple(sorted(decided.ticket_holds)))
            if approval is not None and approval.by is not None:
                session = replace(session, approved_by=approval.by.id, reason=approval.reason)
            notice = await self._telling.of_start(operator, site, session)
            if await self._actors.take(session, decided.others):
                return session, decided.facts, notice
        raise Refused(
            "starting_elsewhere",
            "You are starting other sessions on this site at this moment.",
            "Try again when they have started.",
            status=409,
            title=_TITLE,
        )

    async def _decide(
        self,
        operator: Operator,
        site: Site,
        user: User,
        order: StartOrder,
        client: Client,
        *,
        approved: bool,
    ) -> Decided:
        wanted = Wanted(
            mode=order.mode,
            ticket=order.ticket.strip(),
            address=client.address,
            approved=approved,
            stepped_up=self._fresh(client),
            break_glass=order.break_glass,
            workflow=order.workflow,
        )
        return await self._rights.decide(operator, site, user, wanted)

    def _profile(self, operator: Operator) -> Profile:
        return self._profiles[operator.profile]

    def _make(
        self,
        operator: Operator,
        site: Site,
        user: User,
        order: StartOrder,
        client: Client,
        allowed: StartAllowed,
    ) -> Session:
        now, profile = self._now(), self._profile(operator)
        session_id = tokens.new_id()
        account = site.directory.account(user.account)
        isolated = site.isolation == "host"
        return Session(
            id=session_id,
            site=site.name,
            actor=actor_of(operator),
            subject=Subject(
                id=user.id,
                name=user.name,
                email=user.email,
                account=user.account,
                account_name=account.name if account else user.account,
                status=user.status,
                groups=user.groups,
            ),
            mode=Mode(allowed.mode),
            reason=order.reason.strip(),
            ticket=order.ticket.strip(),
            isolation=site.isolation,
            host=f"{session_id}.{site.session_suffix}" if isolated else site.canonical,
            started_at=now,
            expires_at=now + length.lifetime_of(profile, order.minutes),
            idle_ms=profile.idle_ms,
            reveal=allowed.reveal,
            allowed_by=allowed.policies,
            address=client.address,
            stepped_up=self._fresh(client),
            break_glass=order.break_glass,
            workflow=order.workflow,
            capabilities=allowed.capabilities,
            return_to=self._returns.of(site.name, order.return_to),
        )


def _beside(session: Session) -> str:
    """Say what a session is for, and what it has in the app, for the record of its start."""
    said = [f"For the workflow {session.workflow}."] if session.workflow else []
    if session.capabilities:
        said.append(f"With the capabilities {', '.join(session.capabilities)}.")
    return " ".join(said)
