"""One audit entry, and the line it becomes.

A line is one JSON object in ASCII: no line of it can be forged by what a request or an app holds,
whatever a reader takes for a line end (threat 47). Empty fields are left out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from gateway.model import Actor, Frozen, Mode, Remark, Session


class Kind(StrEnum):
    """What a record tells of."""

    REQUEST_INTENT = "request.intent"
    REQUEST_OUTCOME = "request.outcome"
    REQUEST_REFUSED = "request.refused"
    MESSAGE_SENT = "message.sent"
    MESSAGE_REFUSED = "message.refused"
    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"
    SESSION_ENTERED = "session.entered"
    SESSION_ENDED = "session.ended"
    OPERATOR_SIGNED_IN = "operator.signed_in"
    OPERATOR_SIGNED_OUT = "operator.signed_out"
    OPERATOR_REFUSED = "operator.refused"
    GATEWAY_STARTED = "gateway.started"
    GATEWAY_STOPPED = "gateway.stopped"
    AUDIT_CHECKPOINT = "audit.checkpoint"
    AUDIT_LOST = "audit.lost"


class RecordSubject(Frozen, frozen=True, kw_only=True):
    """The user acted for, as records name them."""

    id: str
    name: str
    email: str
    account: str
    account_name: str


class RecordClient(Frozen, frozen=True, kw_only=True):
    """Where a request came from: the peer's `address` and the User-Agent as sent."""

    address: str
    agent: str = ""


class Record(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="v", tag=1):
    """One entry of the audit stream, version 1 (`v`).

    Attributes:
        id: unique, sorts by time (`Ids`).
        kind: what it tells of.
        at: when, RFC 3339, UTC, milliseconds (`timestamp`).
        writer, seq: who wrote it and its place among what that writer wrote to this stream, from 1
            without a gap: a gap is a loss.
        shard: the number of that stream.
        prev: what chains it to the record before it (`seal`); bytes are written in base64 (RFC
            4648, 4). The emitter sets these four, and `signature`; nothing else changes a record.
        request: joins the intent, the messages, the outcome and the refusal of one request.
        session, site, actor, subject, mode: of the session; actor and subject both, or neither
            (law 11). For `operator.…` kinds, the actor is who signed in.
        method, target, host: of the request; the path is the wire's bytes, query values are
            hidden (`scrubbed`).
        decision, rule: what was decided and which rule or policy did.
        would: where a site only reports, the code of the refusal that it would have been: on an
            intent by `rule`, on an outcome for the body or for the answer.
        reason: a stable code: of a refusal, of an end, of a way to sign in.
        detail: the same in a sentence; on an intent and on a message that was sent, the GraphQL
            operations that run.
        why, ticket: what the operator gave when the session started.
        status: the HTTP status the client got; bytes_in, bytes_out: body bytes from and to it.
        messages_in, messages_out: messages of a WebSocket from the client and to it.
        ms: from the request's arrival to its end.
        media: the media type of the app's answer, such as `application/json`.
        redactions: what was hidden in the response.
        complete: whether the client got all of the response; absent when there was none.
        client: where the request came from.
        lost: of `audit.lost`: the first and the last seq that are gone.
        signature: of `audit.…` kinds: holds the chain up to here (`seal.statement`).
    """

    id: str
    kind: Kind
    at: str
    writer: str = ""
    seq: int = 0
    shard: int = 0
    prev: bytes = b""
    request: str = ""
    session: str = ""
    site: str = ""
    actor: Actor | None = None
    subject: RecordSubject | None = None
    mode: Mode | None = None
    method: str = ""
    target: str = ""
    host: str = ""
    decision: Literal["", "allow", "deny"] = ""
    rule: str = ""
    would: str = ""
    reason: str = ""
    detail: str = ""
    why: str = ""
    ticket: str = ""
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0
    ms: int = 0
    media: str = ""
    redactions: tuple[Remark, ...] = ()
    complete: bool | None = None
    client: RecordClient | None = None
    lost: tuple[int, int] | None = None
    signature: bytes = b""

    def place(self, writer: str, shard: int, seq: int, prev: bytes) -> bytes:
        """Set where it stands, and give its line."""
        self.writer, self.shard, self.seq, self.prev = writer, shard, seq, prev
        return line(self)


def subject_of(session: Session) -> RecordSubject:
    """The session's subject, as its records name them."""
    subject = session.subject
    return RecordSubject(
        id=subject.id,
        name=subject.name,
        email=subject.email,
        account=subject.account,
        account_name=subject.account_name,
    )


def timestamp(ms: int) -> str:
    """`ms` since the epoch as RFC 3339 in UTC: `2026-11-22T03:46:18.123Z`."""
    return _second(ms // 1000) + _THOUSANDTHS[ms % 1000]


_THOUSANDTHS = tuple(f".{ms:03d}Z" for ms in range(1000))


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def scrubbed(target: str) -> str:
    """`target` with every value of its query replaced by `*`, for tokens travel there (threat 47).

    The path stays byte for byte (law 1); so do the names of the query's fields, except that a
    field without `=` is taken for a value.
    """
    path, mark, query = target.partition("?")
    if not query:
        return target
    return path + mark + "&".join(map(_hidden, query.split("&")))


def _hidden(field: str) -> str:
    name, equals, value = field.partition("=")
    if not equals:
        return "*" if name else ""
    return f"{name}=*" if value else field


_encode = msgspec.json.Encoder().encode
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def line(record: msgspec.Struct) -> bytes:
    """`record`, or some of its fields, as one line of ASCII JSON, without the line end.

    A text that is not valid Unicode is written with its bad parts as escapes: a record is never
    refused for what it tells of.
    """
    try:
        encoded = _encode(record)
    except UnicodeEncodeError:
        encoded = _encode(_printable(record))
    if encoded.isascii():
        return encoded
    return _NOT_ASCII.sub(_escape, encoded.decode()).encode("ascii")


def _escape(found: re.Match[str]) -> str:
    """JSON's `\\u` escape, a surrogate pair above the basic plane (RFC 8259, 7)."""
    units = found.group().encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _printable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case tuple():
            return tuple(map(_printable, value))
        case msgspec.Struct():
            names = value.__struct_fields__
            return replace(value, **{name: _printable(getattr(value, name)) for name in names})
    return value
