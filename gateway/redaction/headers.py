"""Response headers that hold values of a category, hidden by name (threat 37)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.model import Frozen, Remark
from gateway.redaction.hiding import Action, keyed_hash

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NEEDED: Final = frozenset(
    ("connection", "content-encoding", "content-length", "content-type", "transfer-encoding")
)
"""Without these a body cannot be read."""
_MASK: Final = b"***"

Fields = list[tuple[bytes, bytes]]


class HeaderRule(Frozen, frozen=True, kw_only=True):
    """One header that a rule hides; `name` is in lower case."""

    id: str
    category: str
    name: bytes
    action: Action


def header_rule(name: str, rule: str, category: str, action: Action) -> HeaderRule:
    """Make the rule for one header.

    For `Set-Cookie` it means the cookies that the app's scripts could read, and so the operator
    too: they stay in the session's jar, with the others (law 6).

    Raises:
        ValueError: the header cannot be hidden.
    """
    lower = name.lower()
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is not a header's name")
    if lower in _NEEDED:
        raise ValueError(f"{name} cannot be hidden: without it nobody can read the body")
    return HeaderRule(id=rule, category=category, name=lower.encode(), action=action)


def redact_headers(
    fields: Fields, rules: Sequence[HeaderRule], hash_key: bytes
) -> tuple[Fields, tuple[Remark, ...]]:
    """Hide the fields that rules name; the first rule of a name wins, as it shows the least.

    Args:
        fields: name and value, in the response's order.
        rules: those that shall apply, in the order of `Redaction`.
        hash_key: the key of `hash`.
    """
    by_name: dict[bytes, HeaderRule] = {}
    for rule in rules:
        by_name.setdefault(rule.name, rule)
    left: Fields = []
    counts: dict[HeaderRule, int] = {}
    for name, value in fields:
        hit = by_name.get(name.lower())
        if hit is None:
            left.append((name, value))
            continue
        counts[hit] = counts.get(hit, 0) + 1
        if hit.action == "mask":
            left.append((name, _MASK))
        elif hit.action == "hash":
            left.append(
                (name, keyed_hash(hash_key, value.decode(errors="surrogateescape")).encode())
            )
    remarks = (
        Remark(rule=hit.id, category=hit.category, count=count) for hit, count in counts.items()
    )
    return left, tuple(remarks)
