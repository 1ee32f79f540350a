"""The CRM's JSON API and its GraphQL endpoint."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from graphql import GraphQLError, build_schema, graphql_sync

from gateway.demo.crm.data import Data, Row
from gateway.demo.crm.streams import announce
from gateway.demo.crm.web import DATA, user_of

routes = web.RouteTableDef()

SCHEMA = build_schema("""
type Contact {
  id: Int!, name: String!, email: String!, company: String!
  private_notes: String, survey_comments: String
}
type Deal { id: Int!, title: String!, amount: Int!, stage: String! }
type Query { me: String!, contacts: [Contact!]!, deals: [Deal!]! }
type Mutation { setStage(deal: Int!, stage: String!): Deal }
""")


@routes.get("/api/me")
async def me(request: web.Request) -> web.Response:
    """Say who asks."""
    user = user_of(request)
    return web.json_response({key: user[key] for key in ("id", "name", "email", "account", "role")})


@routes.get("/api/contacts")
async def contacts(request: web.Request) -> web.Response:
    """List contacts, notes and survey answers included."""
    return _json({"contacts": request.app[DATA].contacts(user_of(request))})


@routes.get(r"/api/contacts/{id:\d+}")
async def contact(request: web.Request) -> web.Response:
    """Give one contact with meetings."""
    data = request.app[DATA]
    found = data.contact(user_of(request), int(request.match_info["id"]))
    if found is None:
        return web.json_response({"error": "no such contact"}, status=404)
    return _json({**found, "meetings": data.meetings(found["id"])})


@routes.get("/api/deals")
async def deals(request: web.Request) -> web.Response:
    """List deals."""
    return _json({"deals": request.app[DATA].deals(user_of(request))})


@routes.patch(r"/api/deals/{id:\d+}")
async def change_deal(request: web.Request) -> web.Response:
    """Move a deal."""
    body = await request.json()
    deal_id, user = int(request.match_info["id"]), user_of(request)
    if not request.app[DATA].set_stage(user, deal_id, str(body.get("stage"))):
        return web.json_response({"error": "no such deal or stage"}, status=404)
    announce(request.app, user["account"], {"deal": deal_id, "stage": body["stage"]})
    return _json(request.app[DATA].deal(user, deal_id) or {})


@routes.post("/api/search")
async def search(request: web.Request) -> web.Response:
    """Find contacts; a POST that only reads."""
    wanted = str((await request.json()).get("q", "")).lower()
    rows = request.app[DATA].contacts(user_of(request))
    return _json({"contacts": [row for row in rows if wanted in json.dumps(row).lower()]})


@routes.post("/graphql")
async def graphql(request: web.Request) -> web.Response:
    """Answer a GraphQL request."""
    body = await request.json()
    root = _Root(request.app[DATA], user_of(request))
    result = graphql_sync(
        SCHEMA,
        str(body.get("query", "")),
        root_value=root,
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    return _json(result.formatted)


class _Root:
    def __init__(self, data: Data, user: Row) -> None:
        self._data = data
        self._user = user

    def me(self, _info: Any) -> str:
        return str(self._user["id"])

    def contacts(self, _info: Any) -> list[Row]:
        return self._data.contacts(self._user)

    def deals(self, _info: Any) -> list[Row]:
        return self._data.deals(self._user)

    def setStage(self, _info: Any, deal: int, stage: str) -> Row | None:  # noqa: N802  the schema's
        if not self._data.set_stage(self._user, deal, stage):
            raise GraphQLError("no such deal or stage")
        return self._data.deal(self._user, deal)


def _json(value: Any) -> web.Response:
    response = web.json_response(value)
    response.enable_compression()
    return response
