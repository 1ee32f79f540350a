"""The session that tests speak of: Ada acts for Jonas."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gateway.model import Actor, Mode, Session, Subject

NOW = 1_700_000_000_000
ADA = Actor(id="ada", name="Ada Okafor", email="ada@example.com", profile="Developer")
JONAS = Subject(
    id="jonas.weber",
    name="Jonas Weber",
    email="jonas@nord.example",
    account="nord",
    account_name="Nordlicht GmbH",
    status="active",
    groups=("sales", "berlin"),
)
SESSION = Session(
    id="s1",
    site="crm",
    actor=ADA,
    subject=JONAS,
    mode=Mode.READ_ONLY,
    reason="Cannot see a deal",
    isolation="host",
    host="k3f9.crm.example.com",
    started_at=NOW,
    expires_at=NOW + 1_800_000,
    idle_ms=600_000,
)


def acting_for(**changes: Any) -> Session:
    """Give the session with another subject."""
    return replace(SESSION, subject=replace(JONAS, **changes))
