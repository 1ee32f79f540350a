"""The people who may sign in."""

from __future__ import annotations

from typing import Literal, Self

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import (
    WHY_MAX_LENGTH,
    Answer,
    Body,
    Given,
    Name,
    Query,
    Time,
    Whole,
    Why,
    version_of,
)
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import OperatorChange, OperatorSays, PersonOrder
from gateway.console.wording import timestamp
from gateway.model import Operator
from gateway.policy.people_rules import How


class PeopleQuery(Query, frozen=True, kw_only=True):
    """Whom to look for, by words of name, id, e-mail or profile; or, with `id`, whom to show."""

    q: str = ""
    id: str = ""


class PersonQuery(Query, frozen=True, kw_only=True):
    """Who, by their id."""

    id: Name


class PersonBody(Body, frozen=True, kw_only=True):
    """All of somebody, as they are to be.

    `password`, left out, stays as it is. `version`: the one that was seen; left out: whatever it is
    by now.
    """

    id: Given
    name: Given
    email: Given
    profile: Given
    accounts: tuple[str, ...] = ()
    account: str = ""
    partner: str = ""
    regions: tuple[str, ...] = ()
    password: str | None = None
    why: Why = ""
    version: Whole | None = None


class SwitchBody(Body, frozen=True, kw_only=True):
    """Who is to be disabled or enabled, and why."""

    id: str
    why: Why = ""
    version: Whole | None = None


class ListedPerson(Answer, frozen=True, kw_only=True):
    """Somebody who may sign in, or is disabled, and where they are kept."""

    id: Given
    name: Given
    email: Given
    profile: Given
    accounts: tuple[str, ...]
    account: str
    partner: str
    regions: tuple[str, ...]
    disabled: bool
    kept_in: Literal["file", "store"]
    version: int

    @classmethod
    def of(cls, says: OperatorSays) -> Self:
        """Give somebody as the API shows them."""
        operator = says.operator
        return cls(
            id=operator.id,
            name=operator.name,
            email=operator.email,
            profile=operator.profile,
            accounts=operator.accounts,
            account=operator.account,
            partner=operator.partner,
            regions=operator.regions,
            disabled=says.disabled,
            kept_in="file" if says.in_file else "store",
            version=says.version,
        )


class ListedPeople(Answer, frozen=True, kw_only=True):
    """Those whom one may manage, and oneself; `more`: there are others."""

    people: tuple[ListedPerson, ...]
    more: bool


class ChangedPerson(Answer, frozen=True, kw_only=True):
    """A change of somebody; `operator` is null for one of the operators file."""

    operator: Operator | None
    disabled: bool
    by: str
    why: str
    at: Time
    version: int

    @classmethod
    def of(cls, change: OperatorChange) -> Self:
        """Give it as the API shows it."""
        return cls(
            operator=change.operator,
            disabled=change.disabled,
            by=change.by,
            why=change.why,
            at=timestamp(change.at),
            version=change.version,
        )


class PersonHistory(Answer, frozen=True, kw_only=True):
    """The last changes of somebody, the newest first."""

    changes: tuple[ChangedPerson, ...]


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Find people, or show one of them."""
    asked, client = query_as(visit, PeopleQuery), visit.arrival.client
    if asked.id:
        one = await services.operators.show(signed_in.operator, asked.id, client)
        return json_response(ListedPerson.of(one))
    found = await services.operators.search(signed_in.operator, asked.q, client)
    people = tuple(map(ListedPerson.of, found.people))
    return json_response(ListedPeople(people=people, more=found.more))


async def history(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give the last changes of somebody."""
    person = query_as(visit, PersonQuery).id
    changes = await services.operators.history(signed_in.operator, person, visit.arrival.client)
    return json_response(PersonHistory(changes=tuple(map(ChangedPerson.of, changes))))


async def add(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Add somebody who may sign in from then on."""
    return json_response(await _put(services, visit, signed_in, "add"), status=201)


async def update(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let somebody be otherwise."""
    return json_response(await _put(services, visit, signed_in, "update"))


async def disable(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let somebody sign in no more; their sessions have ended when this answers."""
    return json_response(await _switch(services, visit, signed_in, "disable"))


async def enable(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let somebody sign in again."""
    return json_response(await _switch(services, visit, signed_in, "enable"))


async def _put(
    services: ConsoleServices, visit: Visit, signed_in: SignedIn, how: How
) -> ListedPerson:
    body = await json_of(visit.request, PersonBody)
    operator = Operator(
        id=body.id,
        name=body.name,
        email=body.email,
        profile=body.profile,
        accounts=body.accounts,
        account=body.account,
        partner=body.partner,
        regions=body.regions,
    )
    order = PersonOrder(
        how=how,
        id=body.id,
        operator=operator,
        password=body.password,
        why=one_line(body.why, WHY_MAX_LENGTH),
        version=version_of(body.version),
    )
    return await _changed(services, visit, signed_in, order)


async def _switch(
    services: ConsoleServices, visit: Visit, signed_in: SignedIn, how: How
) -> ListedPerson:
    body = await json_of(visit.request, SwitchBody)
    why = one_line(body.why, WHY_MAX_LENGTH)
    order = PersonOrder(how=how, id=body.id, why=why, version=version_of(body.version))
    return await _changed(services, visit, signed_in, order)


async def _changed(
    services: ConsoleServices, visit: Visit, signed_in: SignedIn, order: PersonOrder
) -> ListedPerson:
    says = await services.operators.change(signed_in.operator, order, visit.arrival.client)
    return ListedPerson.of(says)


_FORBIDDEN = ("not_permitted", "forbidden_by_policy")
_UNKNOWN = {403: _FORBIDDEN, 404: ("unknown_person",)}
_PUT = {
    403: (*_FORBIDDEN, "own_person"),
    422: ("bad_person", "unknown_profile", "password_length"),
}

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "people",
        show,
        "Find people who may sign in, or show one",
        "people",
        query=PeopleQuery,
        answer=(ListedPeople, ListedPerson),
        problems=_UNKNOWN,
    ),
    Endpoint(
        "POST",
        "people",
        add,
        "Add somebody who may sign in",
        "people",
        body=PersonBody,
        answer=ListedPerson,
        status=201,
        problems=_PUT | {409: ("person_exists", "changed_meanwhile")},
    ),
    Endpoint(
        "PUT",
        "people",
        update,
        "Change somebody who may sign in",
        "people",
        body=PersonBody,
        answer=ListedPerson,
        problems=_PUT
        | {
            404: ("unknown_person",),
            409: ("changed_meanwhile", "kept_in_file", "last_administrator", "person_exists"),
            503: ("workers_silent",),
        },
    ),
    Endpoint(
        "POST",
        "people/disable",
        disable,
        "Disable somebody, and end their sessions",
        "people",
        body=SwitchBody,
        answer=ListedPerson,
        problems={
            403: (*_FORBIDDEN, "own_person"),
            404: ("unknown_person",),
            409: ("changed_meanwhile", "last_administrator", "hand_over_first"),
            503: ("workers_silent",),
        },
    ),
    Endpoint(
        "POST",
        "people/enable",
        enable,
        "Enable somebody",
        "people",
        body=SwitchBody,
        answer=ListedPerson,
        problems={
            403: (*_FORBIDDEN, "own_person"),
            404: ("unknown_person",),
            409: ("changed_meanwhile", "person_exists"),
        },
    ),
    Endpoint(
        "GET",
        "people/history",
        history,
        "Show the changes of somebody",
        "people",
        query=PersonQuery,
        answer=PersonHistory,
        problems=_UNKNOWN,
    ),
)
