"""A site's request rules: which methods and paths may pass in which mode.

The order of force is fixed, whatever the order in the file: a block rule beats everything, then
comes what the mode allows by itself, then an allow rule. What nothing allows is refused (law 2).
Threat rows 23 to 26.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple
from urllib.parse import unquote

from gateway.middleware.names import fold
from gateway.model import Frozen, Mode, RequestHead
from gateway.policy.block_lists import BlockList, patterns_of, words_of
from gateway.policy.path_index import ExactIndex, PathIndex
from gateway.policy.paths import PathPattern
from gateway.texts import gettext as _

ANY = "ANY"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KNOWN_METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}

_Block = tuple[str, frozenset[str] | None, PathPattern]
"""A rule's id, its methods (None: every one) and its path."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Z-]+")
_NEVER = frozenset({"CONNECT", "TRACE"})  # threat row 18
# Folded; `-method` is `_method`, and `.method` or `[method`, which PHP reads as `_method`.
_OVERRIDES = frozenset(
    {b"x-http-method-override", b"x-http-method", b"x-method-override", b"-method", b"-httpmethod"}
)


class RequestRule(Frozen, frozen=True, kw_only=True):
    """One rule as the site's owner wrote it.

    `methods`: upper-case methods or `ANY`. `path`: a pattern of `gateway.policy.paths`.
    """

    id: str
    effect: Literal["allow", "block"]
    methods: tuple[str, ...]
    path: str


class RequestDecision(NamedTuple):
    """What the rules say. `code` is a stable reason, empty when the request is allowed."""

    allowed: bool
    rule: str
    code: str


class RequestRules:
    """A site's compiled rules; made by `compile_requests`.

    `report_only`: what they refuse is put on record, and let through.
    """

    def __init__(
        self,
        allows: tuple[tuple[str, frozenset[str], PathPattern], ...],
        blocks: tuple[_Block, ...],
        lists: tuple[BlockList, ...],
        *,
        beacons: tuple[PathPattern, ...],
        report_only: bool,
    ) -> None:
        self.report_only = report_only
        self._blocks = blocks
        self._lists = lists
        own = [(pattern, (rule, methods)) for rule, methods, pattern in blocks]
        ready = [(pattern, held) for name in lists for pattern, held in _ready(name)]
        self._blocking = PathIndex(own + ready)
        self._own = PathIndex(own)
        self._allowing = ExactIndex((pattern, (rule, named)) for rule, named, pattern in allows)
        self._beacons = ExactIndex((pattern, True) for pattern in beacons)

    def drops(self, path: str) -> bool:
        """Say whether a wire path is one of the app's own analytics, which sessions do not feed."""
        return bool(self._beacons.find(path))

    def decide(self, method: str, path: str, mode: Mode) -> RequestDecision:
        """Say whether a request may pass.

        Args:
            method: as on the wire; methods are case-sensitive (RFC 9110, 9.1).
            path: the wire target up to the query, undecoded.
            mode: the session's mode.
        """
        folded = method.upper()
        for rule, methods in self._blocking.find(path):
            if methods is None or folded in methods:
                return RequestDecision(False, rule, "blocked_by_rule")
        if mode is Mode.READ_ONLY:
            if method in SAFE_METHODS:
                return RequestDecision(True, "read_only.safe_methods", "")
        elif mode is Mode.READ_WRITE and method in KNOWN_METHODS:
            return RequestDecision(True, "read_write.known_methods", "")
        for rule, named in self._allowing.find(path):
            if method in named:
                return RequestDecision(True, rule, "")
        if method in KNOWN_METHODS:
            return RequestDecision(False, "read_only.safe_methods", "read_only")
        return RequestDecision(False, "known_methods", "unknown_method")

    def tells_methods_apart(self, path: str) -> bool:
        """Say whether a block for this path is for some methods only.

        Then a body must not ask the app to take it for another one, in any mode (threat row 24).
        """
        return any(methods is not None for _, methods in self._own.find(path))

    def blocked(self, mode: Mode) -> tuple[str, ...]:
        """Name what is refused in a mode, in words for people: `opening /a and /b`."""
        if self.report_only:
            return ()
        places: dict[tuple[bool, bool], list[str]] = {}
        for _rule, methods, pattern in self._blocks:
            opens = methods is None or "GET" in methods
            sends = mode is not Mode.READ_ONLY and (methods is None or bool(methods - SAFE_METHODS))
            if opens or sends:  # in a mode that changes nothing, what is sent is refused already
                places.setdefault((opens, sends), []).append(_place(pattern.pattern))
        change = (_("every change"),) if mode is Mode.READ_ONLY else ()
        ready = (_listed([words_of(name) for name in self._lists]),) if self._lists else ()
        ours = (_doing(*what) % {"places": _listed(where)} for what, where in places.items())
        return (*change, *ready, *ours)


def compile_requests(
    rules: Iterable[RequestRule],
    lists: tuple[BlockList, ...] = (),
    *,
    beacons: Iterable[str] = (),
    report_only: bool = False,
) -> RequestRules:
    """Compile a site's rules, the ready lists that it takes, and the paths of its beacons.

    `ANY` in an allow rule means every known method; others must be named. A block rule compares
    methods without case, and one that blocks GET blocks HEAD, which apps answer by the same code.

    Raises:
        ValueError: names every rule that is wrong, one line each.
    """
    faults: list[str] = []
    allows = []
    blocks = []
    seen: set[str] = set()
    for rule in rules:
        faults += [f"rule {rule.id!r}: {fault}" for fault in _faults(rule, seen)]
        seen.add(rule.id)
        try:
            pattern = PathPattern(rule.path)
        except ValueError as error:
            faults.append(f"rule {rule.id!r}: {error}")
            continue
        methods = frozenset(rule.methods)
        if rule.effect == "allow":
            allows.append((rule.id, KNOWN_METHODS if ANY in methods else methods, pattern))
        else:
            twins = methods | {"HEAD"} if "GET" in methods else methods
            blocks.append((rule.id, None if ANY in methods else twins, pattern))
    if faults:
        raise ValueError("\n".join(faults))
    return RequestRules(
        tuple(allows),
        tuple(blocks),
        lists,
        beacons=tuple(map(PathPattern, beacons)),
        report_only=report_only,
    )


@cache
def _ready(name: BlockList) -> tuple[tuple[PathPattern, tuple[str, frozenset[str] | None]], ...]:
    return tuple((pattern, (block.rule, block.methods)) for block, pattern in patterns_of(name))


def _faults(rule: RequestRule, seen: set[str]) -> Iterable[str]:
    if not rule.id:
        yield "has no id"
    if rule.id in seen:
        yield "this id is used twice"
    if rule.effect not in ("allow", "block"):
        yield f"effect {rule.effect!r} is neither 'allow' nor 'block'"
    if not rule.methods:
        yield f"names no method; write [{ANY}] for every one"
    for method in rule.methods:
        if not _TOKEN.fullmatch(method):
            yield f"{method!r} is not an upper-case method"
        if rule.effect == "allow" and method in _NEVER:
            yield f"{method} is never forwarded"


def _place(pattern: str) -> str:
    """A pattern as people read it: `/a/*/b/**` is `/a/…/b/…`."""
    return pattern.replace("**", "…").replace("*", "…")


def _doing(opens: bool, sends: bool) -> str:
    if opens and sends:
        return _("opening or sending anything to %(places)s")
    return _("opening %(places)s") if opens else _("sending anything to %(places)s")


def _listed(names: list[str]) -> str:
    *first, last = names
    return _("%(some)s and %(last)s") % {"some": ", ".join(first), "last": last} if first else last


def method_override(head: RequestHead) -> str | None:
    """The header or query name by which a request asks an app to take another method, or None.

    Such a request is refused on any method (threat row 24): what was decided would not be what is
    done. Names are compared as an app may fold them: case, punctuation, percent-encoding, brackets.
    """
    for name, _value in head.headers:
        if fold(name) in _OVERRIDES:
            return name.decode("latin-1")
    query = head.target.partition("?")[2]
    for field in re.split("[&;]", query):
        parameter = unquote(unquote(field.partition("=")[0])).strip("+" + string.whitespace)
        if names_method(parameter):
            return parameter
    return None


def names_method(parameter: str) -> bool:
    """Say whether frameworks take a field of this name for the request's method."""
    name = parameter[:1] + parameter[1:].partition("[")[0]
    return fold(name.encode("utf-8", "replace")) in _OVERRIDES
