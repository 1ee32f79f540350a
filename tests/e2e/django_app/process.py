"""The Django project as a process, and its database as it stands on the disk."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4


@dataclass(frozen=True)
class DjangoApp:
    """Answers on `port`; `database` is what only the app itself writes, but for `add_group`."""

    port: int
    database: Path

    def add_group(self) -> tuple[int, str]:
        """Put a group there for a test to work on; give its id and name."""
        name = f"Group {uuid4()}"
        with closing(sqlite3.connect(self.database)) as db, db:
            made = db.execute("INSERT INTO auth_group (name) VALUES (?)", (name,)).lastrowid
        assert made is not None
        return made, name

    def group(self, id_: int) -> str:
        """The group's name in the database."""
        with closing(sqlite3.connect(self.database)) as db:
            name: str = db.execute("SELECT name FROM auth_group WHERE id=?", (id_,)).fetchone()[0]
        return name

    def changed_by(self, id_: int) -> list[str]:
        """Who, by the app's own log, changed the group."""
        query = """
            SELECT username FROM django_admin_log JOIN auth_user ON auth_user.id = user_id
            JOIN django_content_type ON django_content_type.id = content_type_id
            WHERE model = 'group' AND object_id = ?"""
        with closing(sqlite3.connect(self.database)) as db:
            return [name for (name,) in db.execute(query, (str(id_),))]


@contextmanager
def running_django(folder: Path) -> Iterator[DjangoApp]:
    """Serve the project while the block runs."""
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.e2e.django_app"],
            env={**os.environ, "DJANGO_APP_FOLDER": str(folder)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert child.stdout is not None
    with child.stdout as said:
        found = (re.search(r"http://127\.0\.0\.1:([0-9]+)/", line) for line in said)
        address = next((match for match in found if match), None)
        assert address is not None, (folder / "server.log").read_text()
        try:
            yield DjangoApp(int(address[1]), folder / "db.sqlite3")
        finally:
            child.terminate()
            child.wait()
