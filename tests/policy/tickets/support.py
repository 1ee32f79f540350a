"""A start that a ticket is named for."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gateway.model import Account, User
from gateway.policy.tickets.texts import Facts

JONAS = User(id="jonas", name="Jonas Weber", email="Jonas@nordlicht.example", account="n-7")
NORDLICHT = Account(id="n-7", name="Nordlicht GmbH", region="emea")
FACTS = Facts(ticket="CS-1", site="crm", user=JONAS, account=NORDLICHT)


def facts(**changed: Any) -> Facts:
    return replace(FACTS, **changed)


def mailing(email: str) -> Facts:
    return facts(user=replace(JONAS, email=email))
