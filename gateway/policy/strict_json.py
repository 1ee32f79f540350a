"""Text and JSON (RFC 8259) as every reader takes them: what has two readings is refused."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

_MOST: Final = 1 << 20  # bytes


def strict_json(text: str) -> Any:
    """Decode one JSON text.

    Raises:
        ValueError: it is not well-formed, says a name twice in one object, holds NaN, or is
            nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        raise ValueError(f"its JSON is malformed at character {fault.pos}") from None
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("its JSON says a name twice in one object")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"its JSON holds {name}, which is no number of JSON")


def client_text(data: bytes) -> str:
    """Decode text that a client sent.

    Raises:
        ValueError: it is not in UTF-8, or has more than a MiB, which takes too long to read.
    """
    if len(data) > _MOST:
        raise ValueError(f"it holds more than {_MOST} bytes of text")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8") from None
