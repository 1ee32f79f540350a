"""The users and accounts that the store has of a site, as files that an import takes."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

from gateway.app.directories import ACCOUNTS
from gateway.app.importing import stored_site
from gateway.app.reading import opened
from gateway.config import Config
from gateway.people.entry import ACCOUNT, USER
from gateway.people.stored import ledger_of, read_all
from gateway.store.ledger import Ledger


async def export_users(config: Config, site: str, users: Path) -> int:
    """Write users, and accounts beside them; give how many users there are.

    Raises:
        GatewayError: as `stored_site`; or the store cannot be used.
        OSError: a file cannot be written, or is there already.
    """
    name = stored_site(config, site).name
    async with opened(config) as store:
        people, _ = await read_all(Ledger(store, ledger_of(name)), None)
    _write(users.with_name(ACCOUNTS), ACCOUNT, people.said_accounts)
    _write(users, USER, people.said)
    return len(people)


def _write(path: Path, columns: tuple[str, ...], those: Iterable[object]) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        for each in those:
            rows.writerow([_text(attrgetter(name)(each)) for name in columns])


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ";".join(value)
    return str(value)
