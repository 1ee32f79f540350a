"""Texts with placeholders for who acts and for whom: `{subject.id}`, `{actor.email}`.

Every field of `Subject` and `Actor` can be named, and `{workflow}`. `{subject.groups}` and
`{capabilities}` are lists, so each stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter

from gateway.model import Actor, Session, Subject

_PLACEHOLDER = re.compile(r"\{([a-z_.]+)\}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that some reader takes for the end of a value."""
_OF_SESSION = frozenset({"capabilities", "workflow"})
"""What a session gives the actor in the app: nobody but the gateway says so."""
_OPTIONAL = frozenset({"workflow"})
_LISTS = frozenset({"subject.groups", "capabilities"})
_TEXTS = (
    frozenset(
        {f"subject.{name}" for name in Subject.__struct_fields__}
        | {f"actor.{name}" for name in Actor.__struct_fields__}
        | _OF_SESSION
    )
    - _LISTS
)


class Template:
    """A compiled text. `is_list`: it is one list-valued placeholder and may give several values.

    `of_session`: it tells what the session gives the actor.

    Raises:
        ValueError: it names what does not exist, or its braces do not match.
    """

    __slots__ = ("_literals", "_optional", "_readers", "is_list", "of_session")

    def __init__(self, text: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        names = pieces[1::2]
        self._literals = tuple(pieces[::2])
        self.is_list = any(name in _LISTS for name in names)
        self.of_session = any(name in _OF_SESSION for name in names)
        for name in names:
            if name not in _TEXTS | _LISTS:
                known = ", ".join(sorted(_TEXTS | _LISTS))
                raise ValueError(f"{text!r}: there is no {{{name}}}; there are {known}")
        if any("{" in literal or "}" in literal for literal in self._literals):
            raise ValueError(
                f"{text!r}: a brace does not belong to a placeholder such as {{subject.id}}"
            )
        if any(CONTROL.search(literal) for literal in self._literals):
            raise ValueError(f"{text!r}: it holds a line end or another control character")
        if self.is_list and (len(names) > 1 or any(self._literals)):
            raise ValueError(f"{text!r}: a list such as {{subject.groups}} must stand alone")
        self._optional = tuple(name in _OPTIONAL for name in names)
        self._readers: tuple[Callable[[Session], object], ...] = tuple(map(attrgetter, names))

    def values(self, session: Session) -> tuple[str, ...]:
        """Fill it in: one value, or one for each item of a list; none without a workflow to name.

        Raises:
            ValueError: a placeholder's value is empty, so that the text would not name anybody.
        """
        found = [reader(session) for reader in self._readers]
        if self.is_list:
            (items,) = found
            return tuple(items)  # type: ignore[arg-type]  # the only list field is a tuple of str
        if any(map(_is_absent, found, self._optional)):
            return ()
        if "" in found:
            raise ValueError("a value that the app needs is empty for this session")
        text = self._literals[0]
        for value, literal in zip(found, self._literals[1:], strict=True):
            text += f"{value}{literal}"
        return (text,)


def _is_absent(value: object, optional: bool) -> bool:
    return optional and value == ""
