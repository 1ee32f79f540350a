"""The part of the JSON API that is about what accounts allow."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import PreferenceOrder
from gateway.console.wording import timestamp
from gateway.errors import ClientError
from gateway.model import About, Preferences

WHY_MAX_LENGTH = 500


class _Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: str
    about: tuple[About, ...] = ()


class _Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    admins_may_act: bool = False
    support_may_act: bool = False
    support_may_see: tuple[str, ...] = ()
    ask_first: bool = False
    partners: tuple[str, ...] = ()
    notify: tuple[_Recipient, ...] = ()

    def told(self) -> Preferences:
        """Give them as the rest of the gateway speaks of them."""
        return msgspec.convert(msgspec.to_builtins(self), Preferences)


class PreferenceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `PUT preferences`."""

    site: str
    account: str
    preferences: _Preferences | None
    why: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class AccountsApi:
    """What answers under `api/preferences`."""

    services: ConsoleServices

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&account=` -> `{said, in_force, version}`."""
        site, account = _asked(visit)
        says = await self.services.accounts.preferences(
            signed_in.operator, site, account, visit.arrival.client
        )
        return json_response(says)

    async def history(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&account=` -> `{changes: [{preferences, by, why, at, version}]}`."""
        site, account = _asked(visit)
        changes = await self.services.accounts.history(
            signed_in.operator, site, account, visit.arrival.client
        )
        told = [
            {**msgspec.structs.asdict(change), "at": timestamp(change.at)} for change in changes
        ]
        return json_response({"changes": told})

    async def change(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, account, preferences, why?, version?}` -> what `show` gives then."""
        body = await json_of(visit.request, PreferenceBody)
        said = body.preferences
        client = visit.arrival.client
        order = PreferenceOrder(
            site=body.site,
            account=body.account,
            preferences=None if said is None else said.told(),
            why=one_line(body.why, WHY_MAX_LENGTH),
            version=body.version,
        )
        await self.services.accounts.prefer(signed_in.operator, order, client)
        says = await self.services.accounts.preferences(
            signed_in.operator, order.site, order.account, client
        )
        return json_response(says)


def _asked(visit: Visit) -> tuple[str, str]:
    site, account = visit.query.get("site", ""), visit.query.get("account", "")
    if not site or not account:
        raise ClientError("bad_fields", "Say which site and which account.")
    return site, account
