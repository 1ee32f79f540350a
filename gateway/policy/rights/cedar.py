"""Questions to Cedar, and how its answers are read.

An answer is a yes only when Cedar says Allow and reports no error: Cedar skips a policy that fails
to evaluate, also one that forbids, so one error makes the answer no (law 2).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import cedarpy

from gateway.model import Frozen
from gateway.policy.rights.entities import Json, uid


class Answer(Frozen, frozen=True, kw_only=True):
    """The answer to one question. `policies`: the ids that decided; `failed`: an error came up."""

    allowed: bool
    policies: tuple[str, ...] = ()
    failed: bool = False


class Question(Frozen, frozen=True, kw_only=True):
    """May this principal do this with that? `resource` is an entity's name."""

    principal: str
    action: str
    resource: Json
    context: Json


FAILED = Answer(allowed=False, failed=True)


def ask(
    policies: cedarpy.PolicySet,
    schema: cedarpy.Schema,
    facts: Callable[[], tuple[list[Json], list[Question]]],
    count: int,
) -> list[Answer]:
    """Ask `count` questions over the same entities, both of which `facts` gives.

    Whatever goes wrong, when the facts are put together or later, every answer is a no.
    """
    try:
        entities, questions = facts()
        known = cedarpy.Entities.from_json_str(json.dumps(entities), schema)
        requests = [_request(question) for question in questions]
        results = cedarpy.is_authorized_batch(requests, policies, known, schema)
        answers = [_read(result) for result in results]
    except Exception:  # noqa: BLE001 - whatever goes wrong in there, every answer is no (law 2)
        answers = []
    return answers if len(answers) == count else [FAILED] * count


def _request(question: Question) -> Json:
    return {
        "principal": uid("Operator", question.principal),
        "action": uid("Action", question.action),
        "resource": question.resource,
        "context": question.context,
    }


def _read(result: cedarpy.AuthzResult) -> Answer:
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        return FAILED
    # Cedar names the policies that decided in no fixed order; records need one.
    policies = tuple(sorted(result.diagnostics.reasons))
    return Answer(allowed=result.decision is cedarpy.Decision.Allow, policies=policies)
