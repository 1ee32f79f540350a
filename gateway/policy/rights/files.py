"""Policy files: parsed, linted and checked against the schema, all faults at once.

Cedar by itself accepts what must not be accepted here: policies that share an `@id`, templates that
nobody links (they never apply), and policies whose evaluation fails, which it then skips even where
they forbid. So every policy has an id of its own, a forbid says why, and the strict validator must
find nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cedarpy

from gateway.model import Frozen
from gateway.policy.rights.bounds import too_deep
from gateway.policy.rights.vocabulary import Vocabulary

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Words(Frozen, frozen=True, kw_only=True):
    """What a policy says to the person it stops: its `@reason` and `@advice`."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies that are ready to be asked.

    `cedar` names them by their `@id`, `words` has what each says, `document` is Cedar's JSON form
    of each, `origin` its file.
    """

    cedar: cedarpy.PolicySet
    words: Mapping[str, Words]
    document: Mapping[str, Any]
    origin: Mapping[str, str]
    vocabulary: Vocabulary


def read_policies(files: Mapping[str, str], vocabulary: Vocabulary | None = None) -> Policies:
    """Parse and check policy files: name, as shown in faults -> text.

    Raises:
        ValueError: names every fault, one line each.
    """
    known = vocabulary or Vocabulary()
    faults: list[str] = []
    policies: dict[str, Any] = {}
    words: dict[str, Words] = {}
    origin: dict[str, str] = {}
    for name, text in files.items():
        if deep := too_deep(text):
            faults.append(f"{name}: {deep}")
            continue
        try:
            document = json.loads(cedarpy.policies_to_json_str(text))
        except ValueError as error:
            faults.append(f"{name}: {error}")
            continue
        except RecursionError:
            faults.append(f"{name}: a condition has too many parts; make several policies of it")
            continue
        if document["templates"]:
            faults.append(f"{name}: templates ('?principal', '?resource') never apply")
        for policy in document["staticPolicies"].values():
            notes = policy.get("annotations") or {}
            policy_id = notes.get("id") or ""
            mine = list(_faults(policy_id, policy["effect"], notes))
            if policy_id in origin:
                mine.append(f"policy {policy_id!r} is already in {origin[policy_id]}")
            faults += [f"{name}: {fault}" for fault in mine]
            if not mine:
                origin[policy_id] = name
                policies[policy_id] = policy
                words[policy_id] = Words(
                    reason=notes.get("reason") or "", advice=notes.get("advice") or ""
                )
        # Validated as text, one file at a time, so that a fault can name its file.
        for problem in cedarpy.validate_policies(text, known.schema).errors:
            faults.append(f"{name}: {_in_words(problem, document['staticPolicies'])}")
    if faults:
        raise ValueError("\n".join(faults))
    document = {"templates": {}, "staticPolicies": policies, "templateLinks": []}
    cedar = cedarpy.PolicySet.from_json_str(json.dumps(document))
    return Policies(cedar, words, policies, origin, known)


def _in_words(problem: cedarpy.ValidationError, policies: Mapping[str, Any]) -> str:
    """Say a problem with the policy's own id; Cedar counts them from `policy0` on."""
    number = problem.policy_id
    own = (policies.get(number, {}).get("annotations") or {}).get("id") or number
    return str(problem.error).replace(f"policy `{number}`", f"policy {own!r}")


def _faults(policy_id: str, effect: str, notes: Mapping[str, str | None]) -> Iterator[str]:
    if not _ID.fullmatch(policy_id):
        yield f'{policy_id!r} is no usable id: write @id("some_name") above each policy'
    if effect == "forbid" and not notes.get("reason"):
        yield f"policy {policy_id!r} forbids without a @reason that a person can read"
    for note in sorted(notes.keys() - {"id", "reason", "advice"}):
        yield f"policy {policy_id!r} has an unknown annotation @{note}"
