"""The CRM's data: SQLite in one file, plain SQL, one connection."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

from gateway.demo.crm import seed

Row = dict[str, Any]


class Data:
    """Everything the CRM knows. `folder` holds its file; a new one is filled with the seed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "crm.sqlite3", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'accounts'"):
            self._fill()

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Give every row of a query."""
        return [dict(row) for row in self._db.execute(sql, values)]

    def row(self, sql: str, *values: Any) -> Row | None:
        """Give a query's first row."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def change(self, sql: str, *values: Any) -> int:
        """Change rows; give how many."""
        return self._db.execute(sql, values).rowcount

    def user(self, user_id: str) -> Row | None:
        """Give a user with the name of their account; a deactivated one can still be looked at."""
        return self.row(
            "SELECT users.*, accounts.name AS account_name FROM users"
            " JOIN accounts ON accounts.id = users.account WHERE users.id = ?",
            user_id,
        )

    def contacts(self, user: Row) -> list[Row]:
        """Give the contacts of the user's account."""
        return self.rows("SELECT * FROM contacts WHERE account = ? ORDER BY name", user["account"])

    def contact(self, user: Row, contact_id: int) -> Row | None:
        """Give one of them."""
        return self.row(
            "SELECT * FROM contacts WHERE id = ? AND account = ?", contact_id, user["account"]
        )

    def deals(self, user: Row) -> list[Row]:
        """Give the deals of the user's account, with their contact's name."""
        return self.rows(
            "SELECT deals.*, contacts.name AS contact_name, users.name AS owner_name FROM deals"
            " JOIN contacts ON contacts.id = deals.contact JOIN users ON users.id = deals.owner"
            " WHERE deals.account = ? ORDER BY closes",
            user["account"],
        )

    def deal(self, user: Row, deal_id: int) -> Row | None:
        """Give one of them."""
        return next((deal for deal in self.deals(user) if deal["id"] == deal_id), None)

    def set_stage(self, user: Row, deal_id: int, stage: str) -> bool:
        """Move a deal; false when there is no such deal or stage."""
        if stage not in seed.STAGES:
            return False
        return (
            self.change(
                "UPDATE deals SET stage = ?, changed_by = ? WHERE id = ? AND account = ?",
                stage,
                user["id"],
                deal_id,
                user["account"],
            )
            == 1
        )

    def meetings(self, contact_id: int) -> list[Row]:
        """Give a contact's meetings, the latest first."""
        return self.rows("SELECT * FROM meetings WHERE contact = ? ORDER BY held DESC", contact_id)

    def sign_in(self, user_id: str) -> tuple[str, str]:
        """Make a login of the CRM's own; give its token and the token of its forms."""
        token, csrf = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.change("INSERT INTO logins VALUES (?, ?, ?)", token, user_id, csrf)
        return token, csrf

    def login(self, token: str) -> Row | None:
        """Look a login up."""
        return self.row("SELECT * FROM logins WHERE token = ?", token)

    def _fill(self) -> None:
        schema = (resources.files(__package__) / "schema.sql").read_text("utf-8")
        self._db.executescript(schema)
        self._insert("accounts", seed.ACCOUNTS)
        self._insert("users", ((*user, "") for user in seed.USERS))
        self._insert("contacts", seed.CONTACTS)
        self._insert("deals", ((*deal, "") for deal in seed.DEALS))
        self._insert("meetings", seed.MEETINGS)

    def _insert(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608  our names
