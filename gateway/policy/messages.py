"""May a client's WebSocket message of a session go to the app? (threat row 28)

A site lists what passes: exact texts, and shapes of JSON objects. What is not listed is refused,
unless the site opens the socket to sessions that may change things.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec

from gateway.model import Mode
from gateway.policy.strict_json import strict_json

if TYPE_CHECKING:
    from gateway.policy.graphql_document import Alias

ANY_SCALAR: Final = "*"
"""In a shape: any text, number, true, false or null."""

Listed = str | dict[str, Any]
"""What a site lists: an exact text, or the shape of a JSON object."""


class Passes(NamedTuple):
    """The message may go on; `rule` says what allowed it.

    Of GraphQL, `detail` names the operations that run, and `aliases` what they call their fields.
    """

    rule: str
    detail: str = ""
    aliases: tuple[Alias, ...] = ()


class Stopped(NamedTuple):
    """The message must not go on; `detail` is one sentence for whoever sent it."""

    rule: str
    detail: str


class MessageJudge(Protocol):
    """Decides the client's messages of one WebSocket. A protocol of messages is one judge."""

    def judge(self, message: str | bytes, mode: Mode) -> Passes | Stopped:
        """Say whether a whole message, a text or bytes, may go to the app."""
        ...


class ListedMessages:
    """Lets through what is listed, and everything where the site is open to changes.

    Args:
        name: the socket's; rules are `NAME.2` for the second of the list, and `NAME.open`.
        listed: in a shape a value ANY_SCALAR stands for any scalar; all else must be equal, and no
            other member may be there.
        opened: in read_write every message passes, bytes too.
    """

    def __init__(self, name: str, listed: Sequence[Listed], *, opened: bool) -> None:
        self._name = name
        self._listed = tuple(listed)
        self._opened = opened

    def judge(self, message: str | bytes, mode: Mode) -> Passes | Stopped:
        """Say whether a message passes; see `MessageJudge`."""
        if self._opened and mode is Mode.READ_WRITE:
            return Passes(f"{self._name}.open")
        if isinstance(message, str):
            value = _read(message)
            for number, listed in enumerate(self._listed, 1):
                if message == listed if isinstance(listed, str) else _fits(listed, value):
                    return Passes(f"{self._name}.{number}")
        return Stopped(self._name, "This message is not one that passes while acting for a user.")


def _read(text: str) -> Any:
    """Read JSON that all parsers read alike; None for any other text.

    Of a member that stands twice some apps take the first and some the last, so it is no JSON here
    (RFC 8259, 4); nor are numbers beyond a double and lone surrogates, which only some take.
    """
    try:
        msgspec.json.decode(text)
        return strict_json(text)
    except (ValueError, RecursionError):
        return None


def _fits(shape: Any, value: Any) -> bool:
    if shape == ANY_SCALAR:
        return not isinstance(value, dict | list)
    if type(shape) is not type(value):  # True is 1 to Python, and to no JSON parser
        return False
    if isinstance(shape, dict):
        return shape.keys() == value.keys() and all(_fits(shape[k], value[k]) for k in shape)
    if isinstance(shape, list):
        return len(shape) == len(value) and all(map(_fits, shape, value))
    return bool(shape == value)
