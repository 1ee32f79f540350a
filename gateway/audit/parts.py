"""Records of governed requests, put together from parts that are JSON already.

Most of what is said of a request is said of its session and its client again and again, so it is
encoded once. The line is that of the `Record` with the same values (tested). Parts are made of
structs whose fields have the names, the order and the defaults of Record's.
"""

from __future__ import annotations

from binascii import b2a_base64
from functools import lru_cache
from typing import Literal

import msgspec

from gateway.audit.record import Kind, RecordClient, RecordSubject, line, subject_of
from gateway.audit.trace import trace_id
from gateway.model import Actor, Mode, Session

AGENT_LIMIT = 256
"""Characters of a User-Agent that go on record."""

_CLIENTS = _RULES = 256
"""Parts that are kept: of an address and an agent; of a host and what allowed a request there."""


class Part(msgspec.Struct, omit_defaults=True):
    """Some fields of a record that follow each other there."""


class _Who(Part, kw_only=True):
    session: str = ""
    site: str = ""
    actor: Actor
    subject: RecordSubject
    mode: Mode


class Asked(Part, kw_only=True):
    """What was asked for."""

    method: str = ""
    target: str = ""


class _Allowed(Part, kw_only=True):
    host: str = ""
    decision: Literal["", "allow"] = ""
    rule: str = ""
    would: str = ""


class Runs(Part, kw_only=True):
    """What an intent's request runs, where its method and target do not say that."""

    detail: str = ""


class MayShow(Part, kw_only=True):
    """What the answer to an intent's request may show."""

    shown: tuple[str, ...] = ()


class Judged(Part, kw_only=True):
    """What was decided of a WebSocket's message."""

    target: str = ""
    decision: Literal["allow", "deny"]
    rule: str = ""
    reason: str = ""
    detail: str = ""
    bytes_in: int = 0


class Told(Part, kw_only=True):
    """What is on record of a body."""

    rule: str = ""
    reason: str = ""
    bytes_in: int = 0
    bytes_out: int = 0
    media: str = ""
    complete: bool | None = None
    body: str = ""
    cut: bool = False
    body_hash: str = ""


class _Client(Part, kw_only=True):
    client: RecordClient


class _Traced(Part, kw_only=True):
    trace: str = ""


class RequestRecord(msgspec.Struct, frozen=True):
    """A record of the request that a session's `id` names `request`.

    `id`, `at` and `request` are as Ids and `timestamp` make them. `rest`: parts, from `session` on.
    `marks`: under which names it is found again.
    """

    id: str
    kind: Kind
    at: str
    request: str
    session: str
    rest: str
    marks: bytes

    def place(self, writer: str, shard: int, seq: int, prev: bytes) -> bytes:
        """Give the line of it where it stands; see `Record.place`."""
        beside = f',"shard":{shard}' if shard else ""
        chained = b2a_base64(prev, newline=False).decode()
        return (
            f'{{"v":1,"id":"{self.id}","kind":"{self.kind}","at":"{self.at}","writer":"{writer}",'
            f'"seq":{seq}{beside},"prev":"{chained}","request":"{self.request}"{self.rest}}}'
        ).encode()


def part(value: Part) -> str:
    """The fields of `value` as JSON in ASCII, a comma before each."""
    fields = line(value)
    return f",{fields[1:-1].decode()}" if len(fields) > 2 else ""


def who(session: Session) -> str:
    """The part that names a session, its people and its mode (law 11)."""
    return part(
        _Who(
            session=session.id,
            site=session.site,
            actor=session.actor,
            subject=subject_of(session),
            mode=session.mode,
        )
    )


@lru_cache(_RULES)
def allowed(host: str, rule: str, would: str) -> str:
    """The part of an intent that says what allowed it."""
    return part(_Allowed(host=host, decision="allow", rule=rule, would=would))


@lru_cache(_CLIENTS)
def client(address: str, agent: bytes) -> str:
    """The part that says where a request came from.

    Args:
        agent: of a User-Agent, as much as `AGENT_LIMIT` characters may take.
    """
    named = agent.decode("utf-8", "replace")[:AGENT_LIMIT]
    return part(_Client(client=RecordClient(address=address, agent=named)))


def traced(traceparent: bytes) -> str:
    """The part that says which trace a request belongs to; nothing where that is no trace."""
    return part(_Traced(trace=trace_id(traceparent)))
