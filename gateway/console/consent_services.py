"""What the page for users needs from the rest of the house, and the values that they speak.

Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from gateway.console.values import Arrival, Client
from gateway.model import Frozen, Mode, Operator, User


class Recognised(Frozen, frozen=True, kw_only=True):
    """A user of a site, who made this very request themselves. `label`: the site's."""

    site: str
    label: str
    user: User


class Asked(Frozen, frozen=True, kw_only=True):
    """An operator asks the user to allow it."""

    name: str
    why: str
    at: int


class Allowed(Frozen, frozen=True, kw_only=True):
    """How it stands: until when the user allows it, or 0.

    `asks_first`: nobody acts for users of the account who do not allow it. `asked`: who asked since
    they last said something, the newest first.
    """

    asks_first: bool
    until: int = 0
    asked: tuple[Asked, ...] = ()


class Made(Frozen, frozen=True, kw_only=True):
    """A request of a session that may have changed something, with the app's status, or 0."""

    at: str
    method: str
    path: str
    status: int = 0


class Came(Frozen, frozen=True, kw_only=True):
    """A session for the user, and what was done in it.

    `id`: of the record of its start, by which earlier ones are asked for. `at`, `ended_at`: RFC
    3339, UTC; the second empty while it goes on, as is `ended`, the code of how it ended.
    `made`: the last of `changes` changes. `hidden`: how many values of each category were;
    `shown`: the categories that the operator may have seen. `complete`: nothing was left out.
    """

    id: str
    at: str
    who: str
    reason: str
    ticket: str
    mode: Mode
    elevated: bool
    ended_at: str
    ended: str
    requests: int
    refused: int
    changes: int
    made: tuple[Made, ...]
    hidden: Mapping[str, int]
    shown: tuple[str, ...]
    complete: bool


class History(Frozen, frozen=True, kw_only=True):
    """Sessions for a user, the newest first. `earlier`: there are more, before the last of them."""

    sessions: tuple[Came, ...] = ()
    earlier: bool = False


class Consents(Protocol):
    """What users allow. Each effect is on record before it returns."""

    async def of(self, caller: Recognised) -> Allowed:
        """Say how it stands."""
        ...

    async def allow(self, caller: Recognised, hours: int, client: Client) -> None:
        """Allow acting from now on.

        Raises:
            Refused: 422 `bad_hours`, it is not from 1 to 168.
        """
        ...

    async def withdraw(self, caller: Recognised, client: Client) -> None:
        """Allow nothing any more; sessions that needed it have ended when this returns."""
        ...


class Asks(Protocol):
    """Operators ask users."""

    async def ask(self, operator: Operator, order: AskOrder, client: Client) -> AskedUser:
        """Put it on record, and tell the user where the gateway can.

        Raises:
            Refused: 404 an unknown site or user, or no page for them; 409 `consent_no_help`, it
                would change nothing; 429 `asked_already`.
        """
        ...


class AskOrder(Frozen, frozen=True, kw_only=True):
    """Whom an operator asks, and why."""

    site: str
    subject: str
    why: str


class AskedUser(Frozen, frozen=True, kw_only=True):
    """The user was asked: the address of their page, and whether a message is on its way."""

    page: str
    told: bool


class Histories(Protocol):
    """Who came, and what they did."""

    async def of(self, caller: Recognised, before: str) -> History:
        """Give sessions for the user, those before the one of this id where it is not empty."""
        ...


Recognise = Callable[[], Awaitable[Recognised]]
"""Says who makes a request; raises `Refused`, `ClientError` or `UpstreamError` when in doubt."""


@dataclass(frozen=True, slots=True)
class ConsentServices:
    """Everything that the page for users is built from.

    `secret` is the key of its forms' tokens, `categories` are the labels of each site's.
    """

    consents: Consents
    histories: Histories
    arrival: Callable[[web.BaseRequest], Arrival]
    now: Callable[[], int]
    secret: bytes
    categories: Mapping[str, Mapping[str, str]]
    prefix: str = "/_gateway/"
