"""What users keep about themselves: profile, password, a key for programs."""

from __future__ import annotations

from aiohttp import web

from gateway.demo.crm.records import people
from gateway.demo.crm.web import DB, back, checked_form, page, user_of

routes = web.RouteTableDef()


@routes.get("/settings")
async def settings(request: web.Request) -> web.Response:
    """Show the user's own profile."""
    return page(request, "settings.html")


@routes.post("/settings")
async def change_settings(request: web.Request) -> web.Response:
    """Keep the profile."""
    fields = await checked_form(request)
    people.change_profile(request.app[DB], user_of(request)["id"], fields)
    return back(request, "/settings", "Profile saved.")


@routes.get("/settings/password")
async def password(request: web.Request) -> web.Response:
    """Show the form for a new password."""
    return page(request, "password.html")


@routes.post("/settings/password")
async def change_password(request: web.Request) -> web.Response:
    """Change the password, for who knows the old one."""
    fields, user = await checked_form(request), user_of(request)
    if not people.password_fits(user, fields.get("old", "")):
        return page(request, "password.html", status=422, fault="The old password is wrong.")
    if len(fields.get("new", "")) < people.SHORTEST_PASSWORD:
        fault = f"A password has at least {people.SHORTEST_PASSWORD} characters."
        return page(request, "password.html", status=422, fault=fault)
    people.set_password(request.app[DB], user["id"], fields["new"])
    return back(request, "/settings", "Password changed.")


@routes.get("/settings/api-key")
async def api_key(request: web.Request) -> web.Response:
    """Show the key that programs send as a bearer token."""
    return page(request, "api_key.html")


@routes.post("/settings/api-key")
async def change_api_key(request: web.Request) -> web.Response:
    """Make a new key."""
    await checked_form(request)
    people.new_api_key(request.app[DB], user_of(request)["id"])
    return back(request, "/settings/api-key", "This is your new key. The old one is dead.")
