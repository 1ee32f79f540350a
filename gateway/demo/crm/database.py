"""The CRM's database: SQLite in one file, plain SQL, one connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Database:
    """Rows in, rows out. Each change is kept at once.

    Args:
        folder: holds the file; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "crm.sqlite3", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")

    @property
    def is_new(self) -> bool:
        """Whether nothing is in it yet, not even tables."""
        return self.row("SELECT 1 FROM sqlite_master") is None

    def build(self, schema: str, content: dict[str, list[tuple[Any, ...]]]) -> None:
        """Make the tables and fill them, all or nothing."""
        self._db.executescript(f"BEGIN;\n{schema}")
        for table, rows in content.items():
            marks = ", ".join("?" * len(rows[0]))
            self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  ours
        self._db.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Give every row of a query."""
        return [dict(row) for row in self._db.execute(sql, values)]

    def row(self, sql: str, *values: Any) -> Row | None:
        """Give a query's first row."""
        found = self._db.execute(sql, values).fetchone()
        return None if found is None else dict(found)

    def change(self, sql: str, *values: Any) -> bool:
        """Change rows; say whether any was."""
        return self._db.execute(sql, values).rowcount > 0

    def add(self, sql: str, *values: Any) -> int:
        """Insert a row; give its number."""
        return self._db.execute(sql, values).lastrowid or 0

    def close(self) -> None:
        """Let the file go."""
        self._db.close()
