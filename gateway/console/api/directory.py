"""Sites, and the users that one may look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import PAGE, Answer, Limit, Query
from gateway.console.desk import SignedIn
from gateway.console.home import FOUND_LIMIT
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import People, Person
from gateway.console.wording import status_words
from gateway.errors import Refused
from gateway.model import Status


class ListedSite(Answer, frozen=True, kw_only=True):
    """A site; `workflows` and `capabilities` are the names for people of what it has, by id."""

    name: str
    label: str
    workflows: Mapping[str, str]
    capabilities: Mapping[str, str]


class ListedSites(Answer, frozen=True, kw_only=True):
    """Every site, in the order of the config."""

    sites: tuple[ListedSite, ...]


class UserQuery(Query, frozen=True, kw_only=True):
    """Which users are looked for, and where; `status` and `account` hold others back.

    `of`: the id of the very account whose users are listed. With `of`, `limit` or `after` users are
    given page by page, and all of them where nothing is looked for; `after` is what the page before
    gave.
    """

    site: str = ""
    q: str = ""
    status: str = ""
    account: str = ""
    of: str = ""
    limit: Limit | None = None
    after: str = ""


class FoundUser(Answer, frozen=True, kw_only=True):
    """A user of a site's directory."""

    id: str
    name: str
    email: str
    account: str
    account_name: str
    status: Status
    status_words: str
    protected: bool
    house_contact: bool

    @classmethod
    def of(cls, person: Person) -> Self:
        """Give a user as the API shows them."""
        user = person.user
        return cls(
            id=user.id,
            name=user.name,
            email=user.email,
            account=user.account,
            account_name=person.account_name,
            status=user.status,
            status_words=status_words(user.status),
            protected=user.protected,
            house_contact=user.house_contact,
        )


class FoundUsers(Answer, frozen=True, kw_only=True):
    """Users that fit, the best first; `more`: there are others, `after`: behind these.

    `after` is empty at the end, and where pages were not asked for.
    """

    users: tuple[FoundUser, ...]
    more: bool
    after: str = ""


async def sites(services: ConsoleServices, _visit: Visit, _signed_in: SignedIn) -> web.Response:
    """List the sites."""
    listed = tuple(
        ListedSite(
            name=card.name,
            label=card.label,
            workflows=card.workflows,
            capabilities=card.capabilities,
        )
        for card in services.sites.all()
    )
    return json_response(ListedSites(sites=listed))


async def users(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Find users; nobody without anything to look for."""
    asked = query_as(visit, UserQuery)
    text, status, account = asked.q.strip(), asked.status.strip(), asked.account.strip()
    if asked.of or asked.limit or asked.after:
        page = await services.directories.users(
            signed_in.operator,
            asked.site.strip(),
            account=asked.of,
            text=text,
            status=status,
            near=account,
            after=asked.after,
            limit=asked.limit or PAGE,
        )
        listed = tuple(FoundUser.of(each) for each in page.people)
        return json_response(FoundUsers(users=listed, more=bool(page.after), after=page.after))
    found, site = People(), asked.site.strip()
    if site not in [each.name for each in services.sites.all()]:
        raise Refused(
            "unknown_site",
            "There is no such site." if site else "It was not said on which site to look.",
            "Name a site of `GET api/sites` in `site`.",
            status=404,
            title="There is nothing to show",
        )
    if text or status or account:
        found = await services.sites.search(
            signed_in.operator, site, text, FOUND_LIMIT, status=status, account=account
        )
    said = tuple(FoundUser.of(each) for each in found.people)
    return json_response(FoundUsers(users=said, more=found.more))


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "sites",
        sites,
        "List the sites",
        "directory",
        answer=ListedSites,
    ),
    Endpoint(
        "GET",
        "users",
        users,
        "Find users of a site",
        "directory",
        query=UserQuery,
        answer=FoundUsers,
        problems={404: ("unknown_site", "unknown_account")},
    ),
)
