"""Deals, how they moved, and what was ordered in the end."""

from __future__ import annotations

from typing import Final

from gateway.demo.crm.database import Database, Row

STAGES: Final = ("Qualified", "Proposal", "Negotiation", "Won", "Lost")
CLOSED: Final = ("Won", "Lost")

_DEAL = (
    "SELECT deals.id, deals.title, deals.amount, accounts.currency, deals.stage, deals.closes,"
    " deals.contact, contacts.name AS contact_name, contacts.company, deals.owner,"
    " users.name AS owner_name FROM deals JOIN contacts ON contacts.id = deals.contact"
    " JOIN accounts ON accounts.id = contacts.account JOIN users ON users.id = deals.owner"
    " WHERE contacts.account = ?"
)


def deals(db: Database, user: Row, *, contact: int | None = None, mine: bool = False) -> list[Row]:
    """Give deals, those that close first in front."""
    found = db.rows(f"{_DEAL} ORDER BY deals.closes, deals.id", user["account"])
    return [
        row
        for row in found
        if (contact is None or row["contact"] == contact)
        and (not mine or row["owner"] == user["id"])
    ]


def deal(db: Database, user: Row, number: int) -> Row | None:
    """Give one deal."""
    return db.row(f"{_DEAL} AND deals.id = ?", user["account"], number)


def move(db: Database, user: Row, number: int, stage: str, now: str) -> Row | None:
    """Move a deal to a stage and remember who did; None when there is no such deal or stage."""
    found = deal(db, user, number)
    if found is None or stage not in STAGES:
        return None
    if found["stage"] != stage:
        db.change("UPDATE deals SET stage = ? WHERE id = ?", stage, number)
        db.add("INSERT INTO deal_moves VALUES (?, ?, ?, ?)", number, now, user["id"], stage)
    return {**found, "stage": stage}


def moves(db: Database, number: int) -> list[Row]:
    """Give how a deal moved, the latest first."""
    return db.rows(
        "SELECT at, stage, users.name AS moved_by FROM deal_moves"
        " JOIN users ON users.id = moved_by WHERE deal = ? ORDER BY at DESC, deal_moves.rowid DESC",
        number,
    )


def last_moves(db: Database, user: Row, limit: int) -> list[Row]:
    """Give the latest moves of all deals of the user's account."""
    return db.rows(
        "SELECT at, deal_moves.stage, users.name AS moved_by, deals.title, deals.id AS deal"
        " FROM deal_moves JOIN users ON users.id = moved_by JOIN deals ON deals.id = deal"
        " JOIN contacts ON contacts.id = deals.contact WHERE contacts.account = ?"
        " ORDER BY at DESC, deal_moves.rowid DESC LIMIT ?",
        *(user["account"], limit),
    )


def orders(db: Database, user: Row) -> list[Row]:
    """Give every order of the user's account, the latest first."""
    return db.rows(
        "SELECT orders.id, ordered, company, contacts.name AS contact_name, item, quantity, amount"
        " FROM orders JOIN contacts ON contacts.id = orders.contact WHERE contacts.account = ?"
        " ORDER BY ordered DESC, orders.id DESC",
        user["account"],
    )
