"""What accounts allow."""

from __future__ import annotations

from typing import Self

import msgspec
from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import (
    WHY_MAX_LENGTH,
    Answer,
    Body,
    Name,
    Query,
    Time,
    Whole,
    Why,
    version_of,
)
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import AccountSays, PreferenceChange, PreferenceOrder
from gateway.console.wording import timestamp
from gateway.model import About, Preferences


class AccountQuery(Query, frozen=True, kw_only=True):
    """Which account, by its id."""

    site: Name
    account: Name


class RecipientBody(Body, frozen=True, kw_only=True):
    """An e-mail address that is told, and of whose sessions; empty for all."""

    to: str
    about: tuple[About, ...] = ()


class PreferencesBody(Body, frozen=True, kw_only=True):
    """What an account allows; what is left out is false or empty."""

    admins_may_act: bool = False
    support_may_act: bool = False
    support_may_see: tuple[str, ...] = ()
    ask_first: bool = False
    partners: tuple[str, ...] = ()
    notify: tuple[RecipientBody, ...] = ()

    def told(self) -> Preferences:
        """Give them as the rest of the gateway speaks of them."""
        return msgspec.convert(msgspec.to_builtins(self), Preferences)


class PreferenceBody(Body, frozen=True, kw_only=True):
    """What an account is to allow; null: what the account above it does.

    `version`: the one that was seen; left out: whatever it is by now.
    """

    site: str
    account: str
    preferences: PreferencesBody | None
    why: Why = ""
    version: Whole | None = None


class AccountAllows(Answer, frozen=True, kw_only=True):
    """What an account said itself, null where nothing, and what is in force there."""

    said: Preferences | None
    in_force: Preferences
    version: int

    @classmethod
    def of(cls, says: AccountSays) -> Self:
        """Give it as the API shows it."""
        return cls(said=says.said, in_force=says.in_force, version=says.version)


class ChangedPreferences(Answer, frozen=True, kw_only=True):
    """A change of what an account allows."""

    preferences: Preferences | None
    by: str
    why: str
    at: Time
    version: int

    @classmethod
    def of(cls, change: PreferenceChange) -> Self:
        """Give it as the API shows it."""
        return cls(
            preferences=change.preferences,
            by=change.by,
            why=change.why,
            at=timestamp(change.at),
            version=change.version,
        )


class PreferenceHistory(Answer, frozen=True, kw_only=True):
    """The last changes of what an account allows, the newest first."""

    changes: tuple[ChangedPreferences, ...]


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give what an account allows."""
    asked = query_as(visit, AccountQuery)
    says = await services.accounts.preferences(
        signed_in.operator, asked.site, asked.account, visit.arrival.client
    )
    return json_response(AccountAllows.of(says))


async def history(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give the last changes of it."""
    asked = query_as(visit, AccountQuery)
    changes = await services.accounts.history(
        signed_in.operator, asked.site, asked.account, visit.arrival.client
    )
    return json_response(PreferenceHistory(changes=tuple(map(ChangedPreferences.of, changes))))


async def change(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Change what an account allows, and give what `show` gives then."""
    body = await json_of(visit.request, PreferenceBody)
    said = body.preferences
    client = visit.arrival.client
    order = PreferenceOrder(
        site=body.site,
        account=body.account,
        preferences=None if said is None else said.told(),
        why=one_line(body.why, WHY_MAX_LENGTH),
        version=version_of(body.version),
    )
    await services.accounts.prefer(signed_in.operator, order, client)
    says = await services.accounts.preferences(
        signed_in.operator, order.site, order.account, client
    )
    return json_response(AccountAllows.of(says))


_PROBLEMS = {
    403: ("not_permitted", "forbidden_by_policy"),
    404: ("unknown_site", "unknown_account"),
}

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "preferences",
        show,
        "Show what an account allows",
        "accounts",
        query=AccountQuery,
        answer=AccountAllows,
        problems=_PROBLEMS,
    ),
    Endpoint(
        "PUT",
        "preferences",
        change,
        "Change what an account allows",
        "accounts",
        body=PreferenceBody,
        answer=AccountAllows,
        problems=_PROBLEMS
        | {
            409: ("changed_meanwhile",),
            422: ("unknown_category", "no_notifications", "bad_address", "too_many_told"),
            503: ("workers_silent",),
        },
    ),
    Endpoint(
        "GET",
        "preferences/history",
        history,
        "Show the changes of what an account allows",
        "accounts",
        query=AccountQuery,
        answer=PreferenceHistory,
        problems=_PROBLEMS,
    ),
)
