"""The page of one user: who it is, on which sites, and who acted for them lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.history_values import HistoryQuestion
from gateway.console.routing import Visit
from gateway.console.values import Person, SiteCard
from gateway.console.views.sheet import Sheet
from gateway.console.wording import end_words
from gateway.errors import Refused
from gateway.model import Operator

_RECENT: Final = 10


@dataclass(frozen=True, slots=True)
class UserViews:
    """The page of one user."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show who it is, with a way into each site that has the same user."""
        services, client = self.sheet.services, visit.arrival.client
        operator, user = signed_in.operator, visit.query.get("id", "")
        places = await self._places(operator, user)
        wanted = visit.query.get("site", "")
        person = next((each for site, each in places if site.name == wanted), None)
        if person is None:
            raise Refused(
                "unknown_subject",
                "The directory of this site does not know this person.",
                "Find the person by name on the home page.",
                status=404,
                title="There is nobody to act for here",
            )
        question = HistoryQuestion(site=wanted, subject=user, limit=_RECENT)
        past = await services.histories.recent(operator, question, client)
        return self.sheet.show(
            visit,
            signed_in,
            "user.html",
            {
                "person": person,
                "site": wanted,
                "places": places,
                "past": past,
                "end_words": end_words,
            },
        )

    async def _places(self, operator: Operator, user: str) -> list[tuple[SiteCard, Person]]:
        """Give each site that has a user of this very id."""
        found: list[tuple[SiteCard, Person]] = []
        for site in self.sheet.services.sites.all():
            person = await self.sheet.services.sites.person(operator, site.name, user)
            if person is not None:
                found.append((site, person))
        return found
