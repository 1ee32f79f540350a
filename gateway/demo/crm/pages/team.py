"""The people who use the CRM; administrators let them in and out."""

from __future__ import annotations

from aiohttp import web

from gateway.demo.crm.records import people
from gateway.demo.crm.web import DB, back, checked_form, page, user_of

routes = web.RouteTableDef()


@routes.get("/team")
async def team(request: web.Request) -> web.Response:
    """List the user's colleagues, or everybody for an administrator."""
    found = people.people(request.app[DB], user_of(request))
    return page(request, "team.html", people=found, statuses=people.STATUSES)


@routes.get("/team/{user}")
async def person(request: web.Request) -> web.Response:
    """Show one colleague's card."""
    seen = people.people(request.app[DB], user_of(request))
    name = request.match_info["user"]
    found = next((each for each in seen if each["id"] == name), None)
    if found is None:
        raise web.HTTPNotFound(text="There is nobody of this name here.")
    return page(request, "person.html", person=found)


@routes.post("/team/{user}/status")
async def set_status(request: web.Request) -> web.Response:
    """Let a user in or out."""
    fields = await checked_form(request)
    if user_of(request)["role"] != "Administrator":
        raise web.HTTPForbidden(text="Only an administrator lets people in and out.")
    name, status = request.match_info["user"], fields.get("status", "")
    if not people.set_status(request.app[DB], name, status):
        raise web.HTTPNotFound(text="There is no such user or status.")
    return back(request, "/team", f"{name} is {status.replace('_', '-')} now.")
