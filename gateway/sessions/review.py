"""Live sessions whose rights have changed: ended, or shown and given less, at once.

A session is asked about as if it were to start now. Nothing is given that it did not have: where
the answer would show or give more than before, it goes on as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from msgspec.structs import replace

from gateway.model import Deny, Mode, Session, Subject, User
from gateway.people.changes import Changes
from gateway.people.operators import Operators
from gateway.policy.rights.start import StartAllowed
from gateway.sessions.ending import Ending
from gateway.sessions.repository import SessionRepository
from gateway.sessions.revocation import Revocation
from gateway.sessions.rights import Rights, Wanted
from gateway.site import Site

_log = structlog.get_logger("sessions")


class Review:
    """Looks at live sessions again. Methods raise `StoreAway`."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        operators: Operators,
        rights: Rights,
        repository: SessionRepository,
        revocation: Revocation,
        ending: Ending,
    ) -> None:
        self._sites = sites
        self._operators = operators
        self._rights = rights
        self._repository = repository
        self._revocation = revocation
        self._ending = ending

    async def look(self, concerned: Callable[[Session], bool]) -> None:
        """See to it that no session of these has more than it would get now; then return."""
        async for found in self._repository.every():
            if concerned(found.session):
                await self._look_at(found.session)

    async def of_account(self, site: Site, account_id: str) -> None:
        """Look at the sessions for users of an account and of those below it."""

        def concerned(session: Session) -> bool:
            ancestors = site.directory.ancestors(session.subject.account)
            ids = {session.subject.account, *(each.id for each in ancestors)}
            return session.site == site.name and account_id in ids

        await self.look(concerned)

    async def of_session(self, session_id: str) -> bool:
        """Look at one session, and say whether it goes on."""
        found = await self._repository.get(session_id)
        if found is not None and not found.ending:
            await self._look_at(found.session)
            found = await self._repository.get(session_id)
        return found is not None and not found.ending

    async def of_ticket(self, ticket: str) -> None:
        """Look at the sessions that hang on a ticket."""
        await self.look(lambda session: session.ticket == ticket)

    async def of_actor(self, operator_id: str) -> None:
        """Look at the sessions of an operator."""
        await self.look(lambda session: session.actor.id == operator_id)

    async def of_subject(self, site: str, user_id: str) -> None:
        """Look at the sessions for a user."""
        await self.look(lambda each: each.site == site and each.subject.id == user_id)

    async def of_directory(self, site: str, changed: Changes) -> None:
        """Look at the sessions that a change of a site's directory concerns."""
        if changed.accounts:
            await self.look(lambda each: each.site == site)
        elif changed.users:
            await self.look(lambda each: each.site == site and each.subject.id in changed.users)

    async def _look_at(self, session: Session) -> None:
        site = self._sites.get(session.site)
        operator = self._operators.get(session.actor.id)
        user = None if site is None else site.directory.user(session.subject.id)
        if site is None or operator is None or user is None:
            who = "operator" if operator is None else "user" if site is not None else "site"
            await self._end(session, f"There is no such {who} any more.", "deprovisioned")
            return
        if other := _other_to_the_app(session.subject, user):
            await self._end(session, f"{other} Start again.")
            return
        if session.workflow and session.workflow not in site.workflows:
            await self._end(session, "There is no such workflow any more.")
            return
        decided = await self._rights.decide_again(operator, site, user, wanted_of(session))
        if isinstance(decided, Deny):
            await self._end(session, f"{decided.detail} ({decided.rule})")
            return
        elevated = True
        if session.elevated_until:
            changing = replace(wanted_of(session), mode=Mode.READ_WRITE)
            more = await self._rights.decide_again(operator, site, user, changing)
            elevated = isinstance(more, StartAllowed)

        def less(now: Session) -> Session:
            return replace(
                (now := self._rights.within(operator, now)),
                reveal=_both(now.reveal, decided.reveal),
                capabilities=_both(now.capabilities, decided.capabilities),
                elevated_until=now.elevated_until if elevated else 0,
            )

        if less(session) != session:
            await self._repository.change(session.id, less)
            await self._revocation.announce(session.id)
            left = less(session)
            _log.info(
                "session.shows_less",
                session=session.id,
                shown=left.reveal,
                capabilities=left.capabilities,
            )

    async def _end(self, session: Session, why: str, reason: str = "no_longer_allowed") -> None:
        await self._ending.end(session.id, reason=reason, detail=why)


def _other_to_the_app(subject: Subject, user: User) -> str:
    """Say what is other in a user of what a session tells the app, and the record, of them."""
    if subject.account != user.account:
        return "The user is in another account now."
    if subject.email != user.email or subject.groups != user.groups:
        return "The user's e-mail address or groups have changed."
    return ""


def _both(had: tuple[str, ...], gets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in had if name in gets)


def wanted_of(session: Session) -> Wanted:
    """Give what a session would have to be allowed if it were to start now."""
    return Wanted(
        mode=session.mode,
        ticket=session.ticket,
        address=session.address,
        approved=bool(session.approved_by),
        stepped_up=session.stepped_up,
        break_glass=session.break_glass,
        workflow=session.workflow,
        held=frozenset(session.ticket_holds),
    )
