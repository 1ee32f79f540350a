"""What the console needs from the rest of the house, as Protocols.

The composition root implements these over people, policy, sessions, audit and the store; the
console itself holds no state. Any of the coroutines may raise a `GatewayError` (most of all
`Refused` and `StoreAway`): the console turns it into a page or problem details. Times are
milliseconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from gateway.console.approval_services import Approvals, BrokenGlasses
from gateway.console.approval_values import Approval
from gateway.console.consent_services import Asks
from gateway.console.history_services import Histories
from gateway.console.policy_services import PolicyQuestions, PolicyTrials
from gateway.console.values import (
    AccountSays,
    Arrival,
    Attempt,
    Client,
    Entered,
    Home,
    MoreOrder,
    OperatorChange,
    OperatorList,
    OperatorSays,
    Outlook,
    People,
    Person,
    PersonOrder,
    PreferenceChange,
    PreferenceOrder,
    Proof,
    SignIn,
    SiteCard,
    Started,
    StartOrder,
    TicketField,
    Way,
)
from gateway.model import Operator, Session
from gateway.policy.reasons import Reasons
from gateway.policy.rights.profiles import Profiles


class Authenticator(Protocol):
    """Proves who an operator is."""

    @property
    def has_passwords(self) -> bool:
        """Whether local operators exist, so that the sign-in page shows its form."""
        ...

    @property
    def challenge(self) -> str:
        """The `WWW-Authenticate` of a 401: `Bearer`, or empty when no such token would help."""
        ...

    @property
    def step_up(self) -> str:
        """The `WWW-Authenticate` of a 401 that asks for a fresh sign-in; empty where none helps."""
        ...

    async def prove(self, request: web.BaseRequest) -> Proof | None:
        """Read the trusted header or the signed token of this request; None when it has neither.

        Raises:
            Refused: a credential is there and does not hold (401).
        """
        ...

    async def check_password(self, name: str, password: str, client: Client) -> Operator | None:
        """Compare with constant work; None when it is wrong.

        Raises:
            Refused: too many tries of this name or address (429).
        """
        ...


class SignIns(Protocol):
    """Signed-in states, kept in the store under a hash of their token."""

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        """Put the sign-in on record, keep it, and give its token."""
        ...

    async def find(self, token: str) -> SignIn | None:
        """Look up a live sign-in; None when it is unknown, expired or its operator is gone."""
        ...

    async def end(self, token: str, client: Client) -> None:
        """End it; nothing happens when it is unknown."""
        ...


class Sites(Protocol):
    """The sites and their directories, as far as an operator may see them."""

    def all(self) -> Sequence[SiteCard]:
        """List every site in the order of the config."""
        ...

    async def search(
        self,
        operator: Operator,
        site: str,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
    ) -> People:
        """Find users by name, e-mail, id or account; nobody for an unknown site.

        `status` and `account`, when not empty, are what the users must have beside.
        """
        ...

    async def person(self, operator: Operator, site: str, user_id: str) -> Person | None:
        """Give one user, or None."""
        ...

    async def house_contact(self, operator: Operator, site: str, account: str) -> Person | None:
        """Give the house contact of an account, by its id, or None."""
        ...


class Accounts(Protocol):
    """What accounts allow.

    Each may raise `Refused`: policy, an unknown site or account (404).
    """

    async def preferences(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> AccountSays:
        """Give what an account allows."""
        ...

    async def history(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> Sequence[PreferenceChange]:
        """Give the last changes of it, the newest first."""
        ...

    async def prefer(self, operator: Operator, order: PreferenceOrder, client: Client) -> None:
        """Change it, on record; sessions that are no longer allowed have ended when it returns.

        Raises:
            Refused: also an unknown category (422), or a version that is not the last (409).
        """
        ...


class OperatorDesk(Protocol):
    """The people who may sign in, as far as an operator may manage them.

    Each may raise `Refused`: policy, the rules of `gateway.policy.people_rules`, or somebody whom
    there is not (404).
    """

    async def search(self, operator: Operator, text: str, client: Client) -> OperatorList:
        """Find those whom an operator may manage, by words of name, id, e-mail or profile."""
        ...

    async def show(self, operator: Operator, person: str, client: Client) -> OperatorSays:
        """Give one of them, or oneself."""
        ...

    async def history(
        self, operator: Operator, person: str, client: Client
    ) -> Sequence[OperatorChange]:
        """Give the last changes of one, the newest first."""
        ...

    async def change(self, operator: Operator, order: PersonOrder, client: Client) -> OperatorSays:
        """Add, update, disable or enable somebody, on record; give them as they are then.

        The sessions of somebody who is disabled have ended when it returns.

        Raises:
            Refused: also a version that is not the last (409).
        """
        ...


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


class Recorder(Protocol):
    """The audit trail, as far as the console writes to it itself."""

    async def refused(self, attempt: Attempt) -> str:
        """Put a refusal on record durably and give the record's id.

        Raises:
            StoreAway: it could not be recorded.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """Everything the console's pages and JSON API are built from.

    `arrival` tells how a request reached us; `now` is the wall clock in milliseconds. `origins`
    gives those of a session's hosts. `prefix` begins and ends with a slash. What `reasons` and
    `ticket` say is shown in the form; `sessions` decides.
    """

    sign_in: Authenticator
    sign_ins: SignIns
    sites: Sites
    sessions: Sessions
    accounts: Accounts
    approvals: Approvals
    glass: BrokenGlasses
    questions: PolicyQuestions
    trials: PolicyTrials
    operators: OperatorDesk
    asks: Asks
    histories: Histories
    records: Recorder
    arrival: Callable[[web.BaseRequest], Arrival]
    now: Callable[[], int]
    reasons: Reasons
    ticket: TicketField
    profiles: Profiles
    origins: Callable[[Session], Sequence[str]]
    prefix: str = "/_gateway/"


@dataclass(frozen=True, slots=True)
class SessionPageServices:
    """Everything the pages on session hosts are built from.

    `console_url` gives the console's origin, such as `https://acting.example.com`; `homes` are the
    sites by name. `origins` gives those of a session's hosts, in the order in which they are
    entered; `first_page` the target on the app at which it begins.
    """

    entrance: Entrance
    records: Recorder
    arrival: Callable[[web.BaseRequest], Arrival]
    now: Callable[[], int]
    console_url: Callable[[], str]
    homes: Mapping[str, Home]
    origins: Callable[[Session], Sequence[str]]
    first_page: Callable[[Session], str]
    prefix: str = "/_gateway/"
