"""Refusals for people and for programs: one value, a page, RFC 9457 problem details, and the errors
that GraphQL clients show.

A refusal says what did not happen, why, and what to do next, with the rule that decided and the id
of its record. The composition root answers governed requests with the same forms.
"""

from __future__ import annotations

from typing import Self

import msgspec
from aiohttp import web

from gateway.console.pages import Pages
from gateway.errors import GatewayError, HandOverFirst, WrongMethod
from gateway.model import Deny, Frozen, Session

PROBLEM_TYPE = "urn:problem:impersonation-gateway:"
"""Begin of every problem's `type`; the stable `code` follows."""

_GRAPHQL = "application/graphql-response+json"


class Refusal(Frozen, frozen=True, kw_only=True):
    """What did not happen.

    `request` is method and path as sent; `rule`, `record` and `helps` may be empty. `back`,
    `leave`, `sign_in`, `again`, `search` and `console` are addresses of our own making for the
    page's actions, or empty; `place` says where `console` leads.
    `session` is the session in which it happened, if any; `challenge` is the `WWW-Authenticate` of
    a 401, empty where nothing that HTTP has a scheme for would help. `hand_over`: kind and name of
    what is to be handed over before. `allow`: with 405, the methods that would be served.
    """

    status: int
    code: str
    title: str
    detail: str
    advice: str = ""
    rule: str = ""
    record: str = ""
    helps: tuple[tuple[str, ...], ...] = ()
    request: str = ""
    back: str = ""
    leave: str = ""
    sign_in: str = ""
    again: str = ""
    search: str = ""
    console: str = ""
    place: str = "the console"
    session: Session | None = None
    challenge: str = ""
    hand_over: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()

    @classmethod
    def of(cls, why: GatewayError | Deny) -> Self:
        """Make a refusal of an error or a decision; complete it by `msgspec.structs.replace`."""
        return cls(
            status=why.status,
            code=why.code,
            title=why.title,
            detail=why.detail,
            advice=why.advice,
            rule=why.rule,
            helps=why.helps,
            allow=why.allow if isinstance(why, WrongMethod) else (),
            hand_over=why.hand_over if isinstance(why, HandOverFirst) else (),
        )


def wants_page(request: web.BaseRequest) -> bool:
    """Say whether a person will look at the answer, rather than a program or a page's script."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in request.headers.get("Accept", "")


def refusal_page(pages: Pages, refusal: Refusal, origin: str) -> web.Response:
    """Answer with a page; `origin` is the one of the host that serves it."""
    reply = pages.respond(
        "refusal.html",
        {"refusal": refusal},
        origin=origin,
        status=refusal.status,
        referrer="same-origin",
    )
    return _allowing(reply, refusal)


def problem(refusal: Refusal) -> web.Response:
    """Answer with `application/problem+json`: type, title, status, detail, code and what is known.

    `advice`, `rule`, `record`, `helps` and `hand_over` are there only when they say something.
    """
    details: dict[str, object] = {
        "type": PROBLEM_TYPE + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
    }
    extras: dict[str, object] = {
        "advice": refusal.advice,
        "rule": refusal.rule,
        "record": refusal.record,
        "helps": refusal.helps,
    }
    details.update({name: value for name, value in extras.items() if value})
    if refusal.hand_over:
        details["hand_over"] = [{"kind": kind, "name": name} for kind, name in refusal.hand_over]
    reply = _json(refusal.status, details, "application/problem+json")
    if refusal.challenge:
        reply.headers["WWW-Authenticate"] = refusal.challenge
    return _allowing(reply, refusal)


def graphql_errors(refusal: Refusal, accept: str) -> web.Response:
    """Answer as a GraphQL server does to a request that it does not run (GraphQL over HTTP, 6.4).

    For a document that is not listed a second error has the words by which clients of automatic
    persisted queries know that they have to send the document itself.
    """
    said = {"code": refusal.code, "rule": refusal.rule, "record": refusal.record}
    words = f"{refusal.title}. {refusal.detail} {refusal.advice}".rstrip()
    errors = [{"message": words, "extensions": {name: text for name, text in said.items() if text}}]
    if refusal.code == "graphql_not_listed":
        code = {"code": "PERSISTED_QUERY_NOT_FOUND"}
        errors.append({"message": "PersistedQueryNotFound", "extensions": code})
    kind = _GRAPHQL if _GRAPHQL in accept.lower() else "application/json"
    return _json(refusal.status, {"errors": errors}, kind)


def _allowing(reply: web.Response, refusal: Refusal) -> web.Response:
    """Say with a 405 what would be served (RFC 9110, 15.5.6)."""
    if refusal.allow:
        reply.headers["Allow"] = ", ".join(refusal.allow)
    return reply


def _json(status: int, said: object, content_type: str) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(
        body=msgspec.json.encode(said), status=status, content_type=content_type, headers=headers
    )
