"""The page of one user: who it is, on which sites, and who acted for them lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.history_values import HistoryQuestion
from gateway.console.pages import see_other
from gateway.console.routing import Visit
from gateway.console.views.sheet import Sheet
from gateway.console.wording import end_words
from gateway.errors import Refused

_RECENT: Final = 10


@dataclass(frozen=True, slots=True)
class UserViews:
    """The page of one user, and pinning them."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show who it is, with a way into each site that has the same user."""
        services, client = self.sheet.services, visit.arrival.client
        operator, user = signed_in.operator, visit.query.get("id", "")
        site = visit.query.get("site", "")
        places = await services.directories.places(operator, site, user)
        if not places:
            raise Refused(
                "unknown_subject",
                "The directory of this site does not know this person.",
                "Find the person by name on the home page.",
                status=404,
                title="There is nobody to act for here",
            )
        question = HistoryQuestion(site=site, subject=user, limit=_RECENT)
        past = await services.histories.recent(operator, question, client)
        pinned = await services.shortlists.pinned(operator)
        return self.sheet.show(
            visit,
            signed_in,
            "user.html",
            {
                "person": places[0].person,
                "site": site,
                "places": places,
                "pinned": any((p.site, p.person.user.id) == (site, user) for p in pinned),
                "past": past,
                "end_words": end_words,
            },
        )

    async def pin(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Pin a user, or pin them no more, and show their page again."""
        services, site, user = self.sheet.services, fields.get("site", ""), fields.get("id", "")
        if fields.get("how") == "unpin":
            await services.shortlists.unpin(signed_in.operator, site, user)
        else:
            await services.shortlists.pin(signed_in.operator, site, user)
        query = urlencode({"site": site, "id": user})
        return see_other(f"{services.prefix}user?{query}")
