"""Under which names a record is found again.

Beside each stream stand lists of positions, one for each mark: where in the stream the records of a
session are, the starts for an account, the changes made to a subject. The store writes them with
the records themselves, so none is missing and none too many. The parts of a mark come from
outside; each is percent-encoded, so no two marks are the same by what their parts hold, and none
has a blank.
"""

from __future__ import annotations

from urllib.parse import quote

SESSIONS = "sessions"
"""The starts of all sessions, and the refused ones."""


def of_session(session_id: str) -> str:
    """All records of a session."""
    return f"session:{_part(session_id)}"


def life_of(session_id: str) -> str:
    """The records of a session's start, its end, and of how it was changed between."""
    return f"life:{_part(session_id)}"


def of_account(account: str) -> str:
    """The starts of sessions for an account's users, and the refused ones."""
    return f"account:{_part(account)}"


def of_subject(site: str, user: str) -> str:
    """The starts of sessions for a user, and the refused ones."""
    return f"subject:{_part(site)}:{_part(user)}"


def of_actor(operator: str) -> str:
    """The starts of an operator's sessions, and the refused ones."""
    return f"actor:{_part(operator)}"


def changes(mark: str) -> str:
    """The requests that may have changed something, of an account or a subject."""
    return f"changes:{mark}"


def seen(mark: str) -> str:
    """The answers that may have shown what is hidden from others, of an account or a subject."""
    return f"seen:{mark}"


def may_change(method: str) -> bool:
    """Whether a request by this method may change something (RFC 9110, 9.2.1)."""
    return method not in ("GET", "HEAD", "OPTIONS")


def joined(*marks: str) -> bytes:
    """The marks of one record, as it carries them to the store."""
    return " ".join(filter(None, marks)).encode()


def of_start(actor: str, site: str, user: str, account: str) -> tuple[str, ...]:
    """The marks of a start beside its session's; what is not known is empty."""
    whom = (of_subject(site, user), of_account(account) if account else "") if user else ()
    return (SESSIONS, of_actor(actor) if actor else "", *whom)


def of_change(site: str, user: str, account: str) -> tuple[str, ...]:
    """The marks of an intent that may change something, beside its session's."""
    whom = changes(of_subject(site, user))
    return (whom, changes(of_account(account))) if account else (whom,)


def of_sight(site: str, user: str, account: str) -> tuple[str, ...]:
    """The marks of a request whose answer may show what is hidden from others."""
    whom = seen(of_subject(site, user))
    return (whom, seen(of_account(account))) if account else (whom,)


def _part(said: str) -> str:
    return quote(said, safe="", errors="backslashreplace")
