"""What a GraphQL document (GraphQL, September 2025) may do: read once, whichever operation runs.

Read strictly, so that no server takes the document for another one: line ends that only some
parsers know would end a comment for those alone, and a fragment that is not in the document could
come from a list on the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from graphql.error import GraphQLSyntaxError
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)

from gateway.model import Frozen

_LONGEST: Final = 1 << 16  # characters
_MOST_TOKENS: Final = 5000
_DEEPEST: Final = 100  # selection sets in each other
_KNOWN: Final = 256  # documents: an app has few
_DOUBTFUL: Final = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x85\u2028\u2029\ud800-\udfff]")
_INTROSPECTION: Final = frozenset(("__schema", "__type"))

Alias = tuple[str, str]
"""A name in the answer, and the field whose value it holds."""


class Document(Frozen, frozen=True, kw_only=True):
    """What was read of a document.

    `operations`: `query`, `mutation` or `subscription` by the operation's name, "" without one.
    `aliases`: all that stand anywhere in it, each once. `introspects`: it asks for the schema.
    """

    operations: dict[str, str]
    aliases: tuple[Alias, ...]
    introspects: bool

    def chosen(self, name: str) -> tuple[str, str]:
        """Give type and name of the operation that runs when a request names this one, or none.

        Raises:
            ValueError: nobody can say which one runs.
        """
        if not name:
            if len(self.operations) > 1:
                raise ValueError("its document holds several operations, and it names none")
            name = next(iter(self.operations))
        elif name not in self.operations:
            raise ValueError("it names an operation that is not in its document")
        return self.operations[name], name


@lru_cache(maxsize=_KNOWN)
def read_document(text: str) -> Document:
    """Read an executable document.

    Raises:
        ValueError: it is not one, is too large, or servers could read it differently.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"its document has more than {_LONGEST} characters")
    if _DOUBTFUL.search(text):
        raise ValueError("its document holds a character that parsers read differently")
    operations: dict[str, str] = {}
    fragments: set[str] = set()
    selected: list[SelectionNode] = []
    for each in _definitions(text):
        name = each.name.value if each.name else ""
        if isinstance(each, FragmentDefinitionNode):
            if name in fragments or each.variable_definitions:
                raise ValueError("a fragment of its document is there twice, or takes variables")
            fragments.add(name)
        elif name in operations:
            raise ValueError("two operations of its document have the same name")
        else:
            operations[name] = each.operation.value
        selected += _selected(each.selection_set)
    if not operations or ("" in operations and len(operations) > 1):
        raise ValueError("its document has no operation, or several of which one has no name")
    return _surveyed(operations, fragments, selected)


def _surveyed(
    operations: dict[str, str], fragments: set[str], selected: list[SelectionNode]
) -> Document:
    aliases: dict[Alias, None] = {}
    introspects = False
    for node in selected:
        if isinstance(node, FieldNode):
            introspects = introspects or node.name.value in _INTROSPECTION
            if node.alias is not None and node.alias.value != node.name.value:
                aliases[node.alias.value, node.name.value] = None
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in fragments:
            raise ValueError("it uses a fragment that is not in its document")
    return Document(operations=operations, aliases=tuple(aliases), introspects=introspects)


def _definitions(text: str) -> Iterator[OperationDefinitionNode | FragmentDefinitionNode]:
    try:
        parsed = parse(text, no_location=True, max_tokens=_MOST_TOKENS)
    except GraphQLSyntaxError as fault:  # whose message may quote a value of the document
        at = fault.locations[0] if fault.locations else None
        where = f"line {at.line}, column {at.column}" if at else "an unknown place"
        raise ValueError(f"its document cannot be parsed at {where}") from None
    except RecursionError:
        raise ValueError("its document is nested too deeply") from None
    for each in parsed.definitions:
        if not isinstance(each, OperationDefinitionNode | FragmentDefinitionNode):
            raise ValueError("its document defines types, which no request may")  # noqa: TRY004
        yield each


def _selected(root: SelectionSetNode) -> Iterator[SelectionNode]:
    """Give every selection in and below a selection set."""
    level = [root]
    for _ in range(_DEEPEST):
        below: list[SelectionSetNode] = []
        for selections in level:
            for node in selections.selections:
                yield node
                inner: SelectionSetNode | None = getattr(node, "selection_set", None)
                if inner is not None:
                    below.append(inner)
        if not below:
            return
        level = below
    raise ValueError("its document is nested too deeply")
