"""Deals: the board, one deal, and moving it."""

from __future__ import annotations

from aiohttp import web

from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.streams import announce
from gateway.demo.crm.web import DB, back, checked_form, now, number_in, page, user_of

routes = web.RouteTableDef()


@routes.get("/deals")
async def board(request: web.Request) -> web.Response:
    """Show the board: everybody's deals, or with `?owner=me` the user's own."""
    owner = request.query.get("owner", "")
    found = sold.deals(request.app[DB], user_of(request), mine=owner == "me")
    columns = {stage: [deal for deal in found if deal["stage"] == stage] for stage in sold.STAGES}
    return page(request, "deals.html", columns=columns, stages=sold.STAGES, owner=owner)


@routes.get(r"/deals/{number:\d{1,9}}")
async def deal(request: web.Request) -> web.Response:
    """Show one deal, how it moved, and what was said in meetings about it."""
    db, user = request.app[DB], user_of(request)
    found = sold.deal(db, user, number_in(request))
    if found is None:
        raise web.HTTPNotFound(text="There is no such deal in your account.")
    return page(
        request,
        "deal.html",
        deal=found,
        stages=sold.STAGES,
        moves=sold.moves(db, found["id"]),
        meetings=known.meetings(db, user, found["contact"]),
    )


@routes.post(r"/deals/{number:\d{1,9}}/stage")
async def move(request: web.Request) -> web.Response:
    """Move a deal to another stage."""
    fields, number = await checked_form(request), number_in(request)
    stage = fields.get("stage", "")
    moved = sold.move(request.app[DB], user_of(request), number, stage, now())
    if moved is None:
        raise web.HTTPNotFound(text="There is no such deal or stage.")
    announce(request, "deal", {"deal": number, "title": moved["title"], "stage": stage})
    onward = f"/deals/{number}" if fields.get("from") == "deal" else "/deals"
    return back(request, onward, f"{moved['title']} moved to {stage}.")
