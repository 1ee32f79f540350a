"""Examples of the main job for the description of the API: start a session, see it, end it."""

from __future__ import annotations

from collections.abc import Mapping

_SESSION = "s-7hq2k9"
_TIMES = {
    "started_at": "2026-11-22T09:00:00.000Z",
    "expires_at": "2026-11-22T09:30:00.000Z",
}

BODIES: Mapping[tuple[str, str], object] = {
    ("POST", "sessions"): {
        "site": "crm",
        "subject": "jonas",
        "mode": "read_only",
        "reason": "Deal board empty after role change",
        "ticket": "SUP-4711",
    },
}
"""By method and path."""

ANSWERS: Mapping[tuple[str, str], object] = {
    ("GET", "users"): {
        "users": [
            {
                "id": "jonas",
                "name": "Jonas Weber",
                "email": "jonas@nordlicht.example",
                "account": "nordlicht",
                "account_name": "Nordlicht GmbH",
                "status": "active",
                "status_words": "active",
                "protected": False,
                "house_contact": False,
            }
        ],
        "more": False,
        "after": "",
    },
    ("POST", "sessions"): {
        "id": _SESSION,
        "enter_url": "https://k3f9.crm.example.com/_gateway/enter?code=Zm9yIG9uY2U",
        "expires_at": _TIMES["expires_at"],
    },
    ("GET", "sessions/{id}"): {
        "id": _SESSION,
        "site": "crm",
        "actor": {
            "id": "ada",
            "name": "Ada Okafor",
            "email": "ada@company.example",
            "profile": "Administrator",
        },
        "subject": {
            "id": "jonas",
            "name": "Jonas Weber",
            "email": "jonas@nordlicht.example",
            "account": "nordlicht",
            "account_name": "Nordlicht GmbH",
            "status": "active",
            "groups": ["sales"],
        },
        "mode": "read_only",
        "reason": "Deal board empty after role change",
        "ticket": "SUP-4711",
        "isolation": "host",
        "host": "k3f9.crm.example.com",
        **_TIMES,
        "elevated_until": None,
        "approved_by": "",
        "break_glass": False,
        "workflow": "",
        "capabilities": [],
        "reveal": [],
        "allowed_by": ["support_may_look"],
    },
}

REFUSED: Mapping[tuple[str, str], Mapping[int, object]] = {
    ("POST", "sessions"): {
        403: {
            "type": "urn:problem:impersonation-gateway:ticket_missing",
            "title": "A ticket is needed",
            "status": 403,
            "detail": "Whoever acts for a user of this account names a ticket.",
            "code": "ticket_missing",
            "advice": "Enter the number of a ticket.",
            "record": "01JD8Z6P2V4T",
            "helps": [["ticket"]],
        }
    },
}
