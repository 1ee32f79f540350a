"""Which values are hidden from whom: rules compiled once, then selected per response.

A rule belongs to a category; a session that may see the category is not under the rule. Where two
rules hit one value, the one that shows less wins. A response is under a rule by the wire path of
its request, in any spelling of it: a rule restricts, so it must not be spelled around.

A rule says what it hides in one or more notations: `json`, `html`, `fields` (names, wherever a
format has names), `text` (patterns), and `headers`, which are told apart from what bodies hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from msgspec.json import decode, encode
from msgspec.structs import replace

from gateway.model import Frozen, Remark
from gateway.policy.path_index import PathIndex
from gateway.policy.paths import PathPattern
from gateway.redaction.headers import Fields, HeaderRule, header_rule, redact_headers
from gateway.redaction.hiding import HASH_KEY_BYTES, STRENGTH, Action
from gateway.redaction.jsonpath import Finder, Hop, compile_path
from gateway.redaction.patterns import Pattern, compile_pattern
from gateway.redaction.selectors import Selector, compile_selector
from gateway.wire.memory import Memory

MOST_ALIASES = 64
"""Of hidden fields, that one GraphQL answer may have: each costs a look at each of its objects."""

Notation = Literal["json", "html", "fields", "text"]
"""A way to say what is hidden in bodies. What `fields` name is also hidden in JSON."""

_Under = tuple[tuple[int, ...], tuple[str, ...]]
"""The rules that a path was found under, by number, and the categories that may be seen."""


class RedactionRule(Frozen, frozen=True, kw_only=True):
    """What to hide, where and how.

    `fields` holds names, which are hidden wherever they stand: a JSON member, a GraphQL field, a
    column, a form's field. `json` holds JSONPaths (RFC 9535), `html` CSS selectors, `text` what is
    found in plain text (`patterns.compile_pattern`), `headers` names of response headers; `paths`
    the path patterns of the requests whose responses are meant, all when empty.
    """

    id: str
    category: str
    fields: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    action: Action = "remove"


class CompiledRule(Frozen, frozen=True, kw_only=True):
    """A rule, ready to be applied.

    `targets`: what it hides in JSON, in its order: a name wherever it is, or what a finder finds.
    `routes`: what finders find, for a reader of a stream; None when one cannot be followed so.
    `needles`: see `Selection`. `speaks`: the notations that it uses.
    """

    id: str
    category: str
    action: Action
    paths: tuple[PathPattern, ...]
    speaks: frozenset[Notation]
    fields: tuple[str, ...]
    targets: tuple[str | Finder, ...]
    routes: tuple[tuple[Hop, ...], ...] | None
    selectors: tuple[Selector, ...]
    patterns: tuple[Pattern, ...]
    needles: tuple[bytes, ...] | None
    headers: tuple[HeaderRule, ...]


class Selection(Frozen, frozen=True, kw_only=True, eq=False):
    """The rules that one response's body is under, in the order in which they are applied.

    There is one of each, so it is compared, and looked up, by its identity.

    `speaks`: the notations in which every rule says what it hides. A rule that is silent about a
    format cannot vouch for a body of it, so such a body is blocked, not passed.
    `needles`: JSON text without a backslash-u and without any of these has nothing to hide; None
    when no such promise can be made. `names`: the member names that the needles spell. `finders`:
    all that are among the rules' targets. `anywhere`: whether there are names among them.
    """

    rules: tuple[CompiledRule, ...]
    hash_key: bytes
    speaks: frozenset[Notation]
    needles: tuple[bytes, ...] | None
    names: tuple[str, ...]
    finders: tuple[Finder, ...]
    anywhere: bool


class Redaction:
    """All rules of a site, compiled."""

    def __init__(self, rules: tuple[CompiledRule, ...], hash_key: bytes) -> None:
        self._rules = rules
        self._hash_key = hash_key
        self._everywhere = frozenset(at for at, rule in enumerate(rules) if not rule.paths)
        self._placed = PathIndex((path, at) for at, rule in enumerate(rules) for path in rule.paths)
        # What is found by path is the same for most paths: no rule, or one of a few sets of them.
        self._selecting: Memory[_Under, Selection | None] = Memory(self._select, _width)
        self._of_headers: Memory[_Under, tuple[HeaderRule, ...]] = Memory(self._headers, _width)
        self._revealing: Memory[_Under, tuple[str, ...]] = Memory(self._revealed, _width)

    def select(self, path: str, reveal: tuple[str, ...]) -> Selection | None:
        """Return what to hide in a response, None when no rule applies.

        Args:
            path: the request's path as on the wire, without the query.
            reveal: the categories that the session's actor may see.
        """
        return self._selecting[self._placed.find(path), reveal]

    def shown(self, path: str, reveal: tuple[str, ...]) -> tuple[str, ...]:
        """Return the categories of `reveal` that rules would hide in this path's responses."""
        return self._revealing[self._placed.find(path), reveal]

    def hide_headers(
        self, fields: Fields, path: str, reveal: tuple[str, ...]
    ) -> tuple[Fields, tuple[Remark, ...]]:
        """Hide what the rules name among a response's header fields; arguments as for `select`."""
        rules = self._of_headers[self._placed.find(path), reveal]
        return redact_headers(fields, rules, self._hash_key) if rules else (fields, ())

    def hiding_rule(self, name: bytes, path: str, reveal: tuple[str, ...]) -> HeaderRule | None:
        """Give the rule that hides one header, named in lower case; None when it is shown."""
        rules = self._of_headers[self._placed.find(path), reveal]
        return next((each for each in rules if each.name == name), None)

    def _select(self, under: _Under) -> Selection | None:
        rules = tuple(rule for rule in self._under(*under) if rule.speaks)
        return _selection(rules, self._hash_key) if rules else None

    def _headers(self, under: _Under) -> tuple[HeaderRule, ...]:
        return tuple(header for rule in self._under(*under) for header in rule.headers)

    def _under(self, placed: tuple[int, ...], reveal: tuple[str, ...]) -> Iterator[CompiledRule]:
        """The rules in force in their order: those of every path, and those found for this one."""
        return (rule for rule in self._at(placed) if rule.category not in reveal)

    def _revealed(self, under: _Under) -> tuple[str, ...]:
        placed, reveal = under
        return tuple(sorted({rule.category for rule in self._at(placed)}.intersection(reveal)))

    def _at(self, placed: tuple[int, ...]) -> Iterator[CompiledRule]:
        return (self._rules[at] for at in sorted(self._everywhere.union(placed)))


def _width(under: _Under) -> int:
    return len(under[0])


def selection_of(rule: RedactionRule) -> Selection:
    """Compile one rule alone, which hashes nothing.

    Raises:
        ValueError: it selects nothing, or in a way that is not supported.
    """
    return _selection((_compile(rule),), bytes(HASH_KEY_BYTES))


@lru_cache(maxsize=256)
def both(first: Selection | None, second: Selection) -> Selection:
    """Hide what either hides, by the first one's key."""
    if first is None:
        return second
    rules = sorted(first.rules + second.rules, key=lambda rule: STRENGTH[rule.action])
    return _selection(tuple(rules), first.hash_key)


@lru_cache(maxsize=256)
def with_aliases(selection: Selection, aliases: tuple[tuple[str, str], ...]) -> Selection:
    """Hide fields of a GraphQL answer under the names that its request gave them (threat row 29).

    They are hidden under these names wherever they stand: more may be hidden than has to be, never
    less. A JSONPath that says where a value stands can vouch for no such answer, because the
    request chooses where that is. Nor can any rule beyond 64 names.

    Args:
        selection: the rules that the answer is under.
        aliases: each a name in the answer, and the field whose value it holds.
    """
    renamed = hidden_aliases(selection, aliases)
    if selection.finders or len(renamed) > MOST_ALIASES:
        return replace(selection, speaks=selection.speaks & {"html"})
    if not renamed:
        return selection
    return _selection(tuple(_renamed(r, renamed) for r in selection.rules), selection.hash_key)


def hidden_aliases(
    selection: Selection, aliases: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Give those of the aliases whose field the rules hide by its name."""
    hidden = {name for rule in selection.rules for name in rule.targets if isinstance(name, str)}
    return tuple((alias, name) for alias, name in aliases if name in hidden)


def _renamed(rule: CompiledRule, aliases: tuple[tuple[str, str], ...]) -> CompiledRule:
    more = tuple(alias for alias, name in aliases if name in rule.targets)
    return replace(
        rule,
        fields=rule.fields + more,
        targets=rule.targets + more,
        needles=rule.needles and rule.needles + tuple(map(encode, more)),
    )


def compile_rules(rules: Iterable[RedactionRule], *, hash_key: bytes) -> Redaction:
    """Compile rules.

    Args:
        rules: in any order.
        hash_key: at least 32 secret bytes; who knows them can tell hashed values by trying.

    Raises:
        ValueError: lists every fault, each with the id of its rule.
    """
    faults: list[str] = []
    compiled: dict[str, CompiledRule] = {}
    if len(hash_key) < HASH_KEY_BYTES:
        faults.append(f"the hash key is shorter than {HASH_KEY_BYTES} bytes")
    for rule in rules:
        if rule.id in compiled:
            faults.append(f"rule {rule.id!r}: this id is used twice")
        try:
            compiled[rule.id] = _compile(rule)
        except ValueError as fault:
            faults.append(f"rule {rule.id!r}: {fault}")
    if faults:
        raise ValueError("; ".join(faults))
    ordered = sorted(compiled.values(), key=lambda rule: STRENGTH[rule.action])
    return Redaction(tuple(ordered), hash_key)


def _compile(rule: RedactionRule) -> CompiledRule:
    notations: dict[Notation, tuple[str, ...]] = {
        "fields": rule.fields,
        "json": rule.fields + rule.json,
        "html": rule.html,
        "text": rule.text,
    }
    speaks = frozenset(notation for notation, said in notations.items() if said)
    if not speaks and not rule.headers:
        raise ValueError("it selects nothing: give it fields, json, html, text or headers")
    found = [compile_path(path) for path in (*map(_anywhere, rule.fields), *rule.json)]
    placed = [path.hops for path in found if not path.anywhere]
    return CompiledRule(
        id=rule.id,
        category=rule.category,
        action=rule.action,
        paths=tuple(PathPattern(path) for path in rule.paths),
        speaks=speaks,
        fields=rule.fields,
        targets=tuple(target for path in found for target in path.anywhere or (path.find,)),
        routes=None if None in placed else tuple(hops for hops in placed if hops is not None),
        selectors=tuple(selector for text in rule.html for selector in compile_selector(text)),
        patterns=tuple(map(compile_pattern, rule.text)),
        needles=_merged(path.needles for path in found),
        headers=tuple(
            header_rule(name, rule.id, rule.category, rule.action) for name in rule.headers
        ),
    )


def _anywhere(name: str) -> str:
    """The JSONPath of a name wherever it stands."""
    return f"$..[{encode(name).decode()}]"


def _selection(rules: tuple[CompiledRule, ...], hash_key: bytes) -> Selection:
    targets = [target for rule in rules for target in rule.targets]
    finders = tuple(target for target in targets if not isinstance(target, str))
    return Selection(
        rules=rules,
        hash_key=hash_key,
        speaks=frozenset.intersection(*(rule.speaks for rule in rules)),
        needles=_merged(rule.needles for rule in rules),
        names=tuple(
            {decode(needle, type=str): None for rule in rules for needle in rule.needles or ()}
        ),
        finders=finders,
        anywhere=len(finders) < len(targets),
    )


def _merged(parts: Iterable[tuple[bytes, ...] | None]) -> tuple[bytes, ...] | None:
    """Join needles: one part that promises nothing takes the promise from the whole."""
    merged: dict[bytes, None] = {}
    for part in parts:
        if part is None:
            return None
        merged.update(dict.fromkeys(part))
    return tuple(merged)
