"""The part of the JSON API that is about the people who may sign in."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import OperatorChange, OperatorSays, PersonOrder
from gateway.console.wording import timestamp
from gateway.errors import ClientError
from gateway.model import Operator
from gateway.policy.people_rules import How

WHY_MAX_LENGTH = 500


class PersonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST people` and `PUT people`: all of somebody, as they are to be."""

    id: str
    name: str
    email: str
    profile: str
    accounts: tuple[str, ...] = ()
    account: str = ""
    partner: str = ""
    regions: tuple[str, ...] = ()
    password: str | None = None
    why: str = ""
    version: int | None = None


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST people/disable` and `POST people/enable`."""

    id: str
    why: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class PeopleApi:
    """What answers under `api/people`."""

    services: ConsoleServices

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?q=` -> `{people: [...], more}`; `?id=` -> one of them."""
        person, client = visit.query.get("id", ""), visit.arrival.client
        desk = self.services.operators
        if person:
            return json_response(_told(await desk.show(signed_in.operator, person, client)))
        found = await desk.search(signed_in.operator, visit.query.get("q", ""), client)
        return json_response({"people": [_told(each) for each in found.people], "more": found.more})

    async def history(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?id=` -> `{changes: [{operator, disabled, by, why, at, version}]}`."""
        person = visit.query.get("id", "")
        if not person:
            raise ClientError("bad_fields", "Say whose history: give their id.")
        desk, client = self.services.operators, visit.arrival.client
        changes = await desk.history(signed_in.operator, person, client)
        return json_response({"changes": [_past(each) for each in changes]})

    async def add(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{id, name, email, profile, ...}` -> 201, what `show` gives of them."""
        return json_response(await self._put(visit, signed_in, "add"), status=201)

    async def update(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{id, name, email, profile, ..., version?}` -> what `show` gives of them then."""
        return json_response(await self._put(visit, signed_in, "update"))

    async def disable(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{id, why?, version?}` -> what `show` gives then; their sessions have ended."""
        return json_response(await self._switch(visit, signed_in, "disable"))

    async def enable(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{id, why?, version?}` -> what `show` gives then."""
        return json_response(await self._switch(visit, signed_in, "enable"))

    async def _put(self, visit: Visit, signed_in: SignedIn, how: How) -> dict[str, object]:
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
            version=body.version,
        )
        return await self._changed(visit, signed_in, order)

    async def _switch(self, visit: Visit, signed_in: SignedIn, how: How) -> dict[str, object]:
        body = await json_of(visit.request, ChangeBody)
        why = one_line(body.why, WHY_MAX_LENGTH)
        order = PersonOrder(how=how, id=body.id, why=why, version=body.version)
        return await self._changed(visit, signed_in, order)

    async def _changed(
        self, visit: Visit, signed_in: SignedIn, order: PersonOrder
    ) -> dict[str, object]:
        desk, client = self.services.operators, visit.arrival.client
        return _told(await desk.change(signed_in.operator, order, client))


def _told(says: OperatorSays) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(says.operator),
        "disabled": says.disabled,
        "kept_in": "file" if says.in_file else "store",
        "version": says.version,
    }


def _past(change: OperatorChange) -> dict[str, object]:
    return {**msgspec.structs.asdict(change), "at": timestamp(change.at)}
