"""Starting a session: every no has a name, and every answer is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.audit.record import Kind
from gateway.console.values import Client, Outlook, StartOrder
from gateway.errors import Refused, StoreAway
from gateway.model import Deny, Mode, Operator, Preferences, Session, Subject, User
from gateway.people.operators import Operators
from gateway.people.standing import lineage_of, owned_by
from gateway.people.tickets import Tickets
from gateway.policy.reasons import Reasons
from gateway.policy.report_only import unenforced
from gateway.policy.rights.facts import Case, Circumstances
from gateway.policy.rights.files import Policies
from gateway.policy.rights.helps import decide_start
from gateway.policy.rights.profiles import Profile, Profiles
from gateway.policy.rights.start import StartAllowed
from gateway.policy.tickets.lookup import TicketFound
from gateway.sessions import tokens
from gateway.sessions.events import Events, actor_of
from gateway.sessions.repository import SessionRepository
from gateway.site import Site

_TITLE = "This session cannot start"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a start must say: why, and whether for a ticket."""

    reasons: Reasons
    ticket_required: bool = False


class Starting:
    """Decides starts and makes sessions.

    Args:
        sites: by name.
        operators: who may sign in; nobody acts for one of them unless a policy says so.
        profiles: what operators of each may at most.
        policies: what the gateway's owner allows.
        repository: where sessions are kept.
        events: puts starts and refusals on record.
        terms: what a start must say.
        tickets: says whether a ticket counts.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        operators: Operators,
        profiles: Profiles,
        policies: Policies,
        repository: SessionRepository,
        events: Events,
        terms: Terms,
        tickets: Tickets,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._operators = operators
        self._profiles = profiles
        self._policies = policies
        self._repository = repository
        self._events = events
        self._terms = terms
        self._tickets = tickets
        self._now = now

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        """Say what the session would be like.

        Raises:
            Refused: 404, the site or the user is not known.
        """
        site, user = self._find(order)
        decision = await self._decide(operator, site, user, order, client)
        reveal = decision.reveal if isinstance(decision, StartAllowed) else ()
        if "redaction" in site.report_only:
            reveal = tuple(site.categories)
        return Outlook(
            hidden=tuple(label for name, label in site.categories.items() if name not in reveal),
            revealed=tuple(label for name, label in site.categories.items() if name in reveal),
            blocked=site.rules.blocked(order.mode),
            unenforced=unenforced(site.report_only),
            lifetime_ms=self._profile(operator).lifetime_ms,
            idle_ms=self._profile(operator).idle_ms,
            refusal=decision if isinstance(decision, Deny) else None,
        )

    async def start(
        self, operator: Operator, order: StartOrder, client: Client
    ) -> tuple[Session, str]:
        """Make a session; give it with the one-time code that enters it.

        A refusal is put on record by the console, which knows what was asked for and by whom.

        Raises:
            Refused: 404 `unknown_site`, `unknown_subject`; 422 and 403 by what is asked of reasons
                and tickets; 403 by policy; 503 `ticket_unchecked`.
            StoreAway: it could not be kept or recorded, so there is none.
        """
        site, user = self._find(order)
        if (unreasoned := self._terms.reasons.refusal(order.reason.strip())) is not None:
            raise _refused(unreasoned)
        decision = await self._decide(operator, site, user, order, client)
        if isinstance(decision, Deny):
            raise _refused(decision)
        session = self._make(operator, site, user, order, decision)
        code = tokens.new_secret()
        try:
            await self._events.of_session(Kind.SESSION_STARTED, session, client)
            await self._repository.add(session, tokens.digest(code))
        except StoreAway as away:
            self._events.not_started(session, client, away)
            raise
        return session, code

    def _find(self, order: StartOrder) -> tuple[Site, User]:
        site = self._sites.get(order.site)
        if site is None:
            raise Refused(
                "unknown_site",
                "There is no such site.",
                "Choose one of the list.",
                status=404,
                title=_TITLE,
            )
        user = site.directory.user(order.subject)
        if user is None:
            raise Refused(
                "unknown_subject",
                f"The directory of {site.label} has no such user.",
                "Search by name or e-mail, and choose one of the list.",
                status=404,
                title=_TITLE,
            )
        return site, self._operators.protect(user)

    async def _ticket(self, site: Site, user: User, order: StartOrder) -> TicketFound | Deny:
        """Say what is known of the ticket; nobody is asked when there is none."""
        ticket, account = order.ticket.strip(), site.directory.account(user.account)
        if not ticket or account is None:  # whose account is not known is refused by policy
            return TicketFound(id="")
        return await self._tickets.check(site.name, ticket, user, account)

    async def _decide(
        self, operator: Operator, site: Site, user: User, order: StartOrder, client: Client
    ) -> StartAllowed | Deny:
        ticket = await self._ticket(site, user, order)
        if isinstance(ticket, Deny):
            return ticket
        now, profile = self._now(), self._profile(operator)
        directory = site.directory
        case = Case(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            user=user,
            consented=False,
            lineage=lineage_of(
                directory.account(user.account),
                directory.ancestors(user.account),
                owned_by(self._operators),
                {},
                Preferences(),
            ),
            site=site.name,
            categories=tuple(site.categories),
            circumstances=Circumstances(
                mode=order.mode,
                now_ms=now,
                address=client.address,
                ticket=ticket.id,
                ticket_holds=ticket.holds,
                ticket_required=self._terms.ticket_required,
                in_working_hours=profile.at_work(now),
                in_network=profile.knows(client.address),
            ),
        )
        return decide_start(self._policies, case)

    def _profile(self, operator: Operator) -> Profile:
        return self._profiles[operator.profile]

    def _make(
        self, operator: Operator, site: Site, user: User, order: StartOrder, allowed: StartAllowed
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
            expires_at=now + profile.lifetime_ms,
            idle_ms=profile.idle_ms,
            reveal=allowed.reveal,
            allowed_by=allowed.policies,
        )


def _refused(deny: Deny) -> Refused:
    return Refused(
        deny.code,
        deny.detail,
        deny.advice,
        status=deny.status,
        title=deny.title,
        rule=deny.rule,
    )
