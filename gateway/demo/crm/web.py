"""Who is asking, and how pages are answered."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import jinja2
from aiohttp import web

from gateway.demo.crm.data import Data, Row

DATA = web.AppKey("data", Data)
PAGES = web.AppKey("pages", jinja2.Environment)
COOKIE = "crm_session"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN = ("/static/", "/sign-in")


@web.middleware
async def know_the_user(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the user from `X-Remote-User`, which a proxy sets, else from the CRM's own cookie.

    Like many real apps it keeps a login of its own also for a user that a proxy named.
    """
    if request.path.startswith(_OPEN):
        return await handler(request)
    data = request.app[DATA]
    login = data.login(request.cookies.get(COOKIE, ""))
    named = request.headers.get("X-Remote-User")
    fresh = None
    if named is not None and (login is None or login["user"] != named) and data.user(named):
        fresh, csrf = data.sign_in(named)
        login = {"user": named, "csrf": csrf}
    if login is None:
        if request.path.startswith("/api/") or request.path in ("/graphql", "/events", "/ws"):
            return web.json_response({"error": "not signed in"}, status=401)
        raise web.HTTPSeeOther("/sign-in")
    request["user"] = data.user(login["user"])
    request["csrf"] = login["csrf"]
    response = await handler(request)
    if fresh is not None and not response.prepared:
        response.set_cookie(COOKIE, fresh, httponly=True, samesite="Lax")
    return response


def user_of(request: web.Request) -> Row:
    """Give the user who asks."""
    user: Row = request["user"]
    return user


def page(request: web.Request, name: str, *, status: int = 200, **values: Any) -> web.Response:
    """Answer with a page; it is compressed for who accepts that."""
    flash = request.cookies.get("crm_flash", "")
    html = (
        request.app[PAGES]
        .get_template(name)
        .render(
            user=request.get("user"),
            csrf=request.get("csrf", ""),
            flash=flash.replace("+", " "),
            path=request.path,
            **values,
        )
    )
    response = web.Response(text=html, content_type="text/html", status=status)
    if flash:
        response.del_cookie("crm_flash")
    response.enable_compression()
    return response


def back(location: str, flash: str) -> web.Response:
    """Answer a form: say on the next page what was done."""
    response = web.Response(status=303, headers={"Location": location})
    response.set_cookie("crm_flash", flash.replace(" ", "+"), httponly=True, max_age=30)
    return response


async def checked_form(request: web.Request) -> dict[str, str]:
    """Read a form that one of our own pages sent.

    Raises:
        web.HTTPForbidden: its token is not this login's.
    """
    fields = {name: str(value) for name, value in (await request.post()).items()}
    if not hmac.compare_digest(fields.get("csrf", ""), request["csrf"]):
        raise web.HTTPForbidden(text="This form is too old. Go back, reload, and try again.")
    return fields
