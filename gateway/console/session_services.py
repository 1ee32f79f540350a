"""Starting, changing, entering and ending sessions, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.approval_values import Approval
from gateway.console.values import Client, Entered, MoreOrder, Outlook, Started, StartOrder
from gateway.model import Operator, Session


class Sessions(Protocol):
    """Starting, finding and ending sessions.

    Each effect is on record before it returns. A `Refused` raised here is put on record by the
    console, through `Recorder`.
    """

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        """Say what `start` would give now; an empty reason is not held against it.

        Raises:
            Refused: the site or the subject is not known (404).
        """
        ...

    async def start(self, operator: Operator, order: StartOrder, client: Client) -> Started:
        """Start a session.

        Raises:
            Refused: policy, nesting, oneself, a protected user, no reason, unknown subject, ...
        """
        ...

    async def live(self, operator: Operator, client: Client) -> Sequence[Session]:
        """List the live sessions that this operator may see, which are those they may end."""
        ...

    async def find(self, operator: Operator, session_id: str, client: Client) -> Session | None:
        """Give one of `live`, or None."""
        ...

    async def open(self, operator: Operator, session_id: str, client: Client) -> str:
        """Make a fresh one-time enter address for the operator's own live session.

        Raises:
            Refused: it is not live (404), or somebody else's (403).
        """
        ...

    async def end(self, operator: Operator, session_id: str, client: Client) -> None:
        """End it; when this returns no byte passes in it any more (law 9).

        Raises:
            Refused: it is not among `live` (404).
        """
        ...

    async def ticket_changed(self, ticket: str) -> None:
        """Look a ticket up again; sessions that it no longer allows have ended then."""
        ...

    async def elevate(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let the operator's own look-only session change things for some minutes.

        Raises:
            Refused: it is not live (404), somebody else's (403), changes things anyway (409), the
                reason does not count (422), or policy.
        """
        ...

    async def request_approval(
        self, operator: Operator, order: MoreOrder, client: Client
    ) -> Approval:
        """Ask a second person to approve that the operator's own session is raised.

        Raises:
            Refused: as `elevate` is; also when it is not needed, or too many wait (409).
        """
        ...

    async def lower(self, operator: Operator, session_id: str, client: Client) -> None:
        """Let it change nothing any more; when this returns, nothing does.

        Raises:
            Refused: it is not live (404), or somebody else's (403).
        """
        ...

    async def extend(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        """Let the operator's own session last longer.

        Raises:
            Refused: it is not live (404), somebody else's (403), lasts as long as it may (409), the
                reason does not count (422), or policy.
        """
        ...


class Entrance(Protocol):
    """Entering and leaving, on the session's own host (or the site's, with isolation `cookie`)."""

    async def look(self, host: str, code: str) -> Session | None:
        """Say which session a one-time code enters on this host, without using the code up."""
        ...

    async def enter(self, host: str, code: str, client: Client) -> Entered | None:
        """Use the code up and give the browser's token; None when it was used, expired or wrong."""
        ...

    async def current(self, host: str, token: str) -> Session | None:
        """Find the live session of this token on this host."""
        ...

    async def leave(self, host: str, token: str, client: Client) -> Session | None:
        """End the session of this token (law 9); None when there is none any more."""
        ...
