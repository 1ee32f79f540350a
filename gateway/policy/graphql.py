"""May a GraphQL request run? It is decided by its document, not by its method (threat row 27).

In read-only mode only queries run: a mutation changes something, and a subscription has the app
start something. By GET only queries run in every mode (GraphQL over HTTP, 6.1). Whatever cannot be
read for certain does not run (law 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.model import Deny, Frozen, Mode
from gateway.policy.graphql_request import Call
from gateway.policy.path_index import PathIndex
from gateway.policy.paths import PathPattern

if TYPE_CHECKING:
    from gateway.policy.graphql_document import Alias, Document

_WIDEST: Final = 80  # characters of an operation's name, on record
_TITLE: Final = "This was not sent to the app"


class GraphQLRules(Frozen, frozen=True, kw_only=True):
    """What holds at one endpoint. `persisted`: the listed documents by id or hash."""

    path: PathPattern
    introspection: bool
    persisted: Mapping[str, str]


class Asked(Frozen, frozen=True, kw_only=True):
    """What a permitted request runs. `operations`: types and names for the record."""

    operations: str
    aliases: tuple[Alias, ...]


def compile_graphql(
    path: str, *, introspection: bool, persisted: Mapping[str, str]
) -> GraphQLRules:
    """Compile one endpoint's rules.

    Raises:
        ValueError: the path cannot be one, or a listed document cannot be read.
    """
    # Imported here: the parser takes a tenth of a start, and a site without endpoints needs none.
    from gateway.policy.graphql_document import read_document

    for key, text in persisted.items():
        try:
            read_document(text)
        except ValueError as fault:
            raise ValueError(f"persisted {key!r}: {fault}") from None
    return GraphQLRules(
        path=PathPattern(path), introspection=introspection, persisted=dict(persisted)
    )


class Endpoints:
    """A site's endpoints; of two that a path could be taken for, the first counts."""

    def __init__(self, rules: Iterable[GraphQLRules] = ()) -> None:
        self._rules = tuple(rules)
        self._index = PathIndex((each.path, each) for each in self._rules)

    def __iter__(self) -> Iterator[GraphQLRules]:
        return iter(self._rules)

    def at(self, path: str) -> GraphQLRules | None:
        """Give the rules of the endpoint that some app could take this wire path for."""
        return next(iter(self._index.find(path)), None)


def judge(
    calls: Iterable[Call], rules: GraphQLRules, mode: Mode, *, by_get: bool = False
) -> Asked | Deny:
    """Say whether all of these may run; a batch runs as a whole or not at all.

    Args:
        calls: at least one.
        rules: the endpoint's.
        mode: the session's.
        by_get: the request's method is safe, so it must be.
    """
    from gateway.policy.graphql_document import read_document

    operations: list[str] = []
    aliases: dict[Alias, None] = {}
    for call in calls:
        text = _text(call, rules)
        if text is None:
            return _not_listed()
        try:
            if call.digest not in ("", _digest(text)):
                raise ValueError("its hash is not that of its document")
            document = read_document(text)
            kind, name = document.chosen(call.operation)
        except ValueError as fault:
            return unreadable(fault)
        operations.append(f"{kind} {name[:_WIDEST]}".rstrip())
        if (refusal := _refusal(document, kind, operations[-1], rules, mode, by_get)) is not None:
            return refusal
        aliases |= dict.fromkeys(document.aliases)
    return Asked(operations=", ".join(operations), aliases=tuple(aliases))


def unreadable(fault: ValueError) -> Deny:
    """Refuse a request that nobody can be sure of. `fault` says why, with "it" for the request."""
    return _deny(
        "graphql_unreadable",
        "graphql.readable",
        f"The gateway cannot say for certain what this GraphQL request would run: {fault}.",
        "Send one plain GraphQL request; the platform team's guide says what that is.",
    )


def _text(call: Call, rules: GraphQLRules) -> str | None:
    """The document that would run; None for one that is named and not listed."""
    if call.document is not None:
        return call.document
    return rules.persisted.get(call.digest or call.listed)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _refusal(
    document: Document,
    kind: str,
    operation: str,
    rules: GraphQLRules,
    mode: Mode,
    by_get: bool,
) -> Deny | None:
    if kind != "query" and by_get:
        return _deny(
            "graphql_changes",
            "graphql.get_queries",
            f"The operation {operation!r} came by GET, by which only queries run.",
            "Send it by POST.",
        )
    if kind != "query" and mode is not Mode.READ_WRITE:
        return _deny(
            "graphql_changes",
            "read_only.graphql_queries",
            f"In look-only mode only queries run, so {operation!r} was not sent to the app.",
            "If the change is needed, ask to change: the details of the bar lead there.",
            title="This would change something, so it did not happen",
        )
    if document.introspects and not rules.introspection:
        return _deny(
            "graphql_introspection",
            "graphql.introspection",
            f"The operation {operation!r} asks for the app's schema, which this site keeps closed.",
            "If operators may read it, the platform team can allow it: introspection.",
        )
    return None


def _not_listed() -> Deny:
    return _deny(
        "graphql_not_listed",
        "graphql.persisted",
        "The request names a stored document that this site does not list, so nobody can say what "
        "it would run.",
        "Send the document itself, or have the platform team add it to the list: persisted.",
    )


def _deny(code: str, rule: str, detail: str, advice: str, *, title: str = _TITLE) -> Deny:
    return Deny(code=code, rule=rule, status=403, title=title, detail=detail, advice=advice)
