"""A JSON document less the values of names that are hidden, wherever in it they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from gateway.audit.bodies.secret_names import HIDDEN, HiddenNames
from gateway.errors import Unreadable
from gateway.policy.strict_json import strict_json
from gateway.redaction.json_text import unreadable_json

_ARGUMENT: Final = re.compile(r"(?<![\w$])(\w++)\s*+:\s*+(?:\$(\w++))?")
"""A GraphQL argument or field of an input, and the variable that is all of its value."""
_VARIABLE: Final = re.compile(r"\$(\w++)")

_decode = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode = msgspec.json.Encoder().encode


def scrubbed_json(body: bytes, names: HiddenNames) -> str:
    """Give a document as it was decoded.

    Hidden are the members of these names, texts that give one of them a value, and the values of
    variables that a GraphQL document in it gives to an argument of such a name; where the argument
    gets more than the one variable, those of all.

    Raises:
        Unreadable: it is not one document, or the name of a member gives such a value.
    """
    try:
        root = [_decode(body)]
        _hide(root, names)
        return _encode(root[0]).decode()
    except (ValueError, RecursionError) as fault:
        raise unreadable_json() from fault


def _hide(root: list[Any], names: HiddenNames) -> None:
    all_texts = "\n".join(_texts(root))
    if "$" in all_texts:
        names = names.and_also(_variables(all_texts, names))
    hides, given = cache(names.hides), names.are_given_in
    some = given(all_texts)  # what none of them does together, none does alone
    waiting: list[Any] = [root]
    for node in waiting:  # grows while it is read, so depth costs no stack
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
