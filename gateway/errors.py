"""Errors that know whose fault they are, and how to say so.

Each carries the HTTP status of its reply, a stable `code` (RFC 9457 `type` is derived from it), a
title that says what did not happen, a detail that says why, and advice that says what to do next.
They become a reply in one place, `gateway.replies`.
"""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Whose fault an error is."""

    CLIENT = "client"
    GATEWAY = "gateway"
    UPSTREAM = "upstream"
    STORE = "store"


class GatewayError(Exception):
    """Base of all errors that become a reply.

    Args:
        code: stable, snake_case, in docs/errors.md.
        detail: why, in one sentence, without secrets.
        advice: what the reader can do next; may be empty.
        status: the reply's HTTP status; the class's own when None.
        title: what did not happen; the class's own when None.
        rule: the rule or policies that decided; empty when none did.
        helps: what would have made it a yes, as in `Deny.helps`.
        facts: what policies were told, for the record of the refusal.
    """

    side = Side.GATEWAY
    status = 500
    title = "The gateway could not handle this request"

    def __init__(
        self,
        code: str,
        detail: str,
        advice: str = "",
        *,
        status: int | None = None,
        title: str | None = None,
        rule: str = "",
        helps: tuple[tuple[str, ...], ...] = (),
        facts: object = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.advice = advice
        self.rule = rule
        self.helps = helps
        self.facts = facts
        if status is not None:
            self.status = status
        if title is not None:
            self.title = title


class ClientError(GatewayError):
    """The request is malformed, ambiguous or too large: nothing was forwarded."""

    side = Side.CLIENT
    status = 400
    title = "This request was not forwarded"


class WrongMethod(ClientError):
    """The method is not for what is at this address.

    Args:
        allow: the methods that are.
    """

    status = 405

    def __init__(
        self,
        code: str,
        detail: str,
        advice: str = "",
        *,
        allow: tuple[str, ...],
        title: str | None = None,
    ) -> None:
        super().__init__(code, detail, advice, title=title)
        self.allow = allow


class Refused(GatewayError):
    """The request is understood and not allowed: policy, mode, session or sign-in says no."""

    side = Side.CLIENT
    status = 403
    title = "This is not allowed"


class HandOverFirst(Refused):
    """Somebody on whom something depends still is not disabled.

    Args:
        hand_over: what depends on them: its kind and its name, of each.
    """

    status = 409
    title = "This was not done"

    def __init__(
        self,
        code: str,
        detail: str,
        advice: str = "",
        *,
        rule: str = "",
        hand_over: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(code, detail, advice, rule=rule)
        self.hand_over = hand_over


class UpstreamError(GatewayError):
    """The app could not be reached, was too slow, or sent something that cannot be passed on."""

    side = Side.UPSTREAM
    status = 502
    title = "The app did not give a usable answer"


class Unreadable(UpstreamError):
    """A body under redaction rules cannot be read, so it is blocked (law 7)."""

    title = "This was blocked, because the gateway cannot read it"


class StoreAway(GatewayError):
    """The store did not answer in time: nothing can be recorded, so nothing is done (law 3)."""

    side = Side.STORE
    status = 503
    title = "Acting on behalf is paused"


class SocketClosed(GatewayError):
    """A WebSocket of a session cannot go on: the client has its 101, so it is closed with a reason.

    Args:
        close: the code of the close frames (RFC 6455, 7.4); 1008 says that a policy was broken.
    """

    status = 101
    title = "The WebSocket was closed"

    def __init__(self, code: str, detail: str, *, close: int = 1008) -> None:
        super().__init__(code, detail)
        self.close = close
