"""Whom the tests of the console know: operators, users and their accounts."""

from __future__ import annotations

import secrets

import msgspec

from gateway.model import Actor, Mode, Operator, Session, Subject, User

NOW = 1_790_000_000_000
ADA = Operator(
    id="ada", name="Ada Okafor", email="ada@house.example", profile="Customer Success Manager"
)
SAM = Operator(id="sam", name="Sam Rivera", email="sam@house.example", profile="Administrator")
JONAS = User(id="jonas.weber", name="Jonas Weber", email="jonas@nordlicht.example", account="n")
MEI = User(
    id="mei.tanaka", name="Mei Tanaka", email="mei@hoshi.example", account="h", status="invited"
)
ROOT = User(
    id="root", name="Root <b>O'Brien</b>", email="root@h.example", account="h", protected=True
)
ACCOUNTS = {"n": "Nordlicht GmbH", "h": "Hoshi Trading"}
PASSWORD = "correct horse"
BEARER = {"Authorization": "Bearer ada"}


def make_actor(operator: Operator) -> Actor:
    return Actor(id=operator.id, name=operator.name, email=operator.email, profile=operator.profile)


def make_session(operator: Operator, user: User, **changes: object) -> Session:
    session = Session(
        id=secrets.token_hex(6),
        site="crm",
        actor=make_actor(operator),
        subject=Subject(
            id=user.id,
            name=user.name,
            email=user.email,
            account=user.account,
            account_name=ACCOUNTS[user.account],
            status=user.status,
        ),
        mode=Mode.READ_ONLY,
        reason="Deal board empty after role change",
        isolation="host",
        host="k3f9.crm.localhost",
        started_at=NOW,
        expires_at=NOW + 30 * 60_000,
        idle_ms=600_000,
    )
    return msgspec.structs.replace(session, **changes)
