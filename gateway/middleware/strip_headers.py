"""Sort every header that the client sent, in one pass: what passes, what is read, what is refused.

The client's Connection is applied to the client's own headers before anything of ours is added
(CVE-2022-31813, CVE-2026-29054; threat row 6). Nothing here looks at a session: identity headers go
from every request, and are set again only where a permit says so (threat row 5).
"""

from __future__ import annotations

from collections.abc import Set

from gateway.errors import ClientError
from gateway.middleware.draft import Draft
from gateway.middleware.names import Sort

_PASS, _SINGLE = Sort.PASS, Sort.SINGLE
_READ_ONCE = frozenset((Sort.HOST, Sort.LENGTH, Sort.EXPECT, Sort.UPGRADE))


def strip_headers(draft: Draft) -> None:
    """Fill the draft's headers, fields and facts from the wire.

    Raises:
        ClientError: 400 `ambiguous_header` for an alias of an identity header, a header that may
            stand once and stands twice, or a value that is not UTF-8 (threat rows 1 to 4).
    """
    sorts = draft.site.names.sorts
    headers = draft.headers
    fields = draft.fields
    named_by_connection: set[bytes] | None = None
    for field in draft.wire.headers:
        name, value = field
        sort, lower = sorts[name]
        if not value.isascii():
            _refuse_unreadable(lower, value)
        if sort is _PASS:
            headers.append(field)
        elif sort is _SINGLE or sort in _READ_ONCE:
            if lower in fields:
                raise _ambiguous(f"{_shown(lower)} stands twice")
            fields[lower] = value
            if sort is _SINGLE:
                headers.append(field)
        elif sort is Sort.ACCEPT:
            fields[lower] = value
            headers.append(field)
        elif sort is Sort.COOKIE:
            draft.cookie = draft.cookie + b"; " + value if draft.cookie else value
        elif sort is Sort.CONNECTION:
            tokens = {token.strip(b" \t").lower() for token in value.split(b",")}
            named_by_connection = tokens | (named_by_connection or set())
        elif sort is Sort.IDENTITY or sort is Sort.RESERVED:
            if lower in fields:
                raise _ambiguous(f"{_shown(lower)} stands twice")
            fields[lower] = value
            if draft.trusted_identity and sort is Sort.IDENTITY:
                draft.identity.append(field)
        elif sort is Sort.ALIAS:
            raise _ambiguous(f"{_shown(lower)} is another spelling of a header that names the user")
        elif sort is Sort.OVERRIDE:
            draft.overrides_method = True
            headers.append(field)
        elif sort is Sort.FORWARDED_FOR:
            draft.forwarded_for = value
    _read_facts(draft, named_by_connection or frozenset())
    if named_by_connection and named_by_connection - {b"keep-alive", b"close"}:
        draft.headers = [
            header for header in headers if header[0].lower() not in named_by_connection
        ]
        for name in named_by_connection:  # what the app does not get decides nothing either
            if sorts[name][0] is Sort.SINGLE:
                fields.pop(name, None)


def _read_facts(draft: Draft, connection: Set[bytes]) -> None:
    fields = draft.fields
    if b"expect" in fields:
        if fields[b"expect"].lower() != b"100-continue":
            raise ClientError(
                "expectation_failed",
                "The request expects something else than 100-continue.",
                "Send it without Expect.",
                status=417,
            )
        draft.expects_continue = True
    if b"upgrade" in fields and b"upgrade" in connection:  # else it is not for us (RFC 9110, 7.8)
        draft.upgrade = fields[b"upgrade"].lower()


def _refuse_unreadable(lower: bytes, value: bytes) -> None:
    try:
        value.decode()
    except UnicodeDecodeError:
        raise _ambiguous(f"{_shown(lower)} holds bytes that are not UTF-8") from None


def _shown(lower: bytes) -> str:
    return lower.decode("ascii", "replace")


def _ambiguous(why: str) -> ClientError:
    return ClientError(
        "ambiguous_header",
        f"A header could not be read without doubt: {why}.",
        "Nothing was sent to the app. If a program made this request, mend it there.",
    )
