"""What an answer must say of a ticket: one value in it, compared as text.

Texts, whole numbers and true or false can be compared; nothing else equals anything. A value that
is not there, or there more than once, makes the condition not hold (law 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError

from gateway.policy.tickets.texts import Facts, Text, Unfit

_MAIL: Final = "user.email"


class _Paths(JSONPathEnvironment):
    """JSONPath (RFC 9535) without `match` and `search`, whose patterns may take for ever."""

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        del self.function_extensions["match"], self.function_extensions["search"]


PATHS: Final = _Paths()
"""Compiles the paths of answers; raises `JSONPathError`."""


class Condition:
    """A compiled condition: what stands `at` a path is `one_of` these texts.

    An e-mail address is compared in any case, as desks write them; everything else exactly.

    Raises:
        ValueError: the path or a text cannot be used.
    """

    def __init__(self, at: str, one_of: Iterable[str]) -> None:
        try:
            self._query = PATHS.compile(at)
        except JSONPathError as fault:
            raise ValueError(f"{at!r} is not a JSONPath: {fault}") from None
        self._texts = [Text(each) for each in one_of]

    def holds(self, answer: Any, facts: Facts) -> bool:
        """Whether it holds in an answer's JSON."""
        try:
            found = [node.value for node in islice(self._query.finditer(answer), 2)]
        except Exception:  # noqa: BLE001 - whatever goes wrong in there, it does not hold (law 2)
            return False
        value = _as_text(found[0]) if len(found) == 1 else None
        return value is not None and any(_is(value, text, facts) for text in self._texts)


def _as_text(value: Any) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return value
    return None


def _is(value: str, text: Text, facts: Facts) -> bool:
    try:
        wanted = text.filled(facts)
    except Unfit:
        return False
    if text.names == (_MAIL,):
        return _lower(value) == _lower(wanted)
    return value == wanted


def _lower(text: str) -> bytes:
    """Lower A to Z alone: other letters of two cases may be two people's."""
    return text.encode("utf-8", "surrogatepass").lower()
