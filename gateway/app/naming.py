"""Where somebody is named who is to be told of things: they hand that over before they go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.config import Config
from gateway.model import Operator
from gateway.people.preferences import PreferenceBook
from gateway.policy.people_rules import Named


async def named_where_told(
    config: Config, book: PreferenceBook, person: Operator
) -> Sequence[Named]:
    """Name the accounts, sites and lists of the config by which a person is told of sessions.

    Raises:
        StoreAway: what accounts prefer is not known.
    """
    found: list[Named] = []
    if config.notifications is not None and _is_in(person, config.notifications.approvals):
        found.append(Named("notifications", "approvals"))
    for site in config.sites:
        if _is_in(person, (each.to for each in site.preferences.notify)):
            found.append(Named("notify", site.name))
        for account, prefers in (await book.all(site.name)).items():
            if _is_in(person, (each.to for each in prefers.notify)):
                found.append(Named("notify", f"{site.name}:{account}"))
    return found


def _is_in(person: Operator, addresses: Iterable[str]) -> bool:
    own = person.email.casefold()
    return own != "" and own in (each.casefold() for each in addresses)
