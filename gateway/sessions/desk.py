"""What the console asks of sessions: the operator's side, and the door on a session's own hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.audit.record import Kind
from gateway.console.approval_values import Approval
from gateway.console.values import Client, Entered, MoreOrder, Outlook, Started, StartOrder
from gateway.errors import Refused
from gateway.model import Operator, Session
from gateway.people.tickets import Tickets
from gateway.sessions import tokens
from gateway.sessions.changing import Changing
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.foresight import Foresight
from gateway.sessions.live import LiveSessions
from gateway.sessions.paths import SessionPaths
from gateway.sessions.refusing import not_live
from gateway.sessions.repository import Entry, SessionRepository
from gateway.sessions.review import Review
from gateway.sessions.revocation import Revocation
from gateway.sessions.sight import Sight
from gateway.sessions.starting import Starting
from gateway.site import Place, Places

_TITLE: Final = "Nothing was ended or opened"


class SessionDesk:
    """Implements `console.session_services.Sessions`.

    Args:
        started: is told of each session that was started.
    """

    def __init__(
        self,
        starting: Starting,
        ending: Ending,
        repository: SessionRepository,
        paths: SessionPaths,
        changing: Changing,
        sight: Sight,
        review: Review,
        tickets: Tickets,
        foresight: Foresight,
        started: Callable[[Session], Awaitable[None]],
    ) -> None:
        self._foresight = foresight
        self._review = review
        self._started = started
        self._tickets = tickets
        self._looking = asyncio.Lock()
        self._starting = starting
        self._changing = changing
        self._sight = sight
        self._ending = ending
        self._repository = repository
        self._paths = paths

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        """Say what a session would be like."""
        outlook = await self._starting.outlook(operator, order, client)
        return await self._foresight.complete(operator, order, client, outlook)

    async def start(self, operator: Operator, order: StartOrder, client: Client) -> Started:
        """Start a session; what was taken back while it was decided counts."""
        session, code = await self._starting.start(operator, order, client)
        if not await self._review.of_session(session.id):
            raise Refused(
                "no_longer_allowed",
                "What allowed this was taken back at this moment.",
                "Try again, to be told why.",
                title="This session cannot start",
            )
        await self._started(session)
        return Started(session=session, enter_url=self._paths.enter(session, code))

    async def live(self, operator: Operator, client: Client) -> Sequence[Session]:
        """List the live sessions that an operator may see and end."""
        live = [found.session for found in await self._repository.live()]
        return await self._sight.among(operator, live, client)

    async def find(self, operator: Operator, session_id: str, client: Client) -> Session | None:
        """Give one of `live`."""
        found = await self._repository.get(session_id)
        if found is None or found.ending:
            return None
        return found.session if await self._sight.may_see(operator, found.session, client) else None

    async def open(self, operator: Operator, session_id: str, client: Client) -> str:
        """Make a fresh address that enters the operator's own session once."""
        session = await self.find(operator, session_id, client)
        if session is None:
            raise not_live(_TITLE)
        if session.actor.id != operator.id:
            raise Refused(
                "not_your_session",
                f"This session is {session.actor.name}'s; only they can enter it.",
                "End it, or start one of your own.",
            )
        code = tokens.new_secret()
        await self._repository.add_code(Entry(session.id), tokens.digest(code))
        return self._paths.enter(session, code)

    async def end(self, operator: Operator, session_id: str, client: Client) -> None:
        """End a session that the operator may see."""
        found = await self._repository.get(session_id)
        if found is None or not await self._sight.may_see(operator, found.session, client):
            raise not_live(_TITLE)
        session = found.session
        own = session.actor.id == operator.id
        detail = "" if own else f"Ended by {operator.name} ({operator.id})."
        reason = "ended_in_console" if own else "ended_by_other"
        await self._ending.end(session_id, reason=reason, detail=detail, client=client)

    async def ticket_changed(self, ticket: str) -> None:
        """Look a ticket up again, and with it the sessions that hang on it; one after the other."""
        async with self._looking:
            self._tickets.forget(ticket)
            await self._review.of_ticket(ticket)

    async def elevate(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let a look-only session of the operator's change things for some minutes."""
        return await self._changing.elevate(operator, order, client)

    async def request_approval(
        self, operator: Operator, order: MoreOrder, client: Client
    ) -> Approval:
        """Ask a second person to approve that it is raised."""
        return await self._changing.request_approval(operator, order, client)

    async def lower(self, operator: Operator, session_id: str, client: Client) -> None:
        """Let it change nothing any more."""
        await self._changing.lower(operator, session_id, client)

    async def extend(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let a session of the operator's last longer."""
        return await self._changing.extend(operator, order, client)


class SessionDoor:
    """Implements `console.session_services.Entrance`: entering and leaving on the session's hosts.

    A browser gets a token of its own on each host of a session, in the order of their numbers. Each
    step gives the code of the next, bound to the tokens given so far: when somebody else enters in
    the middle, the rest of the way is closed (law 2).
    """

    def __init__(
        self,
        places: Places,
        paths: SessionPaths,
        repository: SessionRepository,
        live: LiveSessions,
        revocation: Revocation,
        ending: Ending,
        events: Events,
    ) -> None:
        self._places = places
        self._paths = paths
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
        entry = await self._repository.use_code(tokens.digest(code))
        session = await self._session_of(host, entry)
        if session is None or entry is None:
            return None
        main = not entry.admitted
        if main:
            await self._events.of_session(Kind.SESSION_ENTERED, session, client)
        secret = tokens.new_secret()
        admitted = await self._repository.admit(entry, tokens.digest(secret))
        if admitted is None:
            return None
        if main:
            await self._revocation.announce(session.id)
        onward = await self._onward(session, admitted)
        return Entered(session=session, token=session.id + secret, onward=onward)

    async def _onward(self, session: Session, admitted: Entry) -> str:
        """Give the address that enters the session's next host, or the page where it begins."""
        origins, number = self._paths.origins(session), len(admitted.admitted)
        if number == len(origins):
            first = self._paths.first_page(session)
            return f"{origins[0]}{first}" if number > 1 else first
        code = tokens.new_secret()
        await self._repository.add_code(admitted, tokens.digest(code))
        return self._paths.enter(session, code, number)

    async def current(self, host: str, token: str) -> Session | None:
        """Find the live session of a token on this host."""
        place = self._places.find(host)
        if place is None:
            return None
        live = await self._live.find(token, 0, place.number)
        return live.session if live is not None and _is_at(live.session, place) else None

    async def leave(self, host: str, token: str, client: Client) -> Session | None:
        """End the session of a token."""
        session = await self.current(host, token)
        if session is None:
            return None
        return await self._ending.end(session.id, reason="left", client=client)

    async def _session_of(self, host: str, entry: Entry | None) -> Session | None:
        place = self._places.find(host)
        if entry is None or place is None or place.number != len(entry.admitted):
            return None
        found = await self._repository.get(entry.session)
        if found is None or found.ending or not _is_at(found.session, place):
            return None
        return found.session


def _is_at(session: Session, place: Place) -> bool:
    return session.host == place.session_host
