"""The driver for apps that take the user from plain headers, such as `X-Remote-User`.

The app must see exactly the audited subject (law 5), so a value that a parser could trim, split or
decode otherwise is refused, never repaired.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.identity.per_session import PerSession
from gateway.identity.templates import CONTROL, Template
from gateway.middleware.names import fold
from gateway.model import Frozen, Headers, Session

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_RESERVED = frozenset(
    {
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class HeaderValue(Frozen, frozen=True, kw_only=True):
    """What one header says: a template, and for a list the text that joins its items.

    Without `join` a list gives one header field for each item.
    """

    value: str
    join: str | None = None


class HeaderSettings(Frozen, frozen=True, kw_only=True):
    """The headers of a site: name -> value."""

    headers: dict[str, HeaderValue]


class HeaderDriver:
    """Sets the headers of `settings` from a session.

    `reserved`: those that tell what the session gives the actor. A peer that signs ordinary users
    in knows nothing of that, so what it lets through of them is no word of its own.

    Raises:
        ValueError: names every header that cannot be set, one line each.
    """

    def __init__(self, settings: HeaderSettings) -> None:
        self.managed = tuple(settings.headers)
        faults = list(_name_faults(settings.headers))
        self._lines: list[tuple[bytes, Template, str | None]] = []
        for name, value in settings.headers.items():
            try:
                template = Template(value.value)
            except ValueError as error:
                faults.append(f"header {name}: {error}")
                continue
            if value.join is not None and not template.is_list:
                faults.append(
                    f"header {name}: only a list such as {{subject.groups}} can be joined"
                )
            if value.join == "" or CONTROL.search(value.join or ""):
                faults.append(f"header {name}: items must be joined by something visible")
            self._lines.append((name.encode(), template, value.join))
        if faults:
            raise ValueError("\n".join(faults))
        self.reserved = tuple(
            name.decode() for name, template, _ in self._lines if template.of_session
        )
        self._kept: PerSession[Headers] = PerSession()

    def edits(self, session: Session, now_ms: int) -> Headers:
        """Give the header fields that make the app see the session's subject.

        Raises:
            ValueError: a value cannot stand in a header as it is.
        """
        kept = self._kept.get(session)
        if kept is None:
            kept = self._fields(session)
            self._kept.put(session, kept)
        return kept

    def _fields(self, session: Session) -> Headers:
        fields: list[tuple[bytes, bytes]] = []
        for name, template, join in self._lines:
            values = template.values(session)
            if template.is_list:
                # Parsers fold repeated fields into one, joined by a comma (RFC 9110, 5.3).
                between = (join or ",").strip() or " "
                for item in values:
                    if between in item:
                        raise ValueError(f"{name.decode()}: an item holds what parts the items")
            if join is not None:
                values = (join.join(values),) if values else ()
            fields += ((name, _encode(name, value)) for value in values)
        return tuple(fields)


def _name_faults(headers: Mapping[str, HeaderValue]) -> list[str]:
    faults = []
    seen: dict[bytes, str] = {}
    for name in headers:
        if not _NAME.fullmatch(name):
            faults.append(f"header {name!r} is not a header's name")
            continue
        key = fold(name.encode())
        if key in _RESERVED:
            faults.append(f"header {name} belongs to HTTP itself")
        if key in seen:
            faults.append(f"headers {seen[key]} and {name} are one to many apps")
        seen[key] = name
    return faults


def _encode(name: bytes, value: str) -> bytes:
    if not value or value != value.strip() or CONTROL.search(value):
        raise ValueError(f"{name.decode()}: the value is empty, or has controls or outer spaces")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name.decode()}: the value is not text") from None
