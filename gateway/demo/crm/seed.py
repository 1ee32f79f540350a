"""Turn `seed.yaml` into rows: a company's years with this CRM, up to today."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from random import Random
from typing import Any, Final

import argon2
import yaml

from gateway.demo.crm.database import Database

PASSWORD: Final = "relata"  # noqa: S105  everybody's, in a demo of made-up people
YEARS: Final = 5
Rows = defaultdict[str, list[tuple[Any, ...]]]


def fill(database: Database, today: date) -> None:
    """Fill a new database; leave one that has been used as it is."""
    if database.is_new:
        package = resources.files(__package__)
        schema = (package / "schema.sql").read_text("utf-8")
        accounts = yaml.safe_load((package / "seed.yaml").read_text("utf-8"))
        database.build(schema, rows(accounts, today))


def rows(accounts: list[dict[str, Any]], today: date) -> Rows:
    """Give the rows of every table, in the order in which tables may be filled."""
    found = Rows(list)
    hasher = argon2.PasswordHasher()
    passwords = {True: hasher.hash(PASSWORD), False: hasher.hash(secrets.token_urlsafe())}
    for account in accounts:
        found["accounts"].append(
            tuple(account[key] for key in ("id", "name", "city", "trade", "currency", "since"))
        )
        found["users"] += (_user(user, account["id"], passwords) for user in account["users"])
    for account in accounts:
        for contact in account["contacts"]:
            _contact(found, account, contact, today)
    by_day = sorted(found["orders"], key=lambda order: order[1])
    found["orders"] = [(number, *order) for number, order in enumerate(by_day, 1)]
    return found


def _user(user: dict[str, Any], account: str, passwords: dict[bool, str]) -> tuple[Any, ...]:
    status, phone = user.get("status", "active"), user.get("phone", "")
    signature = f"Kind regards\n{user['name']}"
    said = (user["id"], user["name"], user["email"], account, user["role"], status, user["title"])
    return (*said, phone, signature, 1, passwords[user.get("signs_in", True)], "")


def _contact(found: Rows, account: dict[str, Any], contact: dict[str, Any], today: date) -> None:
    def day(offset: int) -> str:
        return (today + timedelta(days=offset)).isoformat()

    def add(table: str, *values: Any) -> int:
        number = len(found[table]) + 1
        found[table].append((number, *values))
        return number

    owner = contact["owner"]
    card = (contact[key] for key in ("name", "title", "company", "email", "phone", "city"))
    since, notes = day(contact["since"]), contact["private_notes"]
    number = add("contacts", account["id"], owner, *card, since, notes)
    for each in contact.get("surveys", ()):
        add("surveys", number, day(each["day"]), each["score"], each["comments"])
    for each in contact.get("meetings", ()):
        add("meetings", number, day(each["day"]), each["subject"], owner, each["notes"])
    for each in contact.get("deals", ()):
        stage, closes = each["stage"], each["closes"]
        deal = add("deals", number, owner, each["title"], each["amount"], stage, day(closes))
        last = min(closes, -1 - deal * 5 % 17)
        found["deal_moves"].append((deal, f"{day(last - 41)}T09:12:00Z", owner, "Qualified"))
        if stage != "Qualified":
            found["deal_moves"].append((deal, f"{day(last)}T15:40:00Z", owner, stage))
    for each in contact.get("tasks", ()):
        add("tasks", number, owner, each["title"], day(each["due"]), None)
    found["orders"] += ((number, *order) for order in _orders(account, contact, today))


def _orders(
    account: dict[str, Any], contact: dict[str, Any], today: date
) -> Iterator[tuple[str, str, int, int]]:
    """Make up a contact's orders: the same every time, since the contact or for some years."""
    chance = Random(contact["email"])  # noqa: S311  made-up figures, not secrets
    day = today + timedelta(days=max(contact["since"], -365 * YEARS))
    while (day := day + timedelta(days=chance.randint(8, 40))) < today:
        item, price = chance.choice(sorted(account["catalogue"].items()))
        quantity = chance.randint(1, 9) if price > 500 else chance.randint(1, 24) * 5
        yield day.isoformat(), item, quantity, quantity * price
