"""Facts as Cedar's entities and context, in its JSON form."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.model import Operator, User
from gateway.policy.rights.facts import Circumstances, Standing

Json = dict[str, Any]


def uid(kind: str, name: str) -> Json:
    """Name an entity."""
    return {"type": f"Gateway::{kind}", "id": name}


def operator_entity(operator: Operator, profiles: Sequence[str]) -> Json:
    """Give an operator, in their profiles and their partner."""
    attributes: Json = {
        "email": operator.email,
        "accounts": [_ref("Account", account) for account in operator.accounts],
        "regions": list(operator.regions),
    }
    parents = [uid("Profile", profile) for profile in profiles]
    if operator.account:
        attributes["account"] = _ref("Account", operator.account)
    if operator.partner:
        attributes["partner"] = _ref("Partner", operator.partner)
        parents.append(uid("Partner", operator.partner))
    return _entity(uid("Operator", operator.id), attributes, *parents)


def user_entity(user: User, consented: bool) -> Json:
    """Give a user, in their account."""
    attributes: Json = {
        "email": user.email,
        "account": _ref("Account", user.account),
        "status": user.status,
        "groups": list(user.groups),
        "protected": user.protected,
        "consented": consented,
        "house_contact": user.house_contact,
    }
    return _entity(uid("User", user.id), attributes, uid("Account", user.account))


def account_entities(lineage: Sequence[Standing]) -> list[Json]:
    """Give an account and all its parents, nearest first."""
    found: list[Json] = []
    region = ""
    for standing in reversed(lineage):
        account, prefers = standing.account, standing.preferences
        region = account.region or region
        attributes: Json = {
            "name": account.name,
            "region": region,
            "assigned": standing.assigned,
            "admins_may_act": prefers.admins_may_act,
            "support_may_act": prefers.support_may_act,
            "support_may_see": [_ref("Category", name) for name in prefers.support_may_see],
            "ask_first": prefers.ask_first,
            "partners": [_ref("Partner", partner) for partner in prefers.partners],
        }
        parents = [] if account.parent is None else [uid("Account", account.parent)]
        found.append(_entity(uid("Account", account.id), attributes, *parents))
    return found


def start_context(site: str, said: Circumstances) -> Json:
    """Give the circumstances of a start.

    Raises:
        ValueError: the time or the address is none.
    """
    return desk_context(site, said.now_ms, said.address) | {
        "ticket": said.ticket,
        "ticket_holds": sorted(said.ticket_holds),
        "in_working_hours": said.in_working_hours,
        "in_network": said.in_network,
        "approved": said.approved,
        "stepped_up": said.stepped_up,
        "break_glass": said.break_glass,
        "workflow": said.workflow,
    }


def desk_context(site: str, now_ms: int, address: str) -> Json:
    """Give where and when something is done at the desk.

    Raises:
        ValueError: the time or the address is none.
    """
    return {"site": _ref("Site", site), **here_and_now(now_ms, address)}


def here_and_now(now_ms: int, address: str) -> Json:
    """Give when and from where.

    Raises:
        ValueError: the time or the address is none.
    """
    # Whole seconds by division of integers: a float would round a moment into another one.
    seconds, thousandths = divmod(now_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    place = ipaddress.ip_address(address.partition("%")[0])
    return {
        "now": {"__extn": {"fn": "datetime", "arg": f"{moment}.{thousandths:03d}Z"}},
        "address": {"__extn": {"fn": "ip", "arg": str(place)}},
    }


def category_ref(name: str) -> Json:
    """Refer to a category."""
    return _ref("Category", name)


def capability_ref(name: str) -> Json:
    """Refer to a capability."""
    return _ref("Capability", name)


def _ref(kind: str, name: str) -> Json:
    return {"__entity": uid(kind, name)}


def _entity(name: Json, attributes: Json, *parents: Json) -> Json:
    return {"uid": name, "attrs": attributes, "parents": list(parents)}
