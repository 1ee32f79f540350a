"""What the commands about policies do with a config."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

from gateway.app.directory_sources import directory_of
from gateway.app.people import load_operators, load_policies, profiles_of
from gateway.app.reading import opened
from gateway.config import Config
from gateway.errors import GatewayError, StoreAway
from gateway.people.case_table import SiteNames, read_cases
from gateway.people.memory import MemoryDirectory
from gateway.people.people_book import PeopleBook
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.lint import remarks
from gateway.policy.rights.ready import ready_files, ready_names, ready_table


def ready_tables() -> dict[str, str]:
    """Give the tables of the ready policies: name, as shown in faults -> text."""
    return {f"ready/{name}.yaml": ready_table(name) for name in ready_names()}


def failing(config: Config, text: str, file: str) -> tuple[int, list[str]]:
    """Ask about each case of a table; give how many there are, and a line for each that fails.

    Raises:
        PeopleError: with every fault of the table.
        GatewayError: `config`, the policies cannot be read.
    """
    profiles = profiles_of(config)
    sites = {
        site.name: SiteNames(
            categories=site.categories,
            capabilities=site.capabilities,
            workflows={each.id for each in site.workflows},
        )
        for site in config.sites
    }
    cases = read_cases(text, file, profiles, sites)
    if cases.ready is None:
        policies = load_policies(config, profiles)
    else:
        try:
            policies = read_policies(ready_files(cases.ready), cases.vocabulary(profiles))
        except KeyError as unknown:
            raise GatewayError("config", f"{file}: there is no ready policy {unknown}.") from None
    failures = [
        f"{file}:{row.line}: {row}: expected {row.expect} ({row.why}), but it is {came_out}"
        for row, came_out in cases.failures(policies, profiles)
    ]
    return len(cases.rows), failures


async def kept_operators(config: Config) -> frozenset[str] | None:
    """Give the ids of the operators who are kept in the store; None when it is not there."""
    try:
        async with opened(config) as store:
            return frozenset((await PeopleBook(store).seen()).people)
    except StoreAway:
        return None


def odd(config: Config, kept: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say what should be looked at in the config's policies, a line each.

    `kept`: the ids of operators who are not in the config's file.

    Raises:
        GatewayError: `config`, what the config names cannot be read.
    """
    profiles = profiles_of(config)
    operators = list(load_operators(config, profiles))
    directories = asyncio.run(_directories(config))
    accounts = {account.id for each in directories for account in each.accounts()}
    users = {user.id for each in directories for name in accounts for user in each.users_of(name)}
    lookup = config.sessions.ticket.lookup
    known = {
        "Account": frozenset(accounts),
        "User": frozenset(users),
        "Operator": kept.union(operator.id for operator in operators),
        "Workflow": frozenset(each.id for site in config.sites for each in site.workflows),
        **({} if lookup is None else {"Condition": frozenset(lookup.conditions)}),
    }
    yield from remarks(load_policies(config, profiles), known)


async def _directories(config: Config) -> list[MemoryDirectory]:
    """Read the directories of all sites; the store is asked only where one is there."""
    async with AsyncExitStack() as stack:
        store = None
        if any(site.directory == "store" for site in config.sites):
            store = await stack.enter_async_context(opened(config))
        return [await directory_of(site, store) for site in config.sites]
