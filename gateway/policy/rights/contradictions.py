"""Conditions of a policy that cannot hold together, by what they say of one fact. Pure.

What follows from types Cedar's validator knows. Here it is the values: one fact cannot be two of
them, and nothing is so and not so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any


def contradict(conditions: Sequence[Any]) -> bool:
    """Whether all conditions of a policy, as Cedar's JSON has them, can never hold at once.

    What stands in alternatives is not looked into: it may hold by another of them.
    """
    holds: dict[str, bool] = {}
    values: dict[str, str] = {}
    for condition in conditions:
        for literal, truth in _literals(condition["body"], condition["kind"] == "when"):
            if holds.setdefault(_key(literal), truth) != truth:
                return True
            for place, value in _equals(literal) if truth else ():
                if values.setdefault(place, value) != value:
                    return True
    return False


def _literals(tree: Any, truth: bool) -> Iterator[tuple[Any, bool]]:
    """Take a condition apart: what is to be so, and what is not to be."""
    (operator, parts) = next(iter(tree.items()))
    if operator == ("&&" if truth else "||"):
        yield from _literals(parts["left"], truth)
        yield from _literals(parts["right"], truth)
    elif operator == "!":
        yield from _literals(parts["arg"], not truth)
    elif operator == "!=":
        yield {"==": parts}, not truth
    else:
        yield tree, truth


def _equals(literal: Any) -> Iterator[tuple[str, str]]:
    """Give what is to be which value, where that is written down."""
    sides = literal.get("==")
    if sides is None:
        return
    for place, value in ((sides["left"], sides["right"]), (sides["right"], sides["left"])):
        if "Value" in value and "Value" not in place:
            yield _key(place), _key(value)


def _key(tree: Any) -> str:
    return json.dumps(tree, sort_keys=True)
