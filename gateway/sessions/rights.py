"""May this session be? All facts that the answer rests on, gathered as they are now."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from gateway.model import Deny, Frozen, Mode, Operator, Session, User
from gateway.people.consents import ConsentBook
from gateway.people.operators import Operators
from gateway.people.tickets import Tickets
from gateway.policy.rights.facts import Case, Circumstances, Facts
from gateway.policy.rights.helps import decide_start
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import Profiles
from gateway.policy.rights.start import StartAllowed, decide
from gateway.policy.tickets.lookup import UNCHECKED, TicketFound
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.standings import Standings
from gateway.site import Site


class Wanted(Frozen, frozen=True, kw_only=True):
    """A session as somebody wants it, from where; `ticket` is empty when none was named.

    `approved`, `stepped_up`, `break_glass` and `workflow` are as in `Circumstances`. `held`: what
    was found true of the ticket at the start of a session that there is; it counts while the desk
    does not say.
    """

    mode: Mode
    ticket: str
    address: str
    approved: bool = False
    stepped_up: bool = False
    break_glass: bool = False
    workflow: str = ""
    held: frozenset[str] | None = None


class Decided(NamedTuple):
    """The answer. `others`: the operator's live sessions on the site, on which it rests too.

    `ticket_holds`: what was found true of the ticket. `case`: what policies were asked; None where
    it did not come to that.
    """

    answer: StartAllowed | Deny
    others: frozenset[str] = frozenset()
    ticket_holds: frozenset[str] = frozenset()
    case: Case | None = None

    @property
    def facts(self) -> Facts | None:
        """What goes on record of it."""
        if self.case is None:
            return None
        if isinstance(self.answer, Deny):
            return Facts(case=self.case)
        reveal, capabilities = self.answer.reveal, self.answer.capabilities
        return Facts(case=self.case, reveal=reveal, capabilities=capabilities)


class Rights:
    """Decides.

    Args:
        operators: who may sign in; nobody acts for one of them unless a policy says so.
        profiles: what operators of each may at most.
        policies: what the gateway's owner allows.
        standings: how accounts stand.
        consents: what users allow.
        tickets: looks up what a start names.
        ticket_required: a start without one needs leave.
        actors: who has which sessions.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        operators: Operators,
        profiles: Profiles,
        policies: InForce,
        standings: Standings,
        consents: ConsentBook,
        tickets: Tickets,
        ticket_required: bool,
        actors: ActorSessions,
        now: Callable[[], int],
    ) -> None:
        self._operators = operators
        self._profiles = profiles
        self._policies = policies
        self._standings = standings
        self._consents = consents
        self._tickets = tickets
        self._ticket_required = ticket_required
        self._actors = actors
        self._now = now

    async def decide(self, operator: Operator, site: Site, user: User, wanted: Wanted) -> Decided:
        """Decide whether an operator may act for a user, and say with a no what would help.

        Raises:
            StoreAway: not all that it rests on is known.
        """
        others = await self._actors.live(operator.id, site.name, self._now())
        case = await self._case(operator, site, user, wanted, again=bool(others))
        if isinstance(case, Deny):
            return Decided(case)
        held = case.circumstances.ticket_holds
        return Decided(decide_start(self._policies.policies, case), others, held, case)

    async def decide_again(
        self, operator: Operator, site: Site, user: User, wanted: Wanted
    ) -> StartAllowed | Deny:
        """Decide about a session that there is; whether the operator has others does not count.

        Raises:
            StoreAway: not all that it rests on is known.
        """
        case = await self._case(operator, site, user, wanted, again=False)
        return case if isinstance(case, Deny) else decide(self._policies.policies, case)

    async def decide_more(
        self, operator: Operator, site: Site, user: User, wanted: Wanted
    ) -> Decided:
        """Decide whether a session may do more than it does; say with a no what would help.

        Raises:
            StoreAway: not all that it rests on is known.
        """
        case = await self._case(operator, site, user, wanted, again=False)
        if isinstance(case, Deny):
            return Decided(case)
        held = case.circumstances.ticket_holds
        answer = decide_start(self._policies.policies, case)
        return Decided(answer, ticket_holds=held, case=case)

    def within(self, operator: Operator, session: Session) -> Session:
        """Give a session with no more time than an operator's profile has, who got another one."""
        profile, now = self._profiles[operator.profile], self._now()
        if profile.name == session.actor.profile:
            return session
        longest = session.started_at + max(profile.longest_ms, profile.lifetime_ms)
        expires = min(session.expires_at, now + profile.lifetime_ms, longest)
        return replace(
            session,
            expires_at=expires,
            idle_ms=min(session.idle_ms, profile.idle_ms),
            elevated_until=min(session.elevated_until, now + profile.elevation_ms, expires),
        )

    async def _case(
        self, operator: Operator, site: Site, user: User, wanted: Wanted, *, again: bool
    ) -> Case | Deny:
        user = self._operators.protect(user)
        ticket = await self._ticket(site, user, wanted.ticket)
        if isinstance(ticket, Deny):
            if ticket.code != UNCHECKED.code or wanted.held is None:
                return ticket
            ticket = TicketFound(id=wanted.ticket, holds=wanted.held)
        now, profile = self._now(), self._profiles[operator.profile]
        return Case(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            user=user,
            consented=bool(await self._consents.until(site.name, user.id, now)),
            lineage=await self._standings.lineage(site, user.account),
            site=site.name,
            categories=tuple(site.categories),
            circumstances=Circumstances(
                mode=wanted.mode,
                now_ms=now,
                address=wanted.address,
                ticket=ticket.id,
                ticket_holds=ticket.holds,
                ticket_required=self._ticket_required,
                in_working_hours=profile.at_work(now),
                in_network=profile.knows(wanted.address),
                approved=wanted.approved,
                stepped_up=wanted.stepped_up,
                break_glass=wanted.break_glass,
                again=again,
                workflow=wanted.workflow,
            ),
            capabilities=tuple(site.capabilities),
        )

    async def _ticket(self, site: Site, user: User, ticket: str) -> TicketFound | Deny:
        """Say what is known of a ticket; nobody is asked when there is none."""
        account = site.directory.account(user.account)
        if not ticket or account is None:  # whose account is not known is refused by policy
            return TicketFound(id="")
        return await self._tickets.check(site.name, ticket, user, account)
