"""An operator's own shortcuts: for whom they acted lately, and whom they pinned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from aiohttp import web

from gateway.console.api.directory import FoundUser
from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import Answer, Body, Name, Query, Time
from gateway.console.desk import SignedIn
from gateway.console.directory_values import Shortcut
from gateway.console.fields import json_of
from gateway.console.json_answer import done, json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.wording import timestamp


class PinBody(Body, frozen=True, kw_only=True):
    """A user of a site, by id, who is to be pinned."""

    site: Name
    subject: Name


class PinQuery(Query, frozen=True, kw_only=True):
    """A user of a site, by id, who is to be pinned no more."""

    site: Name
    subject: Name


class ListedUser(Answer, frozen=True, kw_only=True):
    """A user of a site, as they are now. `at`: when they were acted for, or pinned."""

    site: str
    label: str
    user: FoundUser
    at: Time

    @classmethod
    def of(cls, shortcut: Shortcut) -> Self:
        """Give a shortcut as the API shows it."""
        return cls(
            site=shortcut.site,
            label=shortcut.label,
            user=FoundUser.of(shortcut.person),
            at=timestamp(shortcut.at),
        )


class ListedUsers(Answer, frozen=True, kw_only=True):
    """Users; who is not in a directory any more is not among them."""

    users: tuple[ListedUser, ...]


async def recent(services: ConsoleServices, _visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give the last ten for whom the operator started a session, the latest first."""
    return _listed(await services.shortlists.recent(signed_in.operator))


async def pinned(services: ConsoleServices, _visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give those whom the operator pinned, in the order in which they did."""
    return _listed(await services.shortlists.pinned(signed_in.operator))


async def pin(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Pin a user."""
    body = await json_of(visit.request, PinBody)
    await services.shortlists.pin(signed_in.operator, body.site, body.subject)
    return done()


async def unpin(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Pin a user no more."""
    asked = query_as(visit, PinQuery)
    await services.shortlists.unpin(signed_in.operator, asked.site, asked.subject)
    return done()


def _listed(found: Sequence[Shortcut]) -> web.Response:
    return json_response(ListedUsers(users=tuple(map(ListedUser.of, found))))


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "recent",
        recent,
        "List for whom you acted lately",
        "directory",
        answer=ListedUsers,
    ),
    Endpoint(
        "GET",
        "pinned",
        pinned,
        "List whom you pinned",
        "directory",
        answer=ListedUsers,
    ),
    Endpoint(
        "PUT",
        "pinned",
        pin,
        "Pin a user",
        "directory",
        body=PinBody,
        status=204,
        problems={404: ("unknown_subject",), 409: ("too_many_pinned",)},
    ),
    Endpoint(
        "DELETE",
        "pinned",
        unpin,
        "Pin a user no more",
        "directory",
        query=PinQuery,
        status=204,
    ),
)
