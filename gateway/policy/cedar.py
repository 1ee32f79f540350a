"""A start as Cedar sees it: its entities, its questions, and how an answer is read.

An answer is a yes only when Cedar says Allow and reports no error: Cedar skips a policy that fails
to evaluate, also one that forbids, so one error makes the answer no (law 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import cedarpy

from gateway.model import Account, Frozen, Operator, User
from gateway.policy.policies import SCHEMA

_SCHEMA = cedarpy.Schema.from_str(SCHEMA)


class Case(Frozen, frozen=True, kw_only=True):
    """The facts of one start. `lineage`: the user's account and its parents up to the root."""

    operator: Operator
    user: User
    lineage: tuple[Account, ...]
    site: str
    categories: tuple[str, ...]
    ticket: str
    now_ms: int


class Answer(Frozen, frozen=True, kw_only=True):
    """The answer for one action. `policies`: the ids that decided; `failed`: there was an error."""

    allowed: bool
    policies: tuple[str, ...] = ()
    failed: bool = False


class Answers(Frozen, frozen=True, kw_only=True):
    """All answers of a case: by acting action, and by category for `reveal`."""

    acting: dict[str, Answer]
    reveal: dict[str, Answer]


_FAILED = Answer(allowed=False, failed=True)


def ask(policies: cedarpy.PolicySet, case: Case, acting: Sequence[str]) -> Answers:
    """Ask for each of the `acting` actions, and for `reveal` of each category of the case."""
    start = {"site": _ref("Site", case.site), "ticket": case.ticket, "now": case.now_ms}
    requests = [_request(case, action, start) for action in acting] + [
        _request(case, "reveal", {**start, "category": _ref("Category", name)})
        for name in case.categories
    ]
    try:
        entities = cedarpy.Entities.from_json_str(json.dumps(_entities(case)), _SCHEMA)
        results = cedarpy.is_authorized_batch(requests, policies, entities, _SCHEMA)
        answers = [_read(result) for result in results]
    except Exception:  # noqa: BLE001 - whatever goes wrong in there, every answer is no (law 2)
        answers = [_FAILED] * len(requests)
    return Answers(
        acting=dict(zip(acting, answers[: len(acting)], strict=True)),
        reveal=dict(zip(case.categories, answers[len(acting) :], strict=True)),
    )


def _read(result: cedarpy.AuthzResult) -> Answer:
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        return _FAILED
    # Cedar names the policies that decided in no fixed order; records need one.
    policies = tuple(sorted(result.diagnostics.reasons))
    return Answer(allowed=result.decision is cedarpy.Decision.Allow, policies=policies)


def _request(case: Case, action: str, context: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal": _uid("Operator", case.operator.id),
        "action": _uid("Action", action),
        "resource": _uid("User", case.user.id),
        "context": context,
    }


def _entities(case: Case) -> list[dict[str, Any]]:
    operator, user = case.operator, case.user
    entities = [
        _entity(
            _uid("Operator", operator.id),
            {
                "email": operator.email,
                "accounts": [_ref("Account", account) for account in operator.accounts],
            },
            _uid("Profile", operator.profile),
        ),
        _entity(
            _uid("User", user.id),
            {
                "email": user.email,
                "status": user.status,
                "groups": list(user.groups),
                "protected": user.protected,
            },
            _uid("Account", user.account),
        ),
        _entity(_uid("Site", case.site), {}),
    ]
    for account in case.lineage:
        parents = [] if account.parent is None else [_uid("Account", account.parent)]
        entities.append(_entity(_uid("Account", account.id), {"name": account.name}, *parents))
    entities += [_entity(_uid("Category", name), {}) for name in case.categories]
    return entities


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"Gateway::{kind}", "id": name}


def _ref(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": _uid(kind, name)}


def _entity(uid: dict[str, str], attrs: dict[str, Any], *parents: dict[str, str]) -> dict[str, Any]:
    return {"uid": uid, "attrs": attrs, "parents": list(parents)}
