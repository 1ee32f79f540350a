"""The CRM's own sign-in and sign-out."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from gateway.demo.crm.records import people
from gateway.demo.crm.web import COOKIE, DB, LOGIN, checked_form, keep_login, page

routes = web.RouteTableDef()


@routes.get("/sign-in")
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the form."""
    return page(request, "sign_in.html")


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    """Let an active user in."""
    fields = await request.post()
    db, name = request.app[DB], str(fields.get("user", "")).strip().lower()
    user = people.user(db, name)
    if user is None or not people.password_fits(user, str(fields.get("password", ""))):
        return page(request, "sign_in.html", status=401, name=name, fault="User or password wrong.")
    if user["status"] != "active":
        fault = "This user is not active. Ask your administrator."
        return page(request, "sign_in.html", status=403, name=name, fault=fault)
    response = web.Response(status=303, headers={"Location": "/"})
    keep_login(response, people.sign_in(db, user["id"], datetime.now(UTC)))
    return response


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    """End the login."""
    await checked_form(request)
    people.sign_out(request.app[DB], request[LOGIN]["token"])
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    response.del_cookie(COOKIE)
    return response
