"""What was learned, as a text for a person to review: `rules` of a site in YAML, with comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from gateway.model import Mode
from gateway.policy.learning import Answer, Evidence, doubts, reasons, words_of
from gateway.policy.requests import RequestRules

_LONGEST = 160  # characters of an example


def as_yaml(evidence: Iterable[Evidence], rules: RequestRules, taken: Iterable[str]) -> str:
    """Propose a rule for each, or say why not.

    What the site's rules allow by now is left out.

    Args:
        evidence: what was found.
        rules: the site's rules as they stand.
        taken: the ids of these rules.
    """
    ids = set(taken)
    proposed: list[str] = []
    others: list[str] = []
    for one in evidence:
        if all(rules.decide(one.method, path, Mode.READ_ONLY).allowed for path in one.paths):
            continue
        if against := doubts(one, rules):
            others += _described(one, f"not proposed: {'; '.join(against)}.")
        else:
            proposed += [*_described(one, f"It only reads: {reasons(one)}."), _rule(one, ids)]
    return "\n".join(["rules:" if proposed else "rules: []", *proposed, *others, ""])


def _described(one: Evidence, verdict: str) -> Iterator[str]:
    many = len(one.operators)
    yield _comment(
        f"{one.method} {one.shape}: {_times(one.times)}, by {many} operator{'s'[: many != 1]}; "
        f"{', '.join(_happened(one))}."
    )
    yield _comment(f"Such as {one.example[:_LONGEST]}")
    yield _comment(verdict)


def _happened(one: Evidence) -> Iterator[str]:
    if one.refused:
        yield f"refused {_times(one.refused)}"
    for answer, count in sorted(one.answers.items()):
        yield f"{_answered(answer)} {_times(count)}"


def _answered(answer: Answer) -> str:
    return f"answered {answer.status} {answer.media}".rstrip() if answer.status else "unanswered"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _comment(text: str) -> str:
    """One line, whatever a client wrote into the record."""
    return "  # " + "".join(char if char.isascii() and char.isprintable() else "?" for char in text)


def _rule(one: Evidence, ids: set[str]) -> str:
    stem = re.sub("[^a-z0-9]+", "_", "_".join(words_of(one.shape)))[:50]
    name, number = stem, 1
    while name in ids:
        number += 1
        name = f"{stem}_{number}"
    ids.add(name)
    return f"  - {{id: {name}, allow: [{one.method}], path: {json.dumps(one.shape)}}}"
