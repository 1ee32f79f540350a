"""Random GraphQL documents built from the grammar, and plain readings of them to compare with."""

from __future__ import annotations

from graphql import parse, print_ast
from graphql.language import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
)
from hypothesis import strategies as st

FIELDS = ("id", "name", "ssn", "notes", "__typename", "__schema", "__type", "mutation")
FRAGMENTS = ("F", "G", "H")
OPERATIONS = ("A", "B", "query")


def _name(text: str) -> NameNode:
    return NameNode(value=text)


_strings = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=8)
_arguments = st.lists(
    st.builds(
        lambda name, value: ArgumentNode(name=_name(name), value=StringValueNode(value=value)),
        st.sampled_from(("a", "b")),
        _strings,
    ),
    max_size=1,
)
_directives = st.lists(
    st.builds(lambda: DirectiveNode(name=_name("defer"), arguments=())), max_size=1
)
_spreads = st.builds(
    lambda name, directives: FragmentSpreadNode(name=_name(name), directives=tuple(directives)),
    st.sampled_from(FRAGMENTS),
    _directives,
)


def _fields(below: st.SearchStrategy[SelectionSetNode | None]) -> st.SearchStrategy[SelectionNode]:
    return st.builds(
        lambda alias, name, arguments, directives, selected: FieldNode(
            alias=_name(alias) if alias else None,
            name=_name(name),
            arguments=tuple(arguments),
            directives=tuple(directives),
            selection_set=selected,
        ),
        st.none() | st.sampled_from(("x", "y", "ssn", "name")),
        st.sampled_from(FIELDS),
        _arguments,
        _directives,
        below,
    )


def _sets(nodes: st.SearchStrategy[SelectionNode]) -> st.SearchStrategy[SelectionSetNode]:
    return st.lists(nodes, min_size=1, max_size=4).map(
        lambda found: SelectionSetNode(selections=tuple(found))
    )


_selected = st.recursive(
    _sets(_fields(st.none()) | _spreads),
    lambda sets: _sets(
        _fields(st.none() | sets)
        | st.builds(
            lambda kind, selected: InlineFragmentNode(
                type_condition=NamedTypeNode(name=_name(kind)) if kind else None,
                directives=(),
                selection_set=selected,
            ),
            st.none() | st.just("T"),
            sets,
        )
    ),
    max_leaves=6,
)
_operations = st.builds(
    lambda kind, name, selected: OperationDefinitionNode(
        operation=kind,
        name=_name(name) if name else None,
        variable_definitions=(),
        directives=(),
        selection_set=selected,
    ),
    st.sampled_from(OperationType),
    st.none() | st.sampled_from(OPERATIONS),
    _selected,
)
_fragments = st.builds(
    lambda name, selected: FragmentDefinitionNode(
        name=_name(name),
        variable_definitions=(),
        directives=(),
        type_condition=NamedTypeNode(name=_name("T")),
        selection_set=selected,
    ),
    st.sampled_from(FRAGMENTS),
    _selected,
)

documents = st.builds(
    lambda operations, fragments: print_ast(DocumentNode(definitions=(*operations, *fragments))),
    st.lists(_operations, min_size=1, max_size=3),
    st.lists(_fragments, max_size=3),
)
"""Texts of documents; many are ones that a server would not run."""


def nodes_of(node: Node) -> list[Node]:
    """A node and every node below it, by looking at whatever it holds."""
    found = [node]
    for key in node.keys:
        value = getattr(node, key, None)
        for each in value if isinstance(value, list | tuple) else [value]:
            if isinstance(each, Node):
                found += nodes_of(each)
    return found


def sure_of(text: str) -> bool:
    """Whether names say for certain what is what in a document."""
    definitions = parse(text).definitions
    named = [
        (type(each), each.name.value if each.name else "")
        for each in definitions
        if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    operations = [name for kind, name in named if kind is OperationDefinitionNode]
    fragments = {name for kind, name in named if kind is FragmentDefinitionNode}
    spread = {
        node.name.value
        for each in definitions
        for node in nodes_of(each)
        if isinstance(node, FragmentSpreadNode)
    }
    alone = "" not in operations or len(operations) == 1
    return len(named) == len(set(named)) and alone and spread <= fragments
