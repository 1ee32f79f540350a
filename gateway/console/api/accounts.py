"""Accounts to look through, and the sites on which a user is."""

from __future__ import annotations

from typing import Self

from aiohttp import web

from gateway.console.api.directory import FoundUser
from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import PAGE, Answer, Limit, Name, Query
from gateway.console.desk import SignedIn
from gateway.console.directory_values import AccountCard, Place
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices


class AccountsQuery(Query, frozen=True, kw_only=True):
    """Which accounts of a site are looked for; all of them without `q`.

    `id`: one account alone. `after` is what the page before gave.
    """

    site: Name
    q: str = ""
    id: str = ""
    limit: Limit = PAGE
    after: str = ""


class PlaceQuery(Query, frozen=True, kw_only=True):
    """A user, by id, of a site."""

    site: Name
    subject: Name


class AccountPageAnswer(Answer, frozen=True, kw_only=True):
    """Accounts that fit, the best first; `after`: behind these, empty at the end."""

    accounts: tuple[AccountCard, ...]
    after: str


class AccountAnswer(Answer, frozen=True, kw_only=True):
    """One account. `ancestors`: nearest first; `children`: right below it.

    `more_children`: there are others than those listed.
    """

    account: AccountCard
    ancestors: tuple[AccountCard, ...]
    children: tuple[AccountCard, ...]
    more_children: bool


class FoundPlace(Answer, frozen=True, kw_only=True):
    """A site on which a user is. `sure` is false where it is perhaps somebody else."""

    site: str
    label: str
    user: FoundUser
    sure: bool

    @classmethod
    def of(cls, place: Place) -> Self:
        """Give a place as the API shows it."""
        user = FoundUser.of(place.person)
        return cls(site=place.site, label=place.label, user=user, sure=place.sure)


class FoundPlaces(Answer, frozen=True, kw_only=True):
    """The sites on which a user is, the one that was asked about first."""

    places: tuple[FoundPlace, ...]


async def accounts(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Find accounts, or give one with what is above and below it."""
    asked = query_as(visit, AccountsQuery)
    directories, operator = services.directories, signed_in.operator
    if asked.id:
        sheet = await directories.account(operator, asked.site, asked.id)
        return json_response(
            AccountAnswer(
                account=sheet.account,
                ancestors=sheet.ancestors,
                children=sheet.children,
                more_children=sheet.more_children,
            )
        )
    page = await directories.accounts(
        operator, asked.site, asked.q.strip(), asked.after, asked.limit
    )
    return json_response(AccountPageAnswer(accounts=page.accounts, after=page.after))


async def places(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give the sites on which a user is."""
    asked = query_as(visit, PlaceQuery)
    found = await services.directories.places(signed_in.operator, asked.site, asked.subject)
    return json_response(FoundPlaces(places=tuple(map(FoundPlace.of, found))))


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "accounts",
        accounts,
        "Find accounts of a site, or show one",
        "directory",
        query=AccountsQuery,
        answer=(AccountPageAnswer, AccountAnswer),
        problems={404: ("unknown_site", "unknown_account")},
    ),
    Endpoint(
        "GET",
        "places",
        places,
        "List the sites on which a user is",
        "directory",
        query=PlaceQuery,
        answer=FoundPlaces,
        problems={404: ("unknown_site",)},
    ),
)
