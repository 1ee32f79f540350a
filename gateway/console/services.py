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
from gateway.console.consent_services import Asks
from gateway.console.directory_services import Directories, Shortlists, Sites
from gateway.console.history_services import Exports, Histories, System
from gateway.console.people_services import Accounts, OperatorDesk
from gateway.console.policy_services import PolicyQuestions, PolicyTrials
from gateway.console.session_services import Entrance, Sessions
from gateway.console.sign_in_services import Authenticator, SignIns, Ways
from gateway.console.values import Arrival, Attempt, Home, TicketField
from gateway.model import Session
from gateway.policy.reasons import Reasons
from gateway.policy.rights.profiles import Profiles


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
    directories: Directories
    shortlists: Shortlists
    sessions: Sessions
    accounts: Accounts
    approvals: Approvals
    glass: BrokenGlasses
    questions: PolicyQuestions
    trials: PolicyTrials
    operators: OperatorDesk
    asks: Asks
    histories: Histories
    exports: Exports
    system: System
    records: Recorder
    arrival: Callable[[web.BaseRequest], Arrival]
    now: Callable[[], int]
    reasons: Reasons
    ticket: TicketField
    profiles: Profiles
    origins: Callable[[Session], Sequence[str]]
    ways: Ways
    prefix: str = "/_gateway/"


@dataclass(frozen=True, slots=True)
class WayPageServices:
    """Everything that lets a site's host show buttons is built from.

    `console_url` is the console's origin.
    """

    ways: Ways
    records: Recorder
    arrival: Callable[[web.BaseRequest], Arrival]
    console_url: str
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
