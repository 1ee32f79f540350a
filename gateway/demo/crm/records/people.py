"""The CRM's own users and their logins."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import argon2

from gateway.demo.crm.database import Database, Row

LOGIN_HOURS: Final = 12
STATUSES: Final = ("active", "invited", "pre_onboarding", "deactivated")
SHORTEST_PASSWORD: Final = 6

_USER = (
    "SELECT users.*, accounts.name AS account_name, accounts.city, accounts.currency FROM users"
    " JOIN accounts ON accounts.id = users.account"
)


def user(db: Database, name: str) -> Row | None:
    """Give a user with their account's name, city and currency."""
    return db.row(f"{_USER} WHERE users.id = ?", name)


def people(db: Database, asker: Row) -> list[Row]:
    """Give an administrator every user, and everybody else their colleagues."""
    if asker["role"] == "Administrator":
        return db.rows(f"{_USER} ORDER BY account_name, users.name")
    return db.rows(f"{_USER} WHERE account = ? ORDER BY users.name", asker["account"])


def set_status(db: Database, name: str, status: str) -> bool:
    """Let a user in or out; false when there is no such user or status."""
    if status not in STATUSES:
        return False
    return db.change("UPDATE users SET status = ? WHERE id = ?", status, name)


def change_profile(db: Database, name: str, fields: Row) -> None:
    """Change what was sent of a user's own profile."""
    for key in ("title", "phone", "signature"):
        if key in fields:
            text = fields[key].strip()[:500]
            db.change(f"UPDATE users SET {key} = ? WHERE id = ?", text, name)  # noqa: S608  ours
    db.change("UPDATE users SET weekly_mail = ? WHERE id = ?", "weekly_mail" in fields, name)


def password_fits(who: Row, password: str) -> bool:
    """Check a password."""
    try:
        return argon2.PasswordHasher().verify(who["password"], password)
    except argon2.exceptions.VerificationError:
        return False


def set_password(db: Database, name: str, password: str) -> None:
    """Change a password."""
    hashed = argon2.PasswordHasher().hash(password)
    db.change("UPDATE users SET password = ? WHERE id = ?", hashed, name)


def new_api_key(db: Database, name: str) -> str:
    """Give a user a key for programs; the one before stops working."""
    key = f"relata_{secrets.token_urlsafe(24)}"
    db.change("UPDATE users SET api_key = ? WHERE id = ?", key, name)
    return key


def user_of_key(db: Database, key: str) -> Row | None:
    """Give the user whose key this is."""
    return db.row(f"{_USER} WHERE api_key = ? AND api_key != ''", key)


def sign_in(db: Database, name: str, now: datetime) -> Row:
    """Make a login: its token, and the token of its forms."""
    login = {
        "token": secrets.token_urlsafe(24),
        "user": name,
        "csrf": secrets.token_urlsafe(24),
        "expires": (now + timedelta(hours=LOGIN_HOURS)).isoformat(),
        "flash": "",
    }
    db.change("DELETE FROM logins WHERE expires < ?", now.isoformat())
    db.add("INSERT INTO logins VALUES (?, ?, ?, ?, ?)", *login.values())
    return login


def login(db: Database, token: str, now: datetime) -> Row | None:
    """Look a login up that has not expired."""
    return db.row("SELECT * FROM logins WHERE token = ? AND expires > ?", token, now.isoformat())


def sign_out(db: Database, token: str) -> None:
    """End a login."""
    db.change("DELETE FROM logins WHERE token = ?", token)


def leave_flash(db: Database, token: str, text: str) -> None:
    """Keep a sentence for the next page of a login."""
    db.change("UPDATE logins SET flash = ? WHERE token = ?", text, token)


def take_flash(db: Database, login: Row) -> str:
    """Give that sentence, once."""
    text: str = login["flash"]
    if text:
        leave_flash(db, login["token"], "")
    return text
