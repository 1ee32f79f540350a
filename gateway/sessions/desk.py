"""What the console asks of sessions: the operator's side, and the door on a session's own host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from gateway.audit.record import Kind
from gateway.console.values import Client, Entered, Outlook, Started, StartOrder
from gateway.errors import Refused
from gateway.model import Operator, Session
from gateway.sessions import tokens
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.live import LiveSessions
from gateway.sessions.repository import SessionRepository
from gateway.sessions.revocation import Revocation
from gateway.sessions.starting import Starting

_SEES_ALL: Final = frozenset(("Administrator",))
"""Profiles that see and end everybody's sessions; others see their own."""


class SessionDesk:
    """Implements `console.services.Sessions`.

    Args:
        enter_url: gives the absolute address under the prefix of a session's host.
    """

    def __init__(
        self,
        starting: Starting,
        ending: Ending,
        repository: SessionRepository,
        enter_url: Callable[[Session, str], str],
    ) -> None:
        self._starting = starting
        self._ending = ending
        self._repository = repository
        self._enter_url = enter_url

    async def outlook(self, operator: Operator, order: StartOrder) -> Outlook:
        """Say what a session would be like."""
        return self._starting.outlook(operator, order)

    async def start(self, operator: Operator, order: StartOrder, client: Client) -> Started:
        """Start a session."""
        session, code = await self._starting.start(operator, order, client)
        return Started(session=session, enter_url=self._enter_url(session, code))

    async def live(self, operator: Operator) -> Sequence[Session]:
        """List the live sessions that an operator may see and end."""
        return [
            found.session
            for found in await self._repository.live()
            if _may_see(operator, found.session)
        ]

    async def find(self, operator: Operator, session_id: str) -> Session | None:
        """Give one of `live`."""
        found = await self._repository.get(session_id)
        if found is None or found.ending or not _may_see(operator, found.session):
            return None
        return found.session

    async def open(self, operator: Operator, session_id: str, client: Client) -> str:
        """Make a fresh address that enters the operator's own session once."""
        session = await self.find(operator, session_id)
        if session is None:
            raise _not_live()
        if session.actor.id != operator.id:
            raise Refused(
                "not_your_session",
                f"This session is {session.actor.name}'s; only they can enter it.",
                "End it, or start one of your own.",
            )
        code = tokens.new_secret()
        await self._repository.add_code(session.id, tokens.digest(code))
        return self._enter_url(session, code)

    async def end(self, operator: Operator, session_id: str, client: Client) -> None:
        """End a session that the operator may see."""
        found = await self._repository.get(session_id)
        if found is None or not _may_see(operator, found.session):
            raise _not_live()
        session = found.session
        own = session.actor.id == operator.id
        detail = "" if own else f"Ended by {operator.name} ({operator.id})."
        reason = "ended_in_console" if own else "ended_by_other"
        await self._ending.end(session_id, reason=reason, detail=detail, client=client)


class SessionDoor:
    """Implements `console.services.Entrance`: entering and leaving on the session's host."""

    def __init__(
        self,
        repository: SessionRepository,
        live: LiveSessions,
        revocation: Revocation,
        ending: Ending,
        events: Events,
    ) -> None:
        self._repository = repository
        self._live = live
        self._revocation = revocation
        self._ending = ending
        self._events = events

    async def look(self, host: str, code: str) -> Session | None:
        """Say which session a code enters on this host."""
        return await self._session_of(host, await self._repository.peek_code(tokens.digest(code)))

    async def enter(self, host: str, code: str, client: Client) -> Entered | None:
        """Use a code up and give this browser its token; one given before is worth nothing."""
        if await self.look(host, code) is None:
            return None  # not for this host: its code stays good where it belongs
        session = await self._session_of(host, await self._repository.use_code(tokens.digest(code)))
        if session is None:
            return None
        await self._events.of_session(Kind.SESSION_ENTERED, session, client)
        secret = tokens.new_secret()
        if not await self._repository.admit(session.id, tokens.digest(secret)):
            return None
        await self._revocation.announce(session.id)
        return Entered(session=session, token=session.id + secret)

    async def current(self, host: str, token: str) -> Session | None:
        """Find the live session of a token on this host."""
        live = await self._live.find(token, 0)
        return live.session if live is not None and _is_at(live.session, host) else None

    async def leave(self, host: str, token: str, client: Client) -> Session | None:
        """End the session of a token."""
        session = await self.current(host, token)
        if session is None:
            return None
        return await self._ending.end(session.id, reason="left", client=client)

    async def _session_of(self, host: str, session_id: str | None) -> Session | None:
        found = await self._repository.get(session_id) if session_id else None
        if found is None or found.ending or not _is_at(found.session, host):
            return None
        return found.session


def enter_address(origin: str, prefix: str, code: str) -> str:
    """The address that enters a session once."""
    return f"{origin}{prefix}enter?code={quote(code, safe='')}"


def _is_at(session: Session, host: str) -> bool:
    return session.host == host.partition(":")[0].lower()


def _may_see(operator: Operator, session: Session) -> bool:
    return session.actor.id == operator.id or operator.profile in _SEES_ALL


def _not_live() -> Refused:
    return Refused(
        "session_not_live",
        "There is no such session among those you may see; it may have ended.",
        "Reload the list.",
        status=404,
        title="Nothing was ended or opened",
    )
