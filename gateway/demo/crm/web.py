"""Who is asking, and how pages are answered."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, Final

import jinja2
from aiohttp import web

from gateway.demo.crm.database import Database, Row
from gateway.demo.crm.records import people

DB: Final = web.AppKey("db", Database)
TEMPLATES: Final = web.AppKey("templates", jinja2.Environment)
USER: Final = web.RequestKey("user", Row)
LOGIN: Final = web.RequestKey("login", Row)
COOKIE: Final = "crm_session"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN = ("/static/", "/sign-in")
_FOR_PROGRAMS = ("/api/", "/graphql", "/events", "/ws")


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into a page, or into JSON for programs."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        said = error.text if error.text != f"{error.status}: {error.reason}" else None
        title = HTTPStatus(error.status).phrase
        if request.path.startswith(_FOR_PROGRAMS):
            return web.json_response({"error": said or title}, status=error.status)
        return page(request, "error.html", status=error.status, heading=title, said=said)


@web.middleware
async def know_the_user(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the user from `X-Remote-User`, which a proxy sets, else from the CRM's own login.

    Like many real apps it makes a login of its own also for a user that a proxy named, and goes on
    believing that login's cookie when the proxy names nobody any more.
    """
    if request.path.startswith(_OPEN):
        return await handler(request)
    db, now = request.app[DB], datetime.now(UTC)
    named = request.headers.get("X-Remote-User")
    login = people.login(db, request.cookies.get(COOKIE, ""), now)
    fresh = named is not None and (login is None or login["user"] != named)
    if named is not None and fresh:
        if people.user(db, named) is None:
            raise web.HTTPForbidden(text=f"The proxy says that you are {named}. Nobody is.")
        login = people.sign_in(db, named, now)
    user = _user_of_key(request) if login is None else people.user(db, login["user"])
    if user is None:
        if request.path.startswith(_FOR_PROGRAMS):
            raise web.HTTPUnauthorized(text="Not signed in.")
        raise web.HTTPSeeOther("/sign-in")
    request[USER] = user
    if login is not None:
        request[LOGIN] = login
    response = await handler(request)
    if fresh and login is not None and not response.prepared:
        keep_login(response, login)
    return response


def keep_login(response: web.StreamResponse, login: Row) -> None:
    """Give the browser the cookie of a login."""
    response.set_cookie(COOKIE, login["token"], httponly=True, samesite="Lax")


def user_of(request: web.Request) -> Row:
    """Give the user who asks."""
    return request[USER]


def number_in(request: web.Request) -> int:
    """Give the number in the request's path."""
    return int(request.match_info["number"])


def today() -> date:
    """Give the day that it is for the CRM."""
    return datetime.now(UTC).date()


def now() -> str:
    """Give the time as the database keeps it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def values_of(request: web.Request) -> Row:
    """Give what every template needs; a flash is given once."""
    login = request.get(LOGIN)
    return {
        "user": request.get(USER),
        "csrf": login["csrf"] if login else "",
        "flash": people.take_flash(request.app[DB], login) if login else "",
        "path": request.path,
        "today": today().isoformat(),
    }


def page(
    request: web.Request, template: str, /, *, status: int = 200, **values: Any
) -> web.Response:
    """Answer with a page; it is compressed for who accepts that."""
    text = request.app[TEMPLATES].get_template(template).render(values_of(request), **values)
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Cache-Control"] = "private, no-cache"
    response.enable_compression()
    return response


def back(request: web.Request, location: str, flash: str) -> web.Response:
    """Answer a form: go on to another page, and say there what was done."""
    people.leave_flash(request.app[DB], request[LOGIN]["token"], flash)
    return web.Response(status=303, headers={"Location": location})


async def checked_form(request: web.Request) -> dict[str, str]:
    """Read a form that one of our own pages sent.

    Raises:
        web.HTTPForbidden: its token is not this login's.
    """
    sent_fields = (await request.post()).items()
    fields = {name: str(value).replace("\r\n", "\n") for name, value in sent_fields}
    sent, expected = fields.pop("csrf", ""), request[LOGIN]["csrf"]
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise web.HTTPForbidden(text="This form is too old. Go back, reload the page, try again.")
    return fields


def _user_of_key(request: web.Request) -> Row | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not request.path.startswith(_FOR_PROGRAMS):
        return None
    return people.user_of_key(request.app[DB], key)
