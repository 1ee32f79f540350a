"""How the gateway is."""

from __future__ import annotations

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.desk import SignedIn
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.system_values import SystemSays


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say how the gateway is, as the worker sees it that answers."""
    found = await services.system.show(signed_in.operator, visit.arrival.client)
    return json_response(found)


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "system",
        show,
        "See how the gateway is",
        "system",
        answer=SystemSays,
        problems={
            403: ("not_permitted", "forbidden_by_policy", "profile_unknown", "policy_failed")
        },
    ),
)
