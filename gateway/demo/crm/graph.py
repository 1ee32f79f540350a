"""The CRM's GraphQL endpoint. Its fields have the names of the JSON API."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from aiohttp import web
from graphql import GraphQLError, build_schema, graphql_sync

from gateway.demo.crm.api import answer, json_object
from gateway.demo.crm.database import Row
from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.streams import announce
from gateway.demo.crm.web import DB, now, user_of

SCHEMA: Final = build_schema((resources.files(__package__) / "schema.graphql").read_text("utf-8"))

routes = web.RouteTableDef()


@routes.post("/graphql")
async def graphql(request: web.Request) -> web.Response:
    """Run a GraphQL document: `{query, variables, operationName}`."""
    body = await json_object(request)
    result = graphql_sync(
        SCHEMA,
        str(body.get("query", "")),
        root_value=_Root(request),
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    return answer(result.formatted)


class _Root:
    """What a document starts from: a method for each field of Query and Mutation."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._db = request.app[DB]
        self._user = user_of(request)

    def me(self, _info: Any) -> Row:
        return self._user

    def contacts(self, _info: Any, search: str) -> list[Row]:
        found = known.contacts(self._db, self._user, text=search)
        return [self._with_more(each) for each in found]

    def contact(self, _info: Any, id: int) -> Row | None:  # noqa: A002  the schema's name
        found = known.contact(self._db, self._user, id)
        return None if found is None else self._with_more(found)

    def deals(self, _info: Any) -> list[Row]:
        return sold.deals(self._db, self._user)

    def deal(self, _info: Any, id: int) -> Row | None:  # noqa: A002  the schema's name
        return sold.deal(self._db, self._user, id)

    def setStage(self, _info: Any, deal: int, stage: str) -> Row:  # noqa: N802  the schema's name
        moved = sold.move(self._db, self._user, deal, stage, now())
        if moved is None:
            raise GraphQLError("There is no such deal or stage.")
        announce(self._request, "deal", {"deal": deal, "title": moved["title"], "stage": stage})
        return moved

    def setNotes(self, _info: Any, contact: int, private_notes: str) -> Row:  # noqa: N802  as above
        fields = {"private_notes": private_notes}
        if known.faults_of(fields) or not known.change_contact(
            self._db, self._user, contact, fields
        ):
            raise GraphQLError("There is no such contact, or the note is too long.")
        announce(self._request, "note", {"contact": contact, **fields})
        return self._with_more(known.contact(self._db, self._user, contact) or {})

    def _with_more(self, contact: Row) -> Row:
        number = contact["id"]
        return {
            **contact,
            "surveys": lambda _info: known.surveys(self._db, self._user, number),
            "meetings": lambda _info: known.meetings(self._db, self._user, number),
            "deals": lambda _info: sold.deals(self._db, self._user, contact=number),
        }
