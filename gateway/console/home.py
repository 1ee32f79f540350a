"""The home page: which sessions are live, and finding whom to act for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.pages import Pages, see_other
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import People, SiteCard
from gateway.texts import gettext as _

FOUND_LIMIT = 12


def notices() -> Mapping[str, str]:
    """Give what the home page says of what was just done, by its name in the query."""
    return {"ended": _("The session has ended. Nothing passes in it any more.")}


@dataclass(frozen=True, slots=True)
class HomeViews:
    """The home page and the buttons of its list of sessions."""

    services: ConsoleServices
    pages: Pages

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List the live sessions and, when a search is in the query, the people found."""
        operator = signed_in.operator
        sites = self.services.sites.all()
        site = chosen_site(sites, visit.query.get("site", ""))
        text = visit.query.get("q", "").strip()
        found = People()
        if text and site:
            found = await self.services.sites.search(operator, site.name, text, FOUND_LIMIT)
        pinned = await self.services.shortlists.pinned(operator)
        known = {(each.site, each.person.user.id) for each in pinned}
        return self.pages.respond(
            "home.html",
            {
                "signed_in": signed_in,
                "sessions": await self.services.sessions.live(operator, visit.arrival.client),
                "now": self.services.now(),
                "pinned": pinned,
                "recent": [
                    each
                    for each in await self.services.shortlists.recent(operator)
                    if (each.site, each.person.user.id) not in known
                ],
                "sites": sites,
                "labels": {card.name: card.label for card in sites},
                "site": site,
                "text": text,
                "people": found.people,
                "more": found.more,
                "said": notices().get(visit.query.get("notice", ""), ""),
            },
            origin=visit.arrival.origin,
            form_targets=all_targets(sites),
        )

    async def open(
        self, visit: Visit, signed_in: SignedIn, _fields: Mapping[str, str]
    ) -> web.Response:
        """Go into one's own live session again, by a fresh one-time address."""
        return see_other(
            await self.services.sessions.open(
                signed_in.operator, visit.named["id"], visit.arrival.client
            )
        )

    async def end(
        self, visit: Visit, signed_in: SignedIn, _fields: Mapping[str, str]
    ) -> web.Response:
        """End a session and show the list again."""
        await self.services.sessions.end(
            signed_in.operator, visit.named["id"], visit.arrival.client
        )
        return see_other(f"{self.services.prefix}?notice=ended")


def chosen_site(sites: Sequence[SiteCard], name: str) -> SiteCard | None:
    """Give the site of this name, or the first one; None when there are none."""
    return next((site for site in sites if site.name == name), sites[0] if sites else None)


def all_targets(sites: Sequence[SiteCard]) -> tuple[str, ...]:
    """Collect where the forms of a page about these sites may lead."""
    return tuple(dict.fromkeys(target for site in sites for target in site.form_targets))
