"""What the record says of requests that look-only sessions were refused, or would have been.

From it rules can be proposed for requests that only read (threat row 26). A proposal needs all
of: a method that can be one, a name that says so, and answers that changes do not get. Whoever can
send a request can put one on record, so nothing here is more than a proposal for a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from gateway.model import Mode
from gateway.policy.paths import PathPattern
from gateway.policy.requests import ANY, RequestRules

_OF_THE_MODE: Final = frozenset(("read_only", "unknown_method"))
_CHANGING: Final = frozenset(("PUT", "PATCH", "DELETE"))
_METHOD: Final = re.compile(r"[A-Z][A-Z-]*")
# Numbers and dates, UUIDs and hashes, long random text, `cus_9s6XKz`, addresses.
_ID: Final = re.compile(
    r"[0-9][0-9.,:_-]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[0-9])[0-9a-f]{8,}"
    r"|(?=.*[0-9])(?=.*[a-z])[0-9a-z_-]{16,}|[a-z]{1,8}[_-](?=[a-z]*[0-9])[0-9a-z]{6,}|.+@.+",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READING: Final = _words(
    "aggregate autocomplete browse calculate compare count diff download estimate export facets "
    "fetch filter find get list lookup preview query render report reports search stats "
    "statistics suggest suggestions summary typeahead validate"
)
_WRITING: Final = _words(
    "accept activate add approve archive assign book buy cancel clear close complete confirm "
    "copy create deactivate delete disable edit enable finish import insert invite lock mark "
    "merge move new order pay post publish purge put refund register reject remove rename "
    "reopen replace reset restore revoke run save send set share start stop submit subscribe "
    "sync transfer trash unlock update upload upsert write"
)


class Answer(NamedTuple):
    """What an app answered: the status, 0 without one, and the body's type, empty without one."""

    status: int
    media: str


@dataclass(slots=True)
class Evidence:
    """All requests of one method and one shape of path.

    `answers`: of those that the app got. `example`: a target with the values of its query hidden.
    """

    method: str
    shape: str
    example: str
    paths: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    refused: int = 0
    answers: Counter[Answer] = field(default_factory=Counter)

    @property
    def times(self) -> int:
        """How often it was asked for."""
        return self.refused + self.answers.total()


class Gathering:
    """Takes the records of one site, oldest first, and gives what they say by method and shape."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._found: dict[tuple[str, str], Evidence] = {}
        self._under_way: dict[str, Evidence] = {}

    def take(self, record: Mapping[str, Any]) -> None:
        """Take one record; those of other sites and kinds say nothing here."""
        if record.get("site") != self._site or record.get("mode") != Mode.READ_ONLY:
            return
        kind, request = record.get("kind"), str(record.get("request", ""))
        if kind == "request.refused" and record.get("reason") in _OF_THE_MODE:
            self._evidence(record).refused += 1
        elif kind == "request.intent" and record.get("would") in _OF_THE_MODE:
            self._under_way[request] = self._evidence(record)
        elif kind == "request.outcome" and (evidence := self._under_way.pop(request, None)):
            media = record.get("media", "") if record.get("bytes_out") else ""
            evidence.answers[Answer(record.get("status", 0), media)] += 1

    def evidence(self) -> list[Evidence]:
        """What was found, the most frequent first; of what is under way no answer is known."""
        for evidence in self._under_way.values():
            evidence.answers[Answer(0, "")] += 1
        self._under_way.clear()
        return sorted(self._found.values(), key=lambda one: (-one.times, one.shape, one.method))

    def _evidence(self, record: Mapping[str, Any]) -> Evidence:
        method, target = str(record.get("method", "")), str(record.get("target", ""))
        path = target.partition("?")[0]
        key = method, shape_of(path)
        evidence = self._found.setdefault(key, Evidence(*key, example=target))
        evidence.paths.add(path)
        evidence.operators.add(str((record.get("actor") or {}).get("id", "")))
        return evidence


def shape_of(path: str) -> str:
    """A wire path with `*` for each segment that looks like an id and names no change."""
    return "/".join("*" if _is_id(unquote(piece)) else piece for piece in path.split("/"))


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None and not _WRITING.intersection(words_of(text))


def words_of(shape: str) -> list[str]:
    """The words that a path's literal segments are made of: `/api/findUser` has api, find, user."""
    return [word.lower() for word in _WORD.findall(shape)]


def doubts(evidence: Evidence, rules: RequestRules) -> list[str]:
    """Say why this should not be allowed; nothing where all speaks for it.

    Args:
        evidence: what was found.
        rules: the site's rules as they stand.
    """
    found = list(_doubts_of_form(evidence))
    for path in evidence.paths:
        decision = rules.decide(evidence.method, path, Mode.READ_ONLY)
        if decision.code == "blocked_by_rule":
            found.append(f"rule {decision.rule} blocks it")
            break
    words = words_of(evidence.shape)
    if evidence.method in _CHANGING:
        found.append(f"{evidence.method} changes by its meaning (RFC 9110, 9.3; RFC 5789)")
    if writing := sorted(_WRITING.intersection(words)):
        found.append(f"its name says that it changes something: {', '.join(writing)}")
    elif not _READING.intersection(words):
        found.append("nothing in its name says that it reads, and changes are answered 200 too")
    return found + list(_doubts_of_answers(evidence))


def _doubts_of_form(evidence: Evidence) -> list[str]:
    """What a rule would not mean as it stands there: a client chose these characters."""
    if not _METHOD.fullmatch(evidence.method) or evidence.method == ANY:
        return ["its method cannot stand in a rule"]
    try:
        pattern = PathPattern(evidence.shape)
    except ValueError:
        return ["its path cannot stand in a rule"]
    if any("*" in path or not pattern.matches_exactly(path) for path in evidence.paths):
        return ["its path cannot stand in a rule"]
    return []


def _doubts_of_answers(evidence: Evidence) -> list[str]:
    statuses = {answer.status for answer in evidence.answers}
    told = sorted(status for status in statuses if 201 <= status < 400)
    if told:
        return [f"the app answered {', '.join(map(str, told))}, as it does to changes"]
    if not any(answer.status == 200 and answer.media for answer in evidence.answers):
        return ["no answer with a body is on record: let the site only report, to see one"]
    if any(answer.status == 200 and not answer.media for answer in evidence.answers):
        return ["the app answered without a body too, as it does to changes"]
    return []


def reasons(evidence: Evidence) -> str:
    """Say what speaks for it; there is no doubt."""
    reading = ", ".join(sorted(_READING.intersection(words_of(evidence.shape))))
    return f"its name says so ({reading}), and each answer was 200 with a body, or an error"
