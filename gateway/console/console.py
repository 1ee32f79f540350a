"""The console's one handler: find the view, answer, and turn what is refused into a reply."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
from aiohttp import web

from gateway.console.api.endpoint import route
from gateway.console.api.openapi import encoded
from gateway.console.api.table import ENDPOINTS
from gateway.console.desk import Desk
from gateway.console.json_answer import json_bytes
from gateway.console.pages import Pages, see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord, answer, put_on_record
from gateway.console.routing import Handler, Routes, Visit
from gateway.console.services import ConsoleServices
from gateway.console.views.routes import page_routes
from gateway.errors import GatewayError

DESCRIPTION = "api/openapi.json"
"""Where the JSON API is described, for everybody: it says no more than the docs do."""


def create_console(services: ConsoleServices) -> Handler:
    """Build the handler for every request to the console's host.

    It runs under `web.Server` and as a catch-all of a `web.Application`. Errors that are not
    a `GatewayError` pass through to the caller.
    """
    pages = Pages(services.prefix)
    desk = Desk(services, pages)

    async def description(_visit: Visit) -> web.Response:
        return json_bytes(await asyncio.to_thread(encoded, services.prefix))

    async def asset(visit: Visit) -> web.Response:
        return pages.assets.respond(visit.named["file"])

    routes = Routes(
        services.prefix,
        [
            *page_routes(services, pages, desk),
            *(route(each, services, desk) for each in ENDPOINTS),
            ("GET", DESCRIPTION, description),
            ("GET", "assets/{file}", asset),
        ],
    )

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        arrival = services.arrival(request)
        visit = Visit(request, arrival, {})
        try:
            if visit.path == "/":
                return see_other(services.prefix)
            view, named = routes.find(request.method, visit.path)
            return await view(replace(visit, named=named))
        except OnRecord as recorded:
            refusal = recorded.refusal
        except GatewayError as error:
            refusal = await put_on_record(services.records, error, request, arrival.client)
        if services.sign_in.step_up and _needs_fresh_token(request, refusal):
            asked = services.sign_in.step_up
            refusal = msgspec.structs.replace(refusal, status=401, challenge=asked)
        elif refusal.status == 401:
            sign_in_url, challenge = f"{services.prefix}sign-in", services.sign_in.challenge
            refusal = msgspec.structs.replace(refusal, sign_in=sign_in_url, challenge=challenge)
        else:
            refusal = msgspec.structs.replace(refusal, console=services.prefix)
        return answer(pages, visit, refusal)

    return handle


def _needs_fresh_token(request: web.BaseRequest, refusal: Refusal) -> bool:
    """Whether a token of a fresh sign-in would help who came with another (RFC 9470)."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    helps = any("fresh_sign_in" in each for each in refusal.helps)
    return helps and scheme.lower() == "bearer"
