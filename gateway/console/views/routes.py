"""The pages of the console: each with its address, one after the other."""

from __future__ import annotations

from aiohttp import web

from gateway.console.desk import Desk, SignedIn
from gateway.console.home import HomeViews
from gateway.console.pages import Pages, see_other
from gateway.console.routing import Route, Visit
from gateway.console.services import ConsoleServices
from gateway.console.sign_in import SignInViews
from gateway.console.views.accounts import AccountViews
from gateway.console.views.approvals import ApprovalViews
from gateway.console.views.changing import ChangingViews
from gateway.console.views.exports import ExportViews
from gateway.console.views.policies import PolicyViews
from gateway.console.views.preferences import PreferenceViews
from gateway.console.views.sessions import SessionListViews
from gateway.console.views.sheet import Sheet
from gateway.console.views.start import StartViews
from gateway.console.views.system import SystemViews
from gateway.console.views.team import TeamViews
from gateway.console.views.users import UserViews
from gateway.console.ways_in import WayCodeViews


def page_routes(services: ConsoleServices, pages: Pages, desk: Desk) -> list[Route]:
    """Give the routes of every page and of its forms."""
    sheet = Sheet(services, pages)
    sign_in = SignInViews(services, pages)
    ways = WayCodeViews(services)
    home = HomeViews(services, pages)
    start = StartViews(sheet)
    users = UserViews(sheet)
    accounts = AccountViews(sheet)
    sessions = SessionListViews(sheet)
    exports = ExportViews(sheet)
    system = SystemViews(sheet)
    changing = ChangingViews(sheet)
    approvals = ApprovalViews(sheet)
    preferences = PreferenceViews(sheet)
    team = TeamViews(sheet)
    policies = PolicyViews(sheet)

    async def settings(_visit: Visit, _signed_in: SignedIn) -> web.Response:
        return see_other(f"{services.prefix}settings/team")

    return [
        ("GET", "sign-in", sign_in.show),
        ("POST", "sign-in", sign_in.submit),
        ("POST", "sign-out", desk.form(sign_in.sign_out)),
        ("GET", "ways", desk.page(ways.code)),
        ("GET", "", desk.page(home.show)),
        ("POST", "pinned", desk.form(users.pin)),
        ("GET", "user", desk.page(users.show)),
        ("GET", "accounts", desk.page(accounts.show)),
        ("GET", "account", desk.page(accounts.one)),
        ("GET", "users", desk.page(accounts.users)),
        ("GET", "start", desk.page(start.show)),
        ("POST", "sessions", desk.form(start.submit)),
        ("POST", "approvals", desk.form(start.ask_approval)),
        ("POST", "consents", desk.form(start.ask_user)),
        ("POST", "sessions/{id}/open", desk.form(home.open)),
        ("POST", "sessions/{id}/end", desk.form(home.end)),
        ("GET", "sessions", desk.page(sessions.show)),
        ("POST", "sessions/end", desk.form(sessions.end_own)),
        ("GET", "sessions/{id}", desk.page(sessions.timeline)),
        ("GET", "sessions/{id}/raise", desk.page(changing.show_raise)),
        ("POST", "sessions/{id}/raise", desk.form(changing.elevate)),
        ("POST", "sessions/{id}/lower", desk.form(changing.lower)),
        ("POST", "sessions/{id}/approval", desk.form(changing.ask)),
        ("GET", "sessions/{id}/extend", desk.page(changing.show_extend)),
        ("POST", "sessions/{id}/extend", desk.form(changing.extend)),
        ("GET", "exports", desk.page(exports.show)),
        ("POST", "exports", desk.form(exports.request)),
        ("POST", "exports/{export}/cancel", desk.form(exports.cancel)),
        ("GET", "approvals", desk.page(approvals.show)),
        ("POST", "approvals/{id}", desk.form(approvals.decide)),
        ("POST", "reviews/{id}", desk.form(approvals.review)),
        ("GET", "preferences", desk.page(preferences.show)),
        ("POST", "preferences", desk.form(preferences.change)),
        ("GET", "settings", desk.page(settings)),
        ("GET", "settings/team", desk.page(team.show)),
        ("POST", "settings/team", desk.form(team.change)),
        ("GET", "settings/team/new", desk.page(team.new)),
        ("GET", "settings/team/person", desk.page(team.person)),
        ("GET", "settings/profiles", desk.page(team.profiles)),
        ("GET", "settings/policies", desk.page(policies.show)),
        ("GET", "settings/system", desk.page(system.show)),
    ]
