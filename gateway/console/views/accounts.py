"""Accounts: the list, and the page of one with its people, its sessions and what it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.history_values import HistoryQuestion
from gateway.console.home import chosen_site
from gateway.console.routing import Visit
from gateway.console.values import SiteCard
from gateway.console.views.sheet import Sheet
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
        found = (
            await services.directories.accounts(signed_in.operator, site, text, after, _ACCOUNTS)
            if site
            else None
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
                "accounts": found.accounts if found else (),
                "first": f"?{urlencode(query)}" if after else "",
                "next": f"?{urlencode({**query, 'after': found.after})}"
                if found and found.after
                else "",
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
            "label": next((each.label for each in services.sites.all() if each.name == site), site),
            "sheet": sheet,
            "tab": tab,
            "tabs": [
                (f"?{urlencode({**here, 'tab': name})}", words, name == tab)
                for name, words in _tab_words().items()
            ],
            "labels": {},
        }
        after = query.get("after", "")
        if tab == "people":
            text, status = query.get("q", "").strip(), query.get("status", "")
            users = await services.directories.users(
                operator,
                site,
                account=account,
                text=text,
                status=status,
                after=after,
                limit=_USERS,
            )
            asked = {**here, "q": text, "status": status}
            values |= {"users": users.people, "text": text, "status": status}
            more = users.after
        else:
            question = HistoryQuestion(site=site, account=account, before=after, limit=_RECENT)
            past = await services.histories.recent(operator, question, client)
            asked = {**here, "tab": tab}
            values["past"], more = past, past.earlier
        values["first"] = f"?{urlencode(asked)}" if after else ""
        values["next"] = f"?{urlencode({**asked, 'after': more})}" if more else ""
        return self.sheet.show(visit, signed_in, "account.html", values)


def _site(sites: Sequence[SiteCard], query: Mapping[str, str]) -> str:
    chosen = chosen_site(sites, query.get("site", ""))
    return chosen.name if chosen else ""


def _tab_words() -> Mapping[str, str]:
    return {"people": _("People"), "sessions": _("Sessions")}
