"""What an account allows: its admins' page, with the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.values import PreferenceChange, PreferenceOrder
from gateway.console.views.sheet import Sheet
from gateway.errors import ClientError
from gateway.model import About, Preferences, Recipient
from gateway.texts import gettext as _

_WHY_MAX_LENGTH = 500
_ABOUT: tuple[About, ...] = get_args(About)


@dataclass(frozen=True, slots=True)
class PreferenceViews:
    """The page of an account's preferences, and its form."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Say what is allowed, and what was changed when and why."""
        return await self._page(visit, signed_in, visit.query)

    async def change(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Change it; sessions that it no longer allows have ended then."""
        services = self.sheet.services
        order = _order(fields, self._categories(fields.get("site", "")))
        work = services.accounts.prefer(signed_in.operator, order, visit.arrival.client)
        try:
            await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            filled = order.preferences
            return await self._page(visit, signed_in, fields, refused.refusal, filled)
        done = urlencode({"site": order.site, "account": order.account, "done": "changed"})
        return see_other(f"{services.prefix}preferences?{done}")

    async def _page(
        self,
        visit: Visit,
        signed_in: SignedIn,
        fields: Mapping[str, str],
        refusal: Refusal | None = None,
        filled: Preferences | None = None,
    ) -> web.Response:
        services, client = self.sheet.services, visit.arrival.client
        operator, site = signed_in.operator, fields.get("site", "")
        account = fields.get("account", "")
        says = await services.accounts.preferences(operator, site, account, client)
        history = await services.accounts.history(operator, site, account, client)
        sheet = await services.directories.account(operator, site, account)
        label = next((card.label for card in services.sites.all() if card.name == site), site)
        notice = _("It holds from now on. Sessions that it no longer allows have ended.")
        return self.sheet.show(
            visit,
            signed_in,
            "preferences.html",
            {
                "site": site,
                "label": label,
                "account": account,
                "name": sheet.account.name,
                "says": says,
                "prefers": filled or says.in_force,
                "categories": self._categories(site),
                "about": _about_words(),
                "history": [(each, list(_said(each))) for each in history],
                "why_max_length": _WHY_MAX_LENGTH,
                "said": notice if visit.query.get("done") == "changed" else "",
            },
            refusal=refusal,
        )

    def _categories(self, site: str) -> Mapping[str, str]:
        cards = self.sheet.services.sites.all()
        return next((card.categories for card in cards if card.name == site), {})


def _order(fields: Mapping[str, str], categories: Mapping[str, str]) -> PreferenceOrder:
    said = fields.get("version", "")
    inherit = fields.get("how") == "inherit"
    return PreferenceOrder(
        site=fields.get("site", ""),
        account=fields.get("account", ""),
        preferences=None if inherit else _preferences(fields, categories),
        why=one_line(fields.get("why", ""), _WHY_MAX_LENGTH),
        version=int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None,
    )


def _preferences(fields: Mapping[str, str], categories: Mapping[str, str]) -> Preferences:
    return Preferences(
        admins_may_act=fields.get("admins_may_act") == "yes",
        support_may_act=fields.get("support_may_act") == "yes",
        ask_first=fields.get("ask_first") == "yes",
        support_may_see=tuple(each for each in categories if fields.get(f"see-{each}") == "yes"),
        partners=tuple(fields.get("partners", "").replace(",", " ").split()),
        notify=tuple(_recipients(fields.get("notify", ""))),
    )


def _recipients(text: str) -> Iterator[Recipient]:
    """Read a line each: an address, and after a space whose sessions, or nothing for all."""
    for line in text.splitlines():
        to, *about = line.replace(",", " ").split() or [""]
        if not to:
            continue
        known: list[About] = [each for each in _ABOUT if each in about]
        if len(known) != len(about):
            raise ClientError(
                "bad_fields",
                f"After {to} stands something else than {', '.join(_ABOUT)}.",
                "Leave it out to tell them of everybody's sessions.",
            )
        yield Recipient(to=to, about=tuple(known))


def _about_words() -> Mapping[About, str]:
    return {
        "support": _("support"),
        "own_admins": _("your own admins"),
        "partners": _("partners"),
        "operators": _("all others"),
    }


def _said(change: PreferenceChange) -> Iterator[str]:
    prefers = change.preferences
    if prefers is None:
        yield _("as the account above")
        return
    yield _("its admins act") if prefers.admins_may_act else _("its admins do not act")
    yield _("support acts") if prefers.support_may_act else _("support only with a ticket")
    if prefers.ask_first:
        yield _("each user is asked first")
    if prefers.support_may_see:
        seen = ", ".join(prefers.support_may_see)
        yield _("support sees %(categories)s") % {"categories": seen}
    if prefers.partners:
        yield _("partners %(partners)s") % {"partners": ", ".join(prefers.partners)}
    if prefers.notify:
        told = ", ".join(each.to for each in prefers.notify)
        yield _("told: %(addresses)s") % {"addresses": told}
