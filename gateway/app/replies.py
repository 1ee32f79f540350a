"""Errors become replies here, and nowhere else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web

from gateway.console.cookies import SESSION_COOKIE, drop_cookie, drop_script_cookies
from gateway.console.pages import Pages
from gateway.console.refusal import (
    PROBLEM_TYPE,
    Refusal,
    graphql_errors,
    problem,
    refusal_page,
    wants_page,
)
from gateway.console.session_pages import CLEAR
from gateway.console.values import Arrival
from gateway.console.wording import place_words
from gateway.errors import GatewayError, WrongMethod
from gateway.model import Deny, Session
from gateway.policy.graphql import Endpoints

_OF_USERS = frozenset(("not_recognised", "recognition_failed"))
REFUSED = "gateway-refused"
"""The metric of Server-Timing that names the rule (W3C Server Timing, 4); as in `toast.js`."""
_TOKEN = re.compile(r"[A-Za-z0-9_.,:-]{1,200}")
_OVER = frozenset(("no_session", "session_ended"))


class Replies:
    """Makes the reply to a refusal: a page for a person, and for a program what it understands.

    Args:
        prefix: the gateway's path prefix.
        console: the origin of the console, where operators start anew.
        graphql: the GraphQL endpoints of each site, by its name.
        first_page: the target on the app at which a session begins.
    """

    def __init__(
        self,
        prefix: str,
        console: str,
        graphql: Mapping[str, Endpoints],
        first_page: Callable[[Session], str],
    ) -> None:
        self._pages = Pages(prefix)
        self._prefix = prefix
        self._console = console
        self._graphql = graphql
        self._first_page = first_page

    def refuse(
        self,
        request: web.BaseRequest,
        arrival: Arrival,
        why: GatewayError | Deny,
        record: str,
        session: Session | None,
    ) -> web.StreamResponse:
        """Answer a request that was read and refused.

        What the browser keeps of a session that is over goes, also where it ended elsewhere. With
        isolation `cookie` its cookie bars the way to the operator's own, so that goes too; but only
        with a page that says so: after what an old page asks for by itself, a form of that page
        would be sent in the operator's own name.
        """
        if why.status == HTTPStatus.NO_CONTENT:  # a dropped beacon
            return web.Response(status=why.status, headers={"Cache-Control": "no-store"})
        refusal = msgspec.structs.replace(
            Refusal.of(why),
            record=record,
            request=f"{request.method} {_path(request)}",
            session=session,
        )
        if session is not None:
            leave = f"{self._prefix}leave"
            back = _back(request, arrival) or self._first_page(session)
            refusal = msgspec.structs.replace(refusal, leave=leave, back=back)
        if why.code in _OVER:
            refusal = msgspec.structs.replace(refusal, back="", **self._onward(session))
        elif why.code in _OF_USERS:
            refusal = msgspec.structs.replace(refusal, sign_in="/", again=_path(request))
        elif why.code == "consent_in_session":
            refusal = msgspec.structs.replace(refusal, leave=f"{self._prefix}leave")
        page = wants_page(request)
        if page:
            reply = refusal_page(self._pages, refusal, arrival.origin)
        elif session is not None and self._graphql[session.site].at(_path(request)):
            reply = graphql_errors(refusal, request.headers.get("Accept", ""))
        else:
            reply = problem(refusal)
        reply.headers["Server"] = "impersonation-gateway"
        if session is not None and _TOKEN.fullmatch(refusal.rule):  # the bar says so on the page
            reply.headers["Server-Timing"] = f'{REFUSED};desc="{refusal.rule}"'
        if why.code in _OVER and page and _is_top(request):
            drop_cookie(reply, SESSION_COOKIE)
            drop_script_cookies(reply, request.raw_headers)
            reply.headers["Clear-Site-Data"] = CLEAR  # as leaving would have done (threat row 42)
        return reply

    def _onward(self, session: Session | None) -> dict[str, str]:
        """Where a session that is over leads: back to where it was started from."""
        if session is None:
            return {"console": self._console + self._prefix}
        return {"console": session.back(self._console), "place": place_words(session.return_to)}


def _path(request: web.BaseRequest) -> str:
    return request.raw_path.partition("?")[0]


def _is_top(request: web.BaseRequest) -> bool:
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"


def unread(error: GatewayError) -> bytes:
    """Answer a request that could not even be read, and close (threat rows 16 and 22)."""
    body = msgspec.json.encode(
        {
            "type": PROBLEM_TYPE + error.code,
            "title": error.title,
            "status": error.status,
            "detail": html.escape(error.detail, quote=False),
            "code": error.code,
            "advice": error.advice,
        }
    )
    phrase = HTTPStatus(error.status).phrase
    allow = f"Allow: {', '.join(error.allow)}\r\n" if isinstance(error, WrongMethod) else ""
    head = (
        f"HTTP/1.1 {error.status} {phrase}\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{allow}"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


def _back(request: web.BaseRequest, arrival: Arrival) -> str:
    """The page that the operator came from, when it is one of this very origin (threat row 45); or
    empty.

    A form is often sent to its own page's address; a link never leads from a page to itself.
    """
    referer = request.headers.get("Referer", "")
    own = referer.startswith(arrival.origin + "/")
    itself = request.method == "GET" and referer == arrival.origin + request.raw_path
    return referer if own and not itself else ""
