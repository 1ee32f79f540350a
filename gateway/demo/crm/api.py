"""The CRM's JSON API. A contact holds `private_notes` and the last survey's `survey_comments`; a
meeting holds `meeting_notes`.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from gateway.demo.crm.database import Row
from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.records import tasks as todo
from gateway.demo.crm.streams import announce
from gateway.demo.crm.web import DB, now, number_in, user_of

routes = web.RouteTableDef()


@routes.get("/api/me")
async def me(request: web.Request) -> web.Response:
    """Say who asks."""
    user = user_of(request)
    keys = ("id", "name", "email", "account", "account_name", "role", "status")
    return web.json_response({key: user[key] for key in keys})


@routes.get("/api/contacts")
async def contacts(request: web.Request) -> web.Response:
    """List contacts, notes and survey answers included; `?q=` finds some."""
    text = request.query.get("q", "")
    found = known.contacts(request.app[DB], user_of(request), text=text)
    return answer({"contacts": found})


@routes.get(r"/api/contacts/{number:\d{1,9}}")
async def contact(request: web.Request) -> web.Response:
    """Give one contact with surveys, meetings and deals."""
    db, user, number = request.app[DB], user_of(request), number_in(request)
    found = _found(known.contact(db, user, number))
    more = {
        "surveys": known.surveys(db, user, number),
        "meetings": known.meetings(db, user, number),
        "deals": sold.deals(db, user, contact=number),
    }
    return answer(found | more)


@routes.patch(r"/api/contacts/{number:\d{1,9}}")
async def change_contact(request: web.Request) -> web.Response:
    """Change some fields of a contact."""
    db, user, number = request.app[DB], user_of(request), number_in(request)
    fields = await json_object(request)
    _found(known.contact(db, user, number))
    if not all(key in known.EDITABLE and isinstance(fields[key], str) for key in fields):
        raise web.HTTPBadRequest(text=f"Texts for {', '.join(known.EDITABLE)} can be changed.")
    if faults := known.faults_of(fields):
        raise web.HTTPBadRequest(text=f"{' and '.join(faults)} cannot be that.")
    known.change_contact(db, user, number, fields)
    if "private_notes" in fields:
        announce(request, "note", {"contact": number, "private_notes": fields["private_notes"]})
    return answer(_found(known.contact(db, user, number)))


@routes.get("/api/surveys")
async def surveys(request: web.Request) -> web.Response:
    """List answers to surveys."""
    return answer({"surveys": known.surveys(request.app[DB], user_of(request))})


@routes.get("/api/meetings")
async def meetings(request: web.Request) -> web.Response:
    """List meetings with their minutes."""
    return answer({"meetings": known.meetings(request.app[DB], user_of(request))})


@routes.get("/api/deals")
async def deals(request: web.Request) -> web.Response:
    """List deals."""
    return answer({"deals": sold.deals(request.app[DB], user_of(request))})


@routes.get(r"/api/deals/{number:\d{1,9}}")
async def deal(request: web.Request) -> web.Response:
    """Give one deal and how it moved."""
    found = _found(sold.deal(request.app[DB], user_of(request), number_in(request)))
    return answer({**found, "moves": sold.moves(request.app[DB], found["id"])})


@routes.patch(r"/api/deals/{number:\d{1,9}}")
async def move_deal(request: web.Request) -> web.Response:
    """Move a deal to another stage."""
    db, user, number = request.app[DB], user_of(request), number_in(request)
    stage = (await json_object(request)).get("stage")
    _found(sold.deal(db, user, number))
    moved = sold.move(db, user, number, stage, now()) if isinstance(stage, str) else None
    if moved is None:
        raise web.HTTPBadRequest(text=f"The stages are {', '.join(sold.STAGES)}.")
    announce(request, "deal", {"deal": number, "title": moved["title"], "stage": stage})
    return answer(moved)


@routes.get("/api/tasks")
async def tasks(request: web.Request) -> web.Response:
    """List tasks."""
    return answer({"tasks": todo.tasks(request.app[DB], user_of(request))})


@routes.post("/api/search")
async def search(request: web.Request) -> web.Response:
    """Find contacts and deals: a POST that only reads."""
    db, user = request.app[DB], user_of(request)
    text = str((await json_object(request)).get("q", ""))
    deals_found = [d for d in sold.deals(db, user) if text.casefold() in d["title"].casefold()]
    return answer({"contacts": known.contacts(db, user, text=text), "deals": deals_found})


async def json_object(request: web.Request) -> dict[str, Any]:
    """Read a body that is one JSON object.

    Raises:
        web.HTTPUnsupportedMediaType, web.HTTPBadRequest: it is not.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    try:
        body = await request.json()
    except (ValueError, RecursionError) as fault:
        raise web.HTTPBadRequest(text="This is not JSON.") from fault
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="Send a JSON object.")
    return body


def answer(value: Any) -> web.Response:
    """Answer with JSON; it is compressed for who accepts that."""
    text = json.dumps(value, ensure_ascii=False)
    response = web.Response(text=text, content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.enable_compression()
    return response


def _found(row: Row | None) -> Row:
    if row is None:
        raise web.HTTPNotFound(text="There is no such thing.")
    return row
