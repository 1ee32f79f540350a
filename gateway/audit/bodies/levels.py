"""How much of a site's requests goes on record: rules compiled once, of which the first that fits
decides.

In doubt more is on record, and less of it is shown. So a rule that keeps bodies fits every spelling
of its paths, as rules do that restrict; one that keeps none, and the names of query fields whose
values are shown, fit the wire path alone (`gateway.policy.paths`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import unquote

from msgspec.structs import replace

from gateway.audit.bodies.secret_names import HiddenNames, is_secret
from gateway.model import Frozen
from gateway.policy.path_index import ExactIndex, PathIndex
from gateway.policy.paths import PathPattern
from gateway.policy.requests import ANY
from gateway.redaction.rules import RedactionRule, Selection, selection_of
from gateway.wire.memory import Memory

_SECRETS: Final = HiddenNames()
_ONE_VALUE: Final = re.compile(r"[!$'()*+,./0-9:?@A-Z_a-z~%-]*")
"""`;` divides fields for some apps."""

How = Literal["metadata", "request", "request_response"]


class LevelRule(Frozen, frozen=True, kw_only=True):
    """One rule as the site's owner wrote it.

    `methods`: upper-case methods or `ANY`; empty means every one. `query_shown`: names of query
    fields, as on the wire. `hide`: names, and JSONPaths, which begin with `$`. `cap`: the most
    bytes of a body's text in UTF-8.
    """

    id: str
    paths: tuple[str, ...]
    methods: tuple[str, ...] = ()
    level: How = "metadata"
    query_shown: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    cap: int = 16 << 10


class Level(Frozen, frozen=True, kw_only=True, eq=False):
    """What goes on record of one request.

    `rule`: the id of the rule that says so; empty without one. `request`, `response`: whether the
    bodies do. `shown`: names of query fields whose values do. `hidden`: what is hidden in bodies
    beside what the site's redaction hides; `names`: what of it are names. `cap`: as `LevelRule`.
    """

    rule: str = ""
    request: bool = False
    response: bool = False
    shown: frozenset[str] = frozenset()
    hidden: Selection | None = None
    names: tuple[str, ...] = ()
    cap: int = 0

    def shows(self, name: str, value: str) -> bool:
        """Say whether a query field is on record as it is on the wire.

        It is not where some app could take it for several fields, or its value gives a secret.
        """
        return (
            name in self.shown
            and _ONE_VALUE.fullmatch(value) is not None
            and not _SECRETS.are_given_in(value)
        )


METADATA: Final = Level()
"""Where no rule says more."""


class _Rule(Frozen, frozen=True, kw_only=True):
    methods: frozenset[str]
    level: Level
    elsewhere: Level
    """Where the path is only spelled so that some app may take it for the rule's."""


class Levels:
    """A site's levels.

    Args:
        rules: in their order.

    Raises:
        ValueError: lists every fault, each with the id of its rule.
    """

    def __init__(self, rules: Iterable[LevelRule] = ()) -> None:
        said = tuple(rules)
        self._rules = _compiled(said)
        at = [(PathPattern(path), n) for n, rule in enumerate(said) for path in rule.paths]
        self._exact = ExactIndex(at)
        self._spelled = PathIndex([(path, n) for path, n in at if self._rules[n].level.request])
        self._found = Memory(self._find, lambda key: len(key[0]) + len(key[1]))

    def at(self, method: str, path: str) -> Level:
        """Say what goes on record of a request by this method for this wire path."""
        return self._found[method, path] if self._rules else METADATA

    def _find(self, key: tuple[str, str]) -> Level:
        method, path = key
        exact = frozenset(self._exact.find(path))
        for at in sorted(exact.union(self._spelled.find(path))):
            rule = self._rules[at]
            if not rule.methods or method.upper() in rule.methods:
                return rule.level if at in exact else rule.elsewhere
        return METADATA


def _compiled(said: tuple[LevelRule, ...]) -> tuple[_Rule, ...]:
    faults: list[str] = []
    compiled = []
    for rule in said:
        faults += [
            f"rule {rule.id!r}: values of {name} may be secrets, which are never shown"
            for name in rule.query_shown
            if is_secret(unquote(name))
        ]
        try:
            compiled.append(_rule(rule))
        except ValueError as fault:
            faults.append(f"rule {rule.id!r}: {fault}")
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(compiled)


def _rule(said: LevelRule) -> _Rule:
    paths = tuple(each for each in said.hide if each.startswith("$"))
    names = tuple(each for each in said.hide if not each.startswith("$"))
    hidden = None
    if said.hide:
        hidden = selection_of(
            RedactionRule(id=said.id, category="", fields=names, json=paths, action="mask")
        )
    level = Level(
        rule=said.id,
        request=said.level != "metadata",
        response=said.level == "request_response",
        shown=frozenset(said.query_shown),
        hidden=hidden,
        names=names,
        cap=said.cap,
    )
    every = ANY in said.methods
    return _Rule(
        methods=frozenset() if every else frozenset(said.methods),
        level=level,
        elsewhere=replace(level, shown=frozenset()),
    )
