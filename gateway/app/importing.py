"""Users from files into the store, in steps, each on record before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.app.clock import wall_clock
from gateway.app.directories import ACCOUNTS, load_csv
from gateway.app.directory_sources import template_of
from gateway.app.one_off import OneOff, one_off
from gateway.app.reading import opened
from gateway.audit.record import ConfigFile, timestamp
from gateway.config import Config, Site
from gateway.errors import GatewayError
from gateway.people.changes import changes_of
from gateway.people.csv_report import Report
from gateway.people.import_plan import Plan, after, plan
from gateway.people.stored import key_of_user, ledger_of, read_all, user_in
from gateway.store.client import Store
from gateway.store.ledger import MOST_AT_ONCE, Change, Ledger

MOST_GONE: Final = 1 / 3
"""The share of users, or accounts, that may go without `yes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An import as it was asked for. `complete`: who is in no line goes; `yes`: however many."""

    site: str
    users: Path
    accounts: Path | None = None
    complete: bool = False
    yes: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the lines were like, and what is other now, or would be; empty words for nothing."""

    report: Report
    words: str
    unchanged: int


async def import_users(
    config: Config,
    wanted: Wanted,
    reported: Callable[[Report], None],
    progress: Callable[[int, int], None],
) -> Outcome:
    """Import users and accounts; bad lines change nobody.

    Args:
        config: of the gateway.
        wanted: what to do.
        reported: told of the lines before anything is done.
        progress: told after each step how many changes of how many have been made.

    Raises:
        GatewayError: `import_refused`, nothing was done; or the store cannot be used.
        PeopleError, OSError: a file cannot be used at all.
        Refused: `changed_meanwhile`, somebody else changed the same users meanwhile.
        StoreAway: the store went away; what was done before stays done.
    """
    site = stored_site(config, wanted.site)
    if wanted.dry_run:
        async with opened(config) as store:
            report, made = await _prepared(site, store, wanted, reported)
        return _outcome(report, made)
    async with one_off(config) as tools:
        report, made = await _prepared(site, tools.store, wanted, reported)
        await _carry_out(site, made, wanted, tools, progress)
    return _outcome(report, made)


def stored_site(config: Config, name: str) -> Site:
    """Give a site whose users are in the store.

    Raises:
        GatewayError: `import_refused`, there is none of this name.
    """
    site = next((each for each in config.sites if each.name == name), None)
    if site is None:
        known = ", ".join(each.name for each in config.sites)
        raise _refused(f"There is no site {name!r}.", f"The config has {known}.")
    if site.directory != "store":
        raise _refused(
            f"Site {name} has its users from {site.directory}.",
            "Change that file; or say `directory: store` in the config, and start the gateway so.",
        )
    return site


async def history_of(config: Config, site: str, user: str) -> list[str]:
    """Give the changes of a user, a line each, the newest first.

    Raises:
        GatewayError: as `stored_site`; or the store cannot be used.
    """
    ledger = ledger_of(stored_site(config, site).name)
    async with opened(config) as store:
        found = await Ledger(store, ledger).history(key_of_user(user))
    return [_told(each) for each in found]


def _told(change: Change) -> str:
    user = user_in(change)
    if user is None:
        said = "removed"
    else:
        groups = f", in {' and '.join(user.groups)}" if user.groups else ""
        said = f"{user.name}, {user.email}, account {user.account}, {user.status}{groups}"
        said += ", protected" * user.protected + ", house contact" * user.house_contact
    return f"{timestamp(change.at)} {said}; by {change.by}: {change.why}"


async def _prepared(
    site: Site, store: Store, wanted: Wanted, reported: Callable[[Report], None]
) -> tuple[Report, Plan]:
    before, gathered = await read_all(Ledger(store, ledger_of(site.name)), template_of(site))
    with_accounts = wanted.accounts is not None or wanted.users.with_name(ACCOUNTS).exists()
    accounts_go = wanted.complete and with_accounts
    known = {} if accounts_go else {each.id: each for each in before.accounts()}
    found = load_csv(wanted.users, wanted.accounts, known)
    reported(found.report)
    made = plan(
        before,
        gathered.versions,
        found,
        users_go=wanted.complete,
        accounts_go=accounts_go,
    )
    if wanted.complete and found.report.bad:
        raise _refused(
            "With bad lines it cannot be known who is gone.",
            "Mend them, or leave out --complete.",
        )
    if made.goes_beyond(MOST_GONE) and not wanted.yes:
        raise _refused(
            f"More than a third would go: {_words(made)}.",
            "See whether the file is whole; if it is, say --yes.",
        )
    if odd := sorted(set(after(before, made).faults) - set(before.faults)):
        raise _refused(f"It does not go together: {'; '.join(odd)}.", "Mend the files.")
    return found.report, made


async def _carry_out(
    site: Site, made: Plan, wanted: Wanted, tools: OneOff, progress: Callable[[int, int], None]
) -> None:
    files = _hashes(wanted)
    ledger, words = Ledger(tools.store, ledger_of(site.name)), _words(made)
    starts = range(0, len(made.edits), MOST_AT_ONCE)
    for number, start in enumerate(starts, 1):
        edits = made.edits[start : start + MOST_AT_ONCE]
        step = f", step {number} of {len(starts)}" if len(starts) > 1 else ""
        await tools.events.of_directory(site.name, f"{words}; imported by {tools.by}{step}", files)
        why = f"imported from {wanted.users.name}"
        await ledger.change(edits, by=tools.by, why=why, at_ms=wall_clock())
        progress(start + len(edits), len(made.edits))


def _hashes(wanted: Wanted) -> tuple[ConfigFile, ...]:
    accounts = wanted.accounts or wanted.users.with_name(ACCOUNTS)
    return tuple(
        ConfigFile(file=str(file), sha256=sha256(file.read_bytes()).hexdigest())
        for file in (wanted.users, accounts)
        if file.exists()
    )


def _outcome(report: Report, made: Plan) -> Outcome:
    return Outcome(report, _words(made), made.users.unchanged)


def _words(made: Plan) -> str:
    return changes_of(made.accounts, made.users).words


def _refused(detail: str, advice: str) -> GatewayError:
    return GatewayError("import_refused", detail, advice)
