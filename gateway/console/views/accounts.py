"""Accounts: the list, and the page of one with its people and its sessions; and all people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.directory_values import AccountPage, UserPage
from gateway.console.history_values import HistoryQuestion
from gateway.console.home import chosen_site
from gateway.console.routing import Visit
from gateway.console.values import Client, SiteCard
from gateway.console.views.sheet import Sheet
from gateway.errors import Refused
from gateway.model import Operator
from gateway.texts import gettext as _

_ACCOUNTS: Final = 30
_USERS: Final = 30
_RECENT: Final = 20
_TABS: Final = ("people", "sessions")


@dataclass(frozen=True, slots=True)
class AccountViews:
    """The list of accounts, and the page of one."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List the accounts of a site, or those that the query finds."""
        services = self.sheet.services
        sites = services.sites.all()
        site, text = _site(sites, visit.query), visit.query.get("q", "").strip()
        after = visit.query.get("after", "")
        found = AccountPage()
        if site:
            found = await services.directories.accounts(
                signed_in.operator, site, text, after, _ACCOUNTS
            )
        query = {"site": site, "q": text}
        return self.sheet.show(
            visit,
            signed_in,
            "accounts.html",
            {
                "sites": sites,
                "site": site,
                "text": text,
                "accounts": found.accounts,
                **_pages(query, after, found.after),
            },
        )

    async def one(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show an account: its people, or who acted for them lately."""
        services, client = self.sheet.services, visit.arrival.client
        operator, query = signed_in.operator, visit.query
        site, account = query.get("site", ""), query.get("id", "")
        tab = query.get("tab", "") if query.get("tab", "") in _TABS else _TABS[0]
        sheet = await services.directories.account(operator, site, account)
        here = {"site": site, "id": account}
        values: dict[str, object] = {
            "site": site,
            "sites": services.sites.all(),
            "label": next((each.label for each in services.sites.all() if each.name == site), site),
            "sheet": sheet,
            "allows": await self._sees_what_it_allows(operator, site, account, client),
            "tab": tab,
            "tabs": [
                (f"?{urlencode({**here, 'tab': name})}", words, name == tab)
                for name, words in _tab_words().items()
            ],
            "labels": {},
        }
        if tab == "people":
            values.update(await self._people(operator, query, here, account))
        else:
            after = query.get("after", "")
            question = HistoryQuestion(site=site, account=account, before=after, limit=_RECENT)
            past = await services.histories.recent(operator, question, client)
            values.update({"past": past, **_pages({**here, "tab": tab}, after, past.earlier)})
        return self.sheet.show(visit, signed_in, "account.html", values)

    async def _sees_what_it_allows(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> bool:
        """Whether the page of what an account allows is there for this operator."""
        try:
            await self.sheet.services.accounts.preferences(operator, site, account, client)
        except Refused:
            return False
        return True

    async def users(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List the users of all accounts of a site, or those that the query finds."""
        sites = self.sheet.services.sites.all()
        site = _site(sites, visit.query)
        values: dict[str, object] = {"site": site, "sites": sites}
        values.update(await self._people(signed_in.operator, visit.query, {"site": site}, ""))
        return self.sheet.show(visit, signed_in, "users.html", values)

    async def _people(
        self, operator: Operator, query: Mapping[str, str], here: Mapping[str, str], account: str
    ) -> Mapping[str, object]:
        text, status = query.get("q", "").strip(), query.get("status", "")
        after = query.get("after", "")
        found = UserPage()
        if here["site"]:
            found = await self.sheet.services.directories.users(
                operator,
                here["site"],
                account=account,
                text=text,
                status=status,
                after=after,
                limit=_USERS,
            )
        asked = {**here, "q": text, "status": status}
        return {
            "users": found.people,
            "text": text,
            "status": status,
            **_pages(asked, after, found.after),
        }


def _pages(asked: Mapping[str, str], after: str, more: str) -> Mapping[str, str]:
    """Where a list begins, and where it goes on: addresses, or empty."""
    return {
        "first": f"?{urlencode(asked)}" if after else "",
        "next": f"?{urlencode({**asked, 'after': more})}" if more else "",
    }


def _site(sites: Sequence[SiteCard], query: Mapping[str, str]) -> str:
    chosen = chosen_site(sites, query.get("site", ""))
    return chosen.name if chosen else ""


def _tab_words() -> Mapping[str, str]:
    return {"people": _("People"), "sessions": _("Sessions")}
