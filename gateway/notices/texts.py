"""The words of every notice, in one place. Pure.

A place such as `{who}` is filled with what the notice says, in one line. A line whose value is
empty is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from gateway.notices.notice import Notice, NoticeKind

_LONGEST: Final = 300
"""Characters of a value that are shown."""


class _Words(NamedTuple):
    subject: str
    opening: str
    closing: str


_SESSIONS: Final = "You get this because your account asked to be told of sessions."
_APPROVALS: Final = "You get this because you are named for approvals."
_WORDS: Final[Mapping[NoticeKind, _Words]] = {
    NoticeKind.SESSION_STARTED: _Words(
        "{who} acts on behalf of {whom}",
        "{who} has started to act on behalf of {whom} in {site}.",
        f"{_SESSIONS} If you do not expect it, ask who runs {{site}}.",
    ),
    NoticeKind.SESSION_BROKE_GLASS: _Words(
        "Emergency: {who} acts on behalf of {whom}",
        "{who} has broken the glass to act on behalf of {whom} in {site}: in an emergency, without "
        "the approval that this needs otherwise. It will be reviewed.",
        "Everybody who is told of sessions or named for approvals gets this. If you do not expect "
        "it, ask who runs {site}.",
    ),
    NoticeKind.APPROVAL_REQUESTED: _Words(
        "{who} asks to act on behalf of {whom}",
        "{who} asks for approval to act on behalf of {whom} in {site}.",
        f"{_APPROVALS} Sign in to approve or refuse it.",
    ),
    NoticeKind.APPROVAL_DECIDED: _Words(
        "Your request to act on behalf of {whom} was {decision}",
        "{by} has {decision} your request to act on behalf of {whom} in {site}.",
        "You get this because you asked for it.",
    ),
    NoticeKind.CONSENT_ASKED: _Words(
        "{who} asks to act on your behalf",
        "{who} asks whether you allow acting on your behalf in {site}. Nobody does while you say "
        "nothing.",
        "You get this because it is for you to decide. You can take it back at any time.",
    ),
}
_LABELS: Final = (
    ("who", "Who"),
    ("profile", "Profile"),
    ("whom", "On behalf of"),
    ("account", "Account"),
    ("site", "Where"),
    ("mode", "Mode"),
    ("since", "From"),
    ("until", "Until, at the latest"),
    ("reason", "Reason"),
    ("ticket", "Ticket"),
    ("decision", "Decision"),
    ("by", "Decided by"),
    ("why", "Their words"),
    ("link", "More"),
)
_NAMES: Final = {
    "read_only": "looks only",
    "read_write": "looks and changes",
    "approved": "approved",
    "refused": "refused",
}
_NOBODY: Final = {
    "who": "Somebody",
    "whom": "somebody",
    "by": "Somebody",
    "site": "the app",
    "decision": "decided",
}


class Text(NamedTuple):
    """What a reader sees: every part is one line. `lines`: label and value."""

    subject: str
    opening: str
    lines: tuple[tuple[str, str], ...]
    closing: str


def text_of(notice: Notice) -> Text:
    """Say a notice in words."""
    said = {name: _shown(name, getattr(notice, name)) for name, _ in _LABELS}
    filled = said | {name: said[name] or word for name, word in _NOBODY.items()}
    subject, opening, closing = (each.format_map(filled) for each in _WORDS[notice.kind])
    lines = tuple((label, said[name]) for name, label in _LABELS if said[name])
    return Text(subject, opening, lines, closing)


def _shown(name: str, value: str | int) -> str:
    if isinstance(value, int):
        if not value:
            return ""
        at = datetime.fromtimestamp(value / 1000, UTC)
        return f"{at:%Y-%m-%d %H:%M} UTC"
    line = _one_line(value)
    return _NAMES.get(line, line) if name in ("mode", "decision") else line


def _one_line(text: str) -> str:
    """One line, cut where it is too long, without characters that are none or that turn others."""
    seen = "".join(
        each if unicodedata.category(each)[0] not in "CZ" else " " for each in text[: 2 * _LONGEST]
    )
    line = " ".join(seen.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
