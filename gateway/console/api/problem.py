"""Problem details (RFC 9457) as the description of the API has them, and the codes of each call."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.console.api.endpoint import Endpoint

_HEAD = ("malformed_request", "ambiguous_target", "ambiguous_header", "unreadable_header")
_STORE = (
    "store_away",
    "store_slow",
    "store_silent",
    "store_full",
    "audit_away",
    "gateway_stopping",
)

ALWAYS: Mapping[int, tuple[str, ...]] = {
    400: (*_HEAD, "ambiguous_cookie", "bad_fields"),
    403: ("cross_site",),
    408: ("head_timeout",),
    431: ("head_too_large",),
    500: ("internal_error",),
    503: _STORE,
}
"""What any call may be told."""
OF_OPERATORS: Mapping[int, tuple[str, ...]] = {
    401: ("not_signed_in", "token_refused"),
    403: ("not_an_operator",),
    503: ("sign_in_keys_away",),
}
OF_CHANGES: Mapping[int, tuple[str, ...]] = {403: ("form_token",)}
OF_NAMED: Mapping[int, tuple[str, ...]] = {404: ("not_found",)}
OF_BODIES: Mapping[int, tuple[str, ...]] = {
    400: ("bad_json", "body_broken"),
    408: ("body_timeout",),
    413: ("too_large",),
    415: ("media_type",),
}


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be given to somebody else before."""

    kind: str
    name: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was not done: problem details as in RFC 9457.

    `code` is stable, and what programs compare; `advice` says what to do next. `rule`: the policies
    that refused a start. `record`: the id of the audit record. `helps`: what would have made it a
    yes; each by itself, those of one list together. What says nothing is left out.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    advice: str | msgspec.UnsetType = msgspec.UNSET
    rule: str | msgspec.UnsetType = msgspec.UNSET
    record: str | msgspec.UnsetType = msgspec.UNSET
    helps: tuple[tuple[str, ...], ...] | msgspec.UnsetType = msgspec.UNSET
    hand_over: tuple[HandOver, ...] | msgspec.UnsetType = msgspec.UNSET


def codes_of(endpoint: Endpoint[object], *, for_operators: bool) -> dict[int, list[str]]:
    """Give every code that a call of an endpoint may be told, by status."""
    sets = [ALWAYS, endpoint.problems]
    if for_operators:
        sets.append(OF_OPERATORS)
    if endpoint.method != "GET":
        sets.append(OF_CHANGES)
    if "{" in endpoint.path:
        sets.append(OF_NAMED)
    if endpoint.body is not None:
        sets.append(OF_BODIES)
    found: dict[int, set[str]] = {}
    for each in sets:
        for status, codes in each.items():
            found.setdefault(status, set()).update(codes)
    return {status: sorted(found[status]) for status in sorted(found)}
