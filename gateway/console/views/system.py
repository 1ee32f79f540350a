"""How the gateway is: its store, sites, audit, messages, and with which files it runs."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.routing import Visit
from gateway.console.views.sheet import Sheet


@dataclass(frozen=True, slots=True)
class SystemViews:
    """The system page."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show it to those who may see policies of every site."""
        system, client = self.sheet.services.system, visit.arrival.client
        said = await system.show(signed_in.operator, client)
        return self.sheet.show(visit, signed_in, "system.html", {"system": said})
