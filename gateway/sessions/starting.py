"""Starting a session: every no has a name, and every answer is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gateway.audit.record import Kind
from gateway.console.values import Client, Outlook, StartOrder
from gateway.errors import Refused, StoreAway
from gateway.model import Deny, Mode, Operator, Session, Subject, User
from gateway.policy.reasons import Reasons
from gateway.policy.report_only import unenforced
from gateway.policy.rights.profiles import Profile, Profiles
from gateway.policy.rights.start import StartAllowed
from gateway.sessions import tokens
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.events import Events, actor_of
from gateway.sessions.refusing import refused
from gateway.sessions.repository import SessionRepository
from gateway.sessions.rights import Decided, Rights, Wanted
from gateway.site import Site

_TITLE = "This session cannot start"


_TRIES = 3
"""How often a start is decided anew because the operator's other sessions changed meanwhile."""


class Starting:
    """Decides starts and makes sessions.

    Args:
        sites: by name.
        profiles: what operators of each may at most.
        rights: decides.
        actors: counts the sessions of each operator.
        repository: where sessions are kept.
        events: puts starts and refusals on record.
        reasons: what a start must say.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        profiles: Profiles,
        rights: Rights,
        actors: ActorSessions,
        repository: SessionRepository,
        events: Events,
        reasons: Reasons,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._profiles = profiles
        self._rights = rights
        self._actors = actors
        self._repository = repository
        self._events = events
        self._reasons = reasons
        self._now = now

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        """Say what the session would be like.

        Raises:
            Refused: 404, the site or the user is not known.
        """
        site, user = self._find(order)
        decision = (await self._decide(operator, site, user, order, client)).answer
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
        if (unreasoned := self._reasons.refusal(order.reason.strip())) is not None:
            raise refused(unreasoned)
        session = await self._taken(operator, site, user, order, client)
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
        return site, user

    async def _taken(
        self, operator: Operator, site: Site, user: User, order: StartOrder, client: Client
    ) -> Session:
        """Decide, and make the session that the operator has on the site from now on."""
        for _ in range(_TRIES):
            decided = await self._decide(operator, site, user, order, client)
            if isinstance(decided.answer, Deny):
                raise refused(decided.answer)
            session = self._make(operator, site, user, order, client, decided.answer)
            session = replace(session, ticket_holds=tuple(sorted(decided.ticket_holds)))
            if await self._actors.take(session, decided.others):
                return session
        raise Refused(
            "starting_elsewhere",
            "You are starting other sessions on this site at this moment.",
            "Try again when they have started.",
            status=409,
            title=_TITLE,
        )

    async def _decide(
        self, operator: Operator, site: Site, user: User, order: StartOrder, client: Client
    ) -> Decided:
        wanted = Wanted(mode=order.mode, ticket=order.ticket.strip(), address=client.address)
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
            expires_at=now + profile.lifetime_ms,
            idle_ms=profile.idle_ms,
            reveal=allowed.reveal,
            allowed_by=allowed.policies,
            address=client.address,
        )
