"""The pages of the console: each with its address, one after the other."""

from __future__ import annotations

from gateway.console.desk import Desk
from gateway.console.home import HomeViews
from gateway.console.pages import Pages
from gateway.console.routing import Route
from gateway.console.services import ConsoleServices
from gateway.console.sign_in import SignInViews
from gateway.console.views.approvals import ApprovalViews
from gateway.console.views.changing import ChangingViews
from gateway.console.views.sheet import Sheet
from gateway.console.views.start import StartViews


def page_routes(services: ConsoleServices, pages: Pages, desk: Desk) -> list[Route]:
    """Give the routes of every page and of its forms."""
    sheet = Sheet(services, pages)
    sign_in = SignInViews(services, pages)
    home = HomeViews(services, pages)
    start = StartViews(sheet)
    changing = ChangingViews(sheet)
    approvals = ApprovalViews(sheet)
    return [
        ("GET", "sign-in", sign_in.show),
        ("POST", "sign-in", sign_in.submit),
        ("POST", "sign-out", desk.form(sign_in.sign_out)),
        ("GET", "", desk.page(home.show)),
        ("GET", "start", desk.page(start.show)),
        ("POST", "sessions", desk.form(start.submit)),
        ("POST", "approvals", desk.form(start.ask_approval)),
        ("POST", "consents", desk.form(start.ask_user)),
        ("POST", "sessions/{id}/open", desk.form(home.open)),
        ("POST", "sessions/{id}/end", desk.form(home.end)),
        ("GET", "sessions/{id}/raise", desk.page(changing.show_raise)),
        ("POST", "sessions/{id}/raise", desk.form(changing.elevate)),
        ("POST", "sessions/{id}/lower", desk.form(changing.lower)),
        ("POST", "sessions/{id}/approval", desk.form(changing.ask)),
        ("GET", "sessions/{id}/extend", desk.page(changing.show_extend)),
        ("POST", "sessions/{id}/extend", desk.form(changing.extend)),
        ("GET", "approvals", desk.page(approvals.show)),
        ("POST", "approvals/{id}", desk.form(approvals.decide)),
        ("POST", "reviews/{id}", desk.form(approvals.review)),
    ]
