"""Contacts, and what is known of each: surveys and meetings."""

from __future__ import annotations

from typing import Final

from gateway.demo.crm.database import Database, Row

EDITABLE: Final = ("name", "title", "company", "email", "phone", "city", "private_notes")
REQUIRED: Final = ("name", "company", "email")
LONGEST: Final = 4000

_CARD = (
    "SELECT contacts.id, contacts.name, contacts.title, contacts.company, contacts.email,"
    " contacts.phone, contacts.city, contacts.since, contacts.owner, users.name AS owner_name,"
    " contacts.private_notes, last.score AS survey_score, last.survey_comments"
    " FROM contacts JOIN users ON users.id = contacts.owner"
    " LEFT JOIN surveys AS last ON last.id ="
    " (SELECT id FROM surveys WHERE contact = contacts.id ORDER BY answered DESC LIMIT 1)"
    " WHERE contacts.account = ?"
)


def contacts(db: Database, user: Row, *, text: str = "", mine: bool = False) -> list[Row]:
    """Give contacts by name. `text`: part of a name, company, e-mail, title or city; never of
    what is private, so that nobody finds out by searching what they may not read.
    """
    found = db.rows(f"{_CARD} ORDER BY contacts.name", user["account"])
    wanted = text.strip().casefold()
    return [
        row
        for row in found
        if (not mine or row["owner"] == user["id"])
        and any(
            wanted in row[key].casefold() for key in ("name", "company", "email", "title", "city")
        )
    ]


def contact(db: Database, user: Row, number: int) -> Row | None:
    """Give one contact."""
    return db.row(f"{_CARD} AND contacts.id = ?", user["account"], number)


def faults_of(fields: Row) -> dict[str, str]:
    """Say what is wrong with a contact's fields; empty when nothing is."""
    faults = {key: "Please fill this in." for key in REQUIRED if fields.get(key, "x").strip() == ""}
    if "@" not in fields.get("email", "@"):
        faults.setdefault("email", "This is not an e-mail address.")
    too_long = [key for key, value in fields.items() if len(value) > LONGEST]
    return faults | dict.fromkeys(too_long, "This is too long.")


def add_contact(db: Database, user: Row, fields: Row, today: str) -> int:
    """Add a contact that the user owns; give its number."""
    values = (fields.get(key, "").strip() for key in EDITABLE)
    return db.add(
        "INSERT INTO contacts (account, owner, since, name, title, company, email, phone, city,"
        " private_notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(user["account"], user["id"], today, *values),
    )


def change_contact(db: Database, user: Row, number: int, fields: Row) -> bool:
    """Change the fields that were sent, and only these: what a form did not hold stays."""
    changed = True
    for key in EDITABLE:
        if key in fields:
            changed &= db.change(
                f"UPDATE contacts SET {key} = ? WHERE id = ? AND account = ?",  # noqa: S608  ours
                *(fields[key].strip(), number, user["account"]),
            )
    return changed


def surveys(db: Database, user: Row, number: int | None = None) -> list[Row]:
    """Give answers to surveys, the latest first: of one contact, or of the user's account."""
    return db.rows(
        "SELECT surveys.id, surveys.contact, contacts.name AS contact_name, contacts.company,"
        " answered, score, survey_comments FROM surveys"
        " JOIN contacts ON contacts.id = surveys.contact"
        " WHERE contacts.account = ? AND coalesce(?, contacts.id) = contacts.id"
        " ORDER BY answered DESC, surveys.id DESC",
        *(user["account"], number),
    )


def meetings(db: Database, user: Row, number: int | None = None) -> list[Row]:
    """Give meetings, the latest first: of one contact, or of the user's account."""
    return db.rows(
        "SELECT meetings.id, meetings.contact, contacts.name AS contact_name, held, subject,"
        " users.name AS kept_by, meeting_notes FROM meetings"
        " JOIN contacts ON contacts.id = meetings.contact JOIN users ON users.id = kept_by"
        " WHERE contacts.account = ? AND coalesce(?, contacts.id) = contacts.id"
        " ORDER BY held DESC, meetings.id DESC",
        *(user["account"], number),
    )


def add_meeting(db: Database, user: Row, number: int, minutes: Row) -> None:
    """Keep the minutes of a meeting: `held`, `subject` and `meeting_notes`."""
    db.add(
        "INSERT INTO meetings (contact, held, subject, kept_by, meeting_notes)"
        " VALUES (?, ?, ?, ?, ?)",
        *(number, minutes["held"], minutes["subject"].strip(), user["id"]),
        minutes["meeting_notes"][:LONGEST],
    )
