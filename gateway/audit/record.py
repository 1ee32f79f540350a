"""One audit entry, and the line it becomes.

A line is one JSON object in ASCII: no line of it can be forged by what a request or an app holds,
whatever a reader takes for a line end (threat 47). Empty fields are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from gateway.audit.marks import (
    joined,
    life_of,
    may_change,
    of_change,
    of_session,
    of_sight,
    of_start,
)
from gateway.model import Actor, Frozen, Mode, Remark, Session
from gateway.policy.rights.facts import Facts


class Kind(StrEnum):
    """What a record tells of."""

    REQUEST_INTENT = "request.intent"
    """A request of a session was allowed, and is about to go to the app."""
    REQUEST_OUTCOME = "request.outcome"
    """What became of it."""
    REQUEST_REFUSED = "request.refused"
    """A request was refused, in a session or outside."""
    REQUEST_BODY = "request.body"
    """The body of a request of a session, where a rule says so; see [below](#levels)."""
    RESPONSE_BODY = "response.body"
    """The body of the answer that its client got, where a rule says so."""
    MESSAGE_SENT = "message.sent"
    """A client's message in a WebSocket of a session was allowed, and is about to go to the app."""
    MESSAGE_REFUSED = "message.refused"
    """Such a message was refused; the WebSocket is closed."""
    SESSION_STARTED = "session.started"
    """A session was started."""
    SESSION_REFUSED = "session.refused"
    """A start was refused."""
    SESSION_ENTERED = "session.entered"
    """A browser or program entered it."""
    SESSION_ENDED = "session.ended"
    """It ended; `reason` says how."""
    SESSION_ELEVATED = "session.elevated"
    """A look-only session may change things for some minutes; `detail` says until when."""
    SESSION_LOWERED = "session.lowered"
    """It may no more, before these minutes are over; when they are, it goes without a record."""
    SESSION_EXTENDED = "session.extended"
    """It lasts longer; `detail` says until when."""
    SESSION_REVIEWED = "session.reviewed"
    """Somebody looked into a session that broke the glass; `reason` is what they found."""
    APPROVAL_REQUESTED = "approval.requested"
    """An operator asked for the approval of a second person; `about` is its id."""
    APPROVAL_GIVEN = "approval.given"
    """Somebody approved it."""
    APPROVAL_REFUSED = "approval.refused"
    """Somebody refused it; `why` says why."""
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    """Who asked for it needs it no more."""
    CONSENT_CHANGED = "consent.changed"
    """A user allowed acting on their behalf, was asked to by `actor`, or took it back: `reason` is
    `allowed`, `asked` or `withdrawn`, `detail` says until when."""
    PEOPLE_CHANGED = "people.changed"
    """An operator was added, changed, disabled or enabled; `about` is their id. Without an actor it
    was by the command line, as `detail` says, or the file of operators was read again, of which
    `config` has the hash."""
    DIRECTORY_CHANGED = "directory.changed"
    """Accounts or users of a site changed; `detail` says how many, `config` has the hashes of files
    that were read again."""
    OPERATOR_SIGNED_IN = "operator.signed_in"
    """An operator signed in; `reason` names the way."""
    OPERATOR_SIGNED_OUT = "operator.signed_out"
    """An operator signed out."""
    PREFERENCES_CHANGED = "preferences.changed"
    """Somebody changed what an account allows; `about` is the account, `detail` says what."""
    POLICIES_CHANGED = "policies.changed"
    """A process of the gateway read policies again and asks them from now on; `config` has their
    hashes."""
    OPERATOR_REFUSED = "operator.refused"
    """A sign-in, or something else on the console, was refused."""
    GATEWAY_STARTED = "gateway.started"
    """A gateway started; `config` says with which files."""
    GATEWAY_STOPPED = "gateway.stopped"
    """It stopped in good order."""
    AUDIT_CHECKPOINT = "audit.checkpoint"
    """The writer signed where its records stand; see [below](#evidence)."""
    AUDIT_LOST = "audit.lost"
    """The store had confirmed records and no longer has them."""
    AUDIT_VIEWED = "audit.viewed"
    """An operator looks into the session of somebody else, `session`; on record once an hour."""
    AUDIT_EXPORT_REQUESTED = "audit.export_requested"
    """An operator asked for records; `about` is the export's id, `detail` says which."""
    AUDIT_EXPORTED = "audit.exported"
    """They are about to get the records that they asked for."""
    AUDIT_TRIMMED = "audit.trimmed"
    """The gateway takes old records out of the stream; see [below](#trimming)."""


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


class ConfigFile(Frozen, frozen=True, kw_only=True):
    """A file that a gateway started with, as the config names it, and its SHA-256 in hex."""

    file: str
    sha256: str


class Trimmed(Frozen, frozen=True, kw_only=True):
    """The last record of a writer that was taken out of a stream: its `seq` and its line's SHA-256.

    `hash` is 32 bytes, and in JSON base64.
    """

    writer: str
    seq: int
    hash: bytes


class Record(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="v", tag=1):
    """One entry of the audit stream, version 1 (`v`).

    The emitter sets `writer`, `seq`, `shard`, `prev` and `signature`; nothing else changes one.
    """

    id: str
    """unique; sorts by time"""
    kind: Kind
    """what it tells of"""
    at: str
    """when: RFC 3339, UTC, milliseconds"""
    writer: str = ""
    """who wrote it: a gateway's process, from its start to its end"""
    seq: int = 0
    """its number among what that writer wrote to this stream, from 1. A gap is a loss"""
    shard: int = 0
    """the number of the stream; absent: 0"""
    prev: bytes = b""
    """the SHA-256 of the line before it of the same writer in the same stream, in base64; of the
    first one, the writer's signature"""
    request: str = ""
    """the same on the intent and the outcome of one request, and on the messages of its
    WebSocket"""
    session: str = ""
    """the session's id"""
    site: str = ""
    """the site's name"""
    actor: Actor | None = None
    """who acts: `id`, `name`, `email`, `profile`. Of `operator.…` kinds, who signed in. Actor and
    subject are both on a session's records (law 11)"""
    subject: RecordSubject | None = None
    """for whom: `id`, `name`, `email`, `account`, `account_name`"""
    mode: Mode | None = None
    """`read_only` or `read_write`"""
    method: str = ""
    """of the request"""
    target: str = ""
    """of the request. The path is as on the wire; values of the query are replaced by `*`, but for
    those that a rule of `audit` shows. Of a refusal outside sessions, its first 2048 characters"""
    host: str = ""
    """of the request"""
    decision: Literal["", "allow", "deny"] = ""
    """`allow` or `deny`"""
    rule: str = ""
    """the rule or policies that decided; on a `….body` kind the rule of `audit`; on
    `session.refused` the code of `reason` where no policy decided"""
    would: str = ""
    """where a site only reports: the code of the refusal that it would have been. On an intent
    `rule` would have refused; on an outcome the body or the answer would have been blocked, or
    `redaction` says that `redactions` would have been hidden and were not"""
    reason: str = ""
    """a stable code: of a refusal, of an end, of a way to sign in, of why a body is not kept"""
    detail: str = ""
    """the same in a sentence; on an intent, and on a message that was sent, the GraphQL operations
    that run"""
    why: str = ""
    """what somebody gave as their reason: for a session on `session.started` and
    `session.refused`"""
    break_glass: bool = False
    """the session was started without waiting for what policies would have had it wait for"""
    ticket: str = ""
    """the ticket that the operator gave at the start"""
    status: int = 0
    """the HTTP status that the client got"""
    bytes_in: int = 0
    """body bytes from the client; in a WebSocket the messages'"""
    bytes_out: int = 0
    """body bytes to the client; in a WebSocket the messages'"""
    messages_in: int = 0
    """messages of a WebSocket from the client"""
    messages_out: int = 0
    """messages of a WebSocket to the client"""
    ms: int = 0
    """milliseconds from the request's arrival to its end"""
    app_ms: int = 0
    """milliseconds of these from the sending of the request until the head of the app's answer was
    there"""
    media: str = ""
    """the media type of the app's answer, such as `application/json`"""
    redactions: tuple[Remark, ...] = ()
    """what was hidden: `rule`, `category`, `count` of each. `event.unreadable` counts events of a
    stream that were dropped because they could not be read"""
    shown: tuple[str, ...] = ()
    """the categories whose values the answer may show: rules for the request's path hide them from
    others, and this session may see them, or the site only reports. An outcome has those of an
    answer that came, or may have come (`unknown`); an intent those of the answer to come"""
    complete: bool | None = None
    """whether all of the answer was handed to the client's connection; absent when there was none.
    A session that ends then takes back what the client has not read yet: it has no more than this.
    Of a `request.body` whether all of it came"""
    body: str = ""
    """of `….body` kinds: the body's text, decoded, less what is hidden; see [below](#levels)"""
    cut: bool = False
    """the body's text was longer than what the rule keeps"""
    body_hash: str = ""
    """of `….body` kinds: the SHA-256 in hex of all of the body's bytes; of a request's as they were
    sent, of an answer's without the bar, and without a content coding that the gateway undid"""
    facts: Facts | None = None
    """of what policies decided about a session: `case`, all that they were told, and `reveal`, the
    categories that are shown; `policy replay` asks others. Left out where it is longer than 16
    KiB"""
    client: RecordClient | None = None
    """where the request came from: `address`, `agent`"""
    trace: str = ""
    """the trace that the client says the request belongs to: 32 hex digits of its `traceparent`
    (W3C Trace Context), which the app gets too"""
    about: str = ""
    """of what was changed at the desk: the id of what it is about, such as an account's"""
    config: tuple[ConfigFile, ...] = ()
    """of `gateway.started`: `file` and `sha256` of the config and of each file that it names; of
    `policies.changed` those of the policies' folder; of `directory.changed` and `people.changed`
    those of the files that were read"""
    recovered: tuple[str, int] | None = None
    """of a record that a gateway kept on its disk while the store was away, when another gateway
    had taken it for dead before it could be written: the writer and the number that it had"""
    lost: tuple[int, int] | None = None
    """of `audit.lost`: the first and the last number that are gone"""
    until: str = ""
    """of `audit.trimmed`: the stream's id up to which it was trimmed"""
    trimmed: tuple[Trimmed, ...] = ()
    """of `audit.trimmed`: `writer`, `seq`, `hash` (SHA-256, in base64) of the last record of each
    writer up to there"""
    signature: bytes = b""
    """of `audit.checkpoint`, `audit.lost` and `audit.trimmed`: Ed25519, in base64"""

    @property
    def marks(self) -> bytes:
        """Under which names it is found again (`gateway.audit.marks`)."""
        own = of_session(self.session) if self.session else ""
        if own and self.kind in _LIFE:
            own = f"{own} {life_of(self.session)}"
        user, account = (self.subject.id, self.subject.account) if self.subject else ("", "")
        if self.kind in _STARTS:
            actor = self.actor.id if self.actor else ""
            return joined(own, *of_start(actor, self.site, user, account))
        is_change = self.kind is Kind.REQUEST_INTENT and may_change(self.method)
        is_change |= self.kind is Kind.MESSAGE_SENT and self.mode is Mode.READ_WRITE
        changed = of_change(self.site, user, account) if is_change else ()
        seen = of_sight(self.site, user, account) if self.shown else ()
        return joined(own, *changed, *seen)

    def place(self, writer: str, shard: int, seq: int, prev: bytes) -> bytes:
        """Set where it stands, and give its line."""
        self.writer, self.shard, self.seq, self.prev = writer, shard, seq, prev
        return line(self)


_STARTS = frozenset((Kind.SESSION_STARTED, Kind.SESSION_REFUSED))
_LIFE = frozenset(
    (
        Kind.SESSION_STARTED,
        Kind.SESSION_ELEVATED,
        Kind.SESSION_LOWERED,
        Kind.SESSION_EXTENDED,
        Kind.SESSION_ENDED,
        Kind.SESSION_REVIEWED,
    )
)


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


@lru_cache(maxsize=16)  # most records of a busy gateway share their millisecond
def timestamp(ms: int) -> str:
    """`ms` since the epoch as RFC 3339 in UTC: `2026-11-22T03:46:18.123Z`."""
    return _second(ms // 1000) + _THOUSANDTHS[ms % 1000]


_THOUSANDTHS = tuple(f".{ms:03d}Z" for ms in range(1000))


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


Shows = Callable[[str, str], bool]
"""Says whether a query field, of this name and value as on the wire, is on record as it is."""


def scrubbed(target: str, shows: Shows | None = None) -> str:
    """`target` with every value of its query replaced by `*`, for tokens travel there (threat 47).

    The path stays byte for byte (law 1); so do the names of the query's fields, except that a
    field without `=` is taken for a value. Fields stay as they are that are shown.
    """
    path, mark, query = target.partition("?")
    if not query:
        return target
    return path + mark + "&".join([_hidden(field, shows) for field in query.split("&")])


def _hidden(field: str, shows: Shows | None) -> str:
    name, equals, value = field.partition("=")
    if not equals:
        return "*" if name else ""
    if shows is not None and shows(name, value):
        return field
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
