"""The console's one handler: find the view, answer, and turn what is refused into a reply."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from aiohttp import web

from gateway.console.accounts_api import AccountsApi
from gateway.console.api import ApiViews
from gateway.console.approvals_api import ApprovalsApi
from gateway.console.consents_api import ConsentsApi
from gateway.console.desk import Desk
from gateway.console.more_api import MoreApi
from gateway.console.pages import Pages, see_other
from gateway.console.people_api import PeopleApi
from gateway.console.policies_api import PoliciesApi
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord, answer, put_on_record
from gateway.console.routing import Handler, Routes, Visit
from gateway.console.services import ConsoleServices
from gateway.console.views.routes import page_routes
from gateway.errors import GatewayError


def create_console(services: ConsoleServices) -> Handler:
    """Build the handler for every request to the console's host.

    It runs under `web.Server` and as a catch-all of a `web.Application`. Errors that are not
    a `GatewayError` pass through to the caller.
    """
    pages = Pages(services.prefix)
    desk = Desk(services, pages)
    api = ApiViews(services)
    more = MoreApi(services)
    approvals = ApprovalsApi(services)
    policies = PoliciesApi(services)
    accounts = AccountsApi(services)
    people = PeopleApi(services)
    consents = ConsentsApi(services)

    async def asset(visit: Visit) -> web.Response:
        return pages.assets.respond(visit.named["file"])

    routes = Routes(
        services.prefix,
        [
            *page_routes(services, pages, desk),
            ("GET", "api/sites", desk.api(api.sites)),
            ("GET", "api/users", desk.api(api.users)),
            ("GET", "api/sessions", desk.api(api.sessions)),
            ("POST", "api/sessions", desk.api(api.start)),
            ("GET", "api/sessions/{id}", desk.api(api.session)),
            ("DELETE", "api/sessions/{id}", desk.api(api.end)),
            ("POST", "api/sessions/{id}/elevation", desk.api(more.elevate)),
            ("DELETE", "api/sessions/{id}/elevation", desk.api(more.lower)),
            ("POST", "api/sessions/{id}/extension", desk.api(more.extend)),
            ("POST", "api/tickets/changed", desk.api(more.ticket_changed)),
            ("GET", "api/preferences", desk.api(accounts.show)),
            ("PUT", "api/preferences", desk.api(accounts.change)),
            ("GET", "api/preferences/history", desk.api(accounts.history)),
            ("GET", "api/policies", desk.api(policies.listed)),
            ("POST", "api/policies/explain", desk.api(policies.explain)),
            ("GET", "api/policies/who-can", desk.api(policies.who_can)),
            ("GET", "api/policies/what-can", desk.api(policies.what_can)),
            ("POST", "api/policies/test", desk.api(policies.test)),
            ("POST", "api/policies/lint", desk.api(policies.lint)),
            ("POST", "api/policies/replay", desk.api(policies.replay)),
            ("GET", "api/approvals", desk.api(approvals.listed)),
            ("POST", "api/approvals", desk.api(approvals.request)),
            ("GET", "api/approvals/{id}", desk.api(approvals.show)),
            ("POST", "api/approvals/{id}/approve", desk.api(approvals.approve)),
            ("POST", "api/approvals/{id}/refuse", desk.api(approvals.refuse)),
            ("POST", "api/approvals/{id}/withdraw", desk.api(approvals.withdraw)),
            ("GET", "api/reviews", desk.api(approvals.reviews)),
            ("POST", "api/reviews/{id}", desk.api(approvals.review)),
            ("GET", "api/people", desk.api(people.show)),
            ("POST", "api/people", desk.api(people.add)),
            ("PUT", "api/people", desk.api(people.update)),
            ("POST", "api/people/disable", desk.api(people.disable)),
            ("POST", "api/people/enable", desk.api(people.enable)),
            ("GET", "api/people/history", desk.api(people.history)),
            ("POST", "api/consents", desk.api(consents.ask)),
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
