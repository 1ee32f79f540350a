"""Questions about the policies of a config, over its people as they are now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.app.clock import wall_clock
from gateway.app.directory_sources import directory_of
from gateway.app.people import groups_of, load_operators, load_policies, profiles_of
from gateway.app.reading import opened
from gateway.app.sites import preferences_of
from gateway.config import Config
from gateway.people.consents import ConsentBook
from gateway.people.people_book import PeopleBook
from gateway.people.preferences import PreferenceBook
from gateway.people.questions import Questions, unknown


@asynccontextmanager
async def asking(config: Config, site_name: str, subject: str = "") -> AsyncIterator[Questions]:
    """Read all that the policies of a site speak of; `site_name` may be empty for the first.

    `subject` is the only user who is asked about, where it is one.

    Raises:
        GatewayError: `policy_question`, there is no such site; `config`, a file cannot be used.
        StoreAway: what accounts allow cannot be read.
    """
    site = next((each for each in config.sites if each.name == site_name or not site_name), None)
    if site is None:
        raise unknown(f"There is no site {site_name!r}.")
    profiles = profiles_of(config)
    operators = load_operators(config, profiles)
    async with opened(config) as store:
        directories = {
            each.name: await directory_of(each, store)
            for each in config.sites
            if each is site or each.operators
        }
        operators.join(groups_of(config, profiles, directories))
        said = await PreferenceBook(store).all(site.name)
        operators.take((await PeopleBook(store).seen()).people)
        now, directory = wall_clock(), directories[site.name]
        users = (
            [subject]
            if subject
            else [
                user.id
                for account in directory.accounts()
                for user in directory.users_of(account.id)
            ]
        )
        consented = await ConsentBook(store).allowing(site.name, users, now)
    yield Questions(
        site=site.name,
        categories=tuple(site.categories),
        capabilities=tuple(site.capabilities),
        workflows={each.id for each in site.workflows},
        operators=operators,
        profiles=profiles,
        policies=load_policies(config, profiles),
        directory=directory,
        preferences=said,
        default=preferences_of(site),
        now_ms=now,
        consented=consented,
        ticket_required=config.sessions.ticket.required,
    )
