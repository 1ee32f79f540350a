"""What is wrong with policies that load: rules that never count, and names that nobody has.

`read_policies` refuses what Cedar cannot read or could fail on. What is found here does no harm by
itself; but somebody meant something by it that does not happen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import cedarpy

from gateway.model import Status
from gateway.policy.rights.contradictions import contradict
from gateway.policy.rights.entities import uid
from gateway.policy.rights.files import Policies

Known = Mapping[str, frozenset[str]]
"""The ids there are of an `Account`, an `Operator`, a `User`, a `Partner` or a `Workflow`, and the
names of the conditions of tickets (`Condition`)."""
Scope = Mapping[str, Any]

_ACT = uid("Action", "act")
_BOTH = (uid("Action", "act_read_only"), uid("Action", "act_read_write"))
_PARTS = ("principal", "action", "resource")
_TEXTS: Mapping[str, Scope] = {
    "Workflow": {".": {"left": {"Var": "context"}, "attr": "workflow"}},
    "Condition": {".": {"left": {"Var": "context"}, "attr": "ticket_holds"}},
    "Status": {".": {"left": {"Var": "resource"}, "attr": "status"}},
}
"""What is no entity in policies but a text, by where it stands."""
_STATUSES = frozenset(get_args(Status))
_MAY_OVERFLOW = frozenset({"+", "-", "*", "neg", "offset", "durationSince"})


def remarks(policies: Policies, known: Known | None = None) -> Iterator[str]:
    """Say what should be looked at, a line each: the file, the policy, and what about it."""
    for name, policy in policies.document.items():
        for remark in _about(name, policy, policies, {**(known or {}), "Status": _STATUSES}):
            yield f"{policies.origin[name]}: policy {name!r} {remark}"


def _about(name: str, policy: Scope, policies: Policies, known: Known) -> Iterator[str]:
    if contradict(policy["conditions"]) or _is_impossible(policy, policies.vocabulary.schema):
        yield "never applies: its conditions cannot hold together"
    elif policy["effect"] == "permit":
        covering = _forbidden_by(policy, policies)
        if covering:
            yield f"never counts: {covering!r} forbids all that it permits"
    for kind, ids in known.items():
        if kind in _TEXTS:
            named = _held_against(policy, _TEXTS[kind])
        else:
            named = entities_named(policy, f"Gateway::{kind}")
        for found in sorted(set(named) - ids):
            yield f"names the {kind.lower()} {found!r}, which there is not"
    if policy["effect"] == "forbid" and _may_fail(policy["conditions"]):
        yield (
            "may fail when numbers grow too large, and then everything that it is asked about is "
            "refused"
        )


def _is_impossible(policy: Scope, schema: cedarpy.Schema) -> bool:
    """Whether no request of the schema meets the policy's conditions.

    Cedar's validator leaves unread what stands behind a condition that it knows to be false. So a
    fault that is put behind the conditions is found, unless they can never hold.
    """
    fault = {"kind": "when", "body": {"+": {"left": {"Value": 1}, "right": {"Value": "x"}}}}
    probe = {**policy, "conditions": [*policy["conditions"], fault]}
    document = {"templates": {}, "staticPolicies": {"probe": probe}, "templateLinks": []}
    text = cedarpy.policies_from_json_str(json.dumps(document))
    return not cedarpy.validate_policies(text, schema).errors


def _forbidden_by(permit: Scope, policies: Policies) -> str:
    """Name a forbid without conditions that holds all that a permit does; empty for none."""
    return next(
        (
            name
            for name, policy in policies.document.items()
            if policy["effect"] == "forbid"
            and not policy["conditions"]
            and all(_holds(policy[part], permit[part]) for part in _PARTS)
        ),
        "",
    )


def _holds(wide: Scope, narrow: Scope) -> bool:
    """Whether one part of a scope holds all of another's."""
    if wide["op"] == "All" or wide == narrow:
        return True
    if wide["op"] == "in" and narrow["op"] == "==":
        return narrow["entity"] in _entities_of(wide)
    if wide["op"] == "in" and narrow["op"] == "in":
        return all(each in _entities_of(wide) for each in _entities_of(narrow))
    return False


def _entities_of(part: Scope) -> list[Any]:
    named = part["entities"] if "entities" in part else [part["entity"]]
    return [*named, *(_BOTH if _ACT in named else ())]


def entities_named(tree: Any, kind: str) -> Iterator[str]:
    """Give the id of each entity of a kind that is named anywhere in a policy."""
    if isinstance(tree, dict):
        if tree.get("type") == kind and isinstance(tree.get("id"), str):
            yield tree["id"]
        for each in tree.values():
            yield from entities_named(each, kind)
    elif isinstance(tree, list):
        for each in tree:
            yield from entities_named(each, kind)


def _held_against(tree: Any, place: Scope) -> Iterator[str]:
    """Give each text that what stands at a place is held against, but for the empty one."""
    if isinstance(tree, dict):
        sides = (tree.get("left"), tree.get("right"))
        if place in sides:
            yield from filter(None, _texts(sides))
        for each in tree.values():
            yield from _held_against(each, place)
    elif isinstance(tree, list):
        for each in tree:
            yield from _held_against(each, place)


def _texts(tree: Any) -> Iterator[str]:
    """Give each text of a value, or of a set of values."""
    if isinstance(tree, dict):
        if isinstance(tree.get("Value"), str):
            yield tree["Value"]
        yield from _texts(tree.get("Set", ()))
    elif isinstance(tree, list | tuple):
        for each in tree:
            yield from _texts(each)


def _may_fail(tree: Any) -> bool:
    """Whether an expression reckons with numbers or times, which may overflow."""
    if isinstance(tree, dict):
        return any(key in _MAY_OVERFLOW or _may_fail(each) for key, each in tree.items())
    return isinstance(tree, list) and any(_may_fail(each) for each in tree)
