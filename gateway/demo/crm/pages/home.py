"""The first page: what is open, what is due, what happened."""

from __future__ import annotations

from aiohttp import web

from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.records import tasks as todo
from gateway.demo.crm.web import DB, page, user_of

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    """Show the user's own day."""
    db, user = request.app[DB], user_of(request)
    mine = sold.deals(db, user, mine=True)
    still_open = [deal for deal in mine if deal["stage"] not in sold.CLOSED]
    scores = [each["score"] for each in known.surveys(db, user)]
    return page(
        request,
        "home.html",
        deals=still_open[:5],
        open_deals=len(still_open),
        pipeline=sum(deal["amount"] for deal in still_open),
        won=sum(deal["amount"] for deal in mine if deal["stage"] == "Won"),
        score=sum(scores) / len(scores) if scores else None,
        tasks=[task for task in todo.tasks(db, user, mine=True) if not task["done_by"]][:6],
        moves=sold.last_moves(db, user, 6),
        surveys=known.surveys(db, user)[:2],
    )
