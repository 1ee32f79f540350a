"""A JSON document less the values of names that are hidden, wherever in it they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

import msgspec

from gateway.audit.bodies.secret_names import HIDDEN, HiddenNames
from gateway.errors import Unreadable
from gateway.policy.strict_json import strict_json
from gateway.redaction.json_text import unreadable_json

_ARGUMENT: Final = re.compile(r"(?<![\w$])(\w++)\s*+:\s*+(?:\$(\w++))?")
"""A GraphQL argument or field of an input, and the variable that is all of its value."""
_VARIABLE: Final = re.compile(r"\$(\w++)")

_NAMES: Final = ("name", "key", "field", "path", "header", "param", "property", "attribute")
_VALUES: Final = frozenset(("value", "values", "val", "content", "text", "data"))
"""Members that are the name, and the value, of something else."""
_A_NAME: Final = re.compile(r"[\w\[\].:/ -]{1,64}")

_decode = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode = msgspec.json.Encoder().encode


def scrubbed_json(body: bytes, names: HiddenNames, told: HiddenNames) -> str:
    """Give a document as it was decoded.

    Hidden are the members of these names, the values beside them where they are values themselves,
    texts that give one of them a value, and the values of variables that a GraphQL document in it
    gives to an argument of such a name; where the argument gets more than the one variable, those
    of all.

    Args:
        names: of members.
        told: the names to which texts in it may give a value.

    Raises:
        Unreadable: it is not one document, or the name of a member gives such a value.
    """
    try:
        root = [_decode(body)]
        _hide(root, names, told)
        return _encode(root[0]).decode()
    except (ValueError, RecursionError) as fault:
        raise unreadable_json() from fault


def _hide(root: list[Any], names: HiddenNames, told: HiddenNames) -> None:
    all_texts = "\n".join(_texts(root))
    if "$" in all_texts:
        names = names.and_also(_variables(all_texts, told))
    hides, given = cache(names.hides), told.are_given_in
    is_pair = partial(_names_a_secret, cache(told.hides))
    some = given(all_texts)  # what none of them does together, none does alone
    waiting: list[Any] = [root]
    for node in waiting:  # grows while it is read, so depth costs no stack
        if is_pair(node):
            _hide_value(node)
        for key, value in list(node.items() if type(node) is dict else enumerate(node)):
            if type(key) is str and some and given(key):
                raise _carried()
            if type(key) is str and hides(key):
                node[key] = HIDDEN
            elif type(value) is str:
                if some and given(value):
                    node[key] = HIDDEN
            elif type(value) is dict or type(value) is list:
                waiting.append(value)


def _names_a_secret(hides: Callable[[str], bool], node: Any) -> bool:
    """Whether a node is a name and its value: `{"name": "password", "value": …}`, `["pin", …]`."""
    pair = node[:1] if type(node) is list and len(node) == 2 else ()
    names = map(node.get, _NAMES) if type(node) is dict else pair
    return any(type(name) is str and _A_NAME.fullmatch(name) and hides(name) for name in names)


def _hide_value(node: Any) -> None:
    if type(node) is list:
        node[1] = HIDDEN
        return
    for each in _VALUES & node.keys():
        node[each] = HIDDEN


def check_names(body: bytes) -> None:
    """Refuse a document of which two readers may take different members.

    Raises:
        Unreadable: an object in it says a name twice, or it is not one document.
    """
    try:
        strict_json(body.decode())
    except ValueError as fault:
        raise Unreadable(
            "json_unreadable", f"The body is not put on record: {fault}.", ""
        ) from fault


def _variables(text: str, names: HiddenNames) -> Iterator[str]:
    """Name the variables of a GraphQL document that may be given to what is hidden."""
    for argument, variable in set(_ARGUMENT.findall(text)):
        if names.hides(argument):
            yield from (variable,) if variable else _VARIABLE.findall(text)


def _texts(root: list[Any]) -> Iterator[str]:
    """Each text in a document, names too."""
    waiting: list[Any] = [root]
    for node in waiting:
        if type(node) is dict:
            yield from node
        for value in node.values() if type(node) is dict else node:
            if type(value) is str:
                yield value
            elif type(value) is dict or type(value) is list:
                waiting.append(value)


def _carried() -> Unreadable:
    return Unreadable(
        "json_carries_hidden",
        "A name in a document gives a value to what is hidden.",
        "The document is not put on record.",
    )
