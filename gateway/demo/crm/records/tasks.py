"""What somebody still has to do."""

from __future__ import annotations

from gateway.demo.crm.database import Database, Row


def tasks(db: Database, user: Row, *, mine: bool = False) -> list[Row]:
    """Give tasks, open ones first, those that are due first in front."""
    found = db.rows(
        "SELECT tasks.id, tasks.title, tasks.due, tasks.contact, contacts.name AS contact_name,"
        " tasks.owner, users.name AS owner_name, doer.name AS done_by FROM tasks"
        " JOIN contacts ON contacts.id = tasks.contact JOIN users ON users.id = tasks.owner"
        " LEFT JOIN users AS doer ON doer.id = tasks.done_by WHERE contacts.account = ?"
        " ORDER BY tasks.done_by IS NOT NULL, tasks.due, tasks.id",
        user["account"],
    )
    return [row for row in found if not mine or row["owner"] == user["id"]]


def add_task(db: Database, user: Row, number: int, title: str, due: str) -> int:
    """Give the user something to do for a contact."""
    return db.add(
        "INSERT INTO tasks (contact, owner, title, due) VALUES (?, ?, ?, ?)",
        *(number, user["id"], title, due),
    )


def tick(db: Database, user: Row, number: int, *, done: bool) -> bool:
    """Mark a task as done or open again; false when there is no such task."""
    return db.change(
        "UPDATE tasks SET done_by = ? WHERE id = ?"
        " AND contact IN (SELECT id FROM contacts WHERE account = ?)",
        *(user["id"] if done else None, number, user["account"]),
    )
