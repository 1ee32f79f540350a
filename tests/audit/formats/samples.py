"""Records of every kind, and records as strangers would have them."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from gateway.audit.reading.fields import Fields, fields_of
from gateway.audit.record import (
    ConfigFile,
    Kind,
    Record,
    RecordClient,
    Trimmed,
    line,
    subject_of,
    timestamp,
)
from gateway.model import Mode, Remark
from tests.sample import ADA, NOW, SESSION

AT = timestamp(NOW + 123)
_SESSION: dict[str, Any] = {
    "session": "s1",
    "site": "crm",
    "actor": ADA,
    "subject": subject_of(SESSION),
    "mode": Mode.READ_ONLY,
}
_REQUEST: dict[str, Any] = _SESSION | {
    "request": "r1",
    "method": "GET",
    "target": "/deals/7?view=*",
    "host": "k3f9.crm.example.com:8443",
    "client": RecordClient(address="10.0.0.1", agent="Mozilla/5.0"),
}
_OF_KIND: dict[Kind, dict[str, Any]] = {
    Kind.REQUEST_INTENT: _REQUEST | {"decision": "allow", "rule": "safe_methods"},
    Kind.REQUEST_OUTCOME: _REQUEST
    | {
        "status": 200,
        "bytes_out": 512,
        "ms": 12,
        "app_ms": 9,
        "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
        "media": "text/html",
        "redactions": (Remark(rule="notes", category="private_notes", count=2),),
        "complete": True,
    },
    Kind.REQUEST_REFUSED: _REQUEST
    | {"decision": "deny", "rule": "read_only", "reason": "read_only", "status": 403},
    Kind.REQUEST_BODY: _REQUEST
    | {
        "rule": "api",
        "bytes_in": 14,
        "media": "application/json",
        "complete": True,
        "body": '{"a":"=1+1|"}',
        "body_hash": "ab" * 32,
    },
    Kind.RESPONSE_BODY: _REQUEST
    | {"rule": "api", "bytes_out": 9000, "media": "text/plain", "body": "Hi", "cut": True},
    Kind.MESSAGE_SENT: _SESSION | {"target": "/live", "decision": "allow", "bytes_in": 9},
    Kind.MESSAGE_REFUSED: _SESSION | {"target": "/live", "decision": "deny", "rule": "shapes"},
    Kind.SESSION_STARTED: _SESSION | {"decision": "allow", "why": "Cannot\nsee a deal"},
    Kind.SESSION_REFUSED: {"site": "crm", "actor": ADA, "decision": "deny", "reason": "no_grant"},
    Kind.SESSION_ENTERED: _SESSION | {"client": RecordClient(address="2001:db8::1")},
    Kind.SESSION_ENDED: _SESSION | {"reason": "left"},
    Kind.SESSION_ELEVATED: _SESSION | {"decision": "allow", "why": "A wrong address"},
    Kind.SESSION_REVIEWED: _SESSION | {"reason": "justified", "break_glass": True},
    Kind.APPROVAL_REFUSED: {"actor": ADA, "about": "a1", "site": "crm", "why": "Not today"},
    Kind.PEOPLE_CHANGED: {"actor": ADA, "about": "sam", "detail": "profile: Support -> Developer"},
    Kind.OPERATOR_SIGNED_IN: {"actor": ADA, "reason": "password"},
    Kind.OPERATOR_SIGNED_OUT: {"actor": ADA},
    Kind.OPERATOR_REFUSED: {
        "decision": "deny",
        "reason": "wrong_password",
        "method": "POST",
        "target": "/_gateway/sign-in",
        "client": RecordClient(address="10.0.0.1"),
    },
    Kind.GATEWAY_STARTED: {"config": (ConfigFile(file="gateway.yaml", sha256="ab" * 32),)},
    Kind.AUDIT_TRIMMED: {"until": "5-0", "trimmed": (Trimmed(writer="w0", seq=9, hash=b"h"),)},
    Kind.AUDIT_LOST: {"lost": (3, 9), "signature": b"s"},
}


def a_line(kind: Kind = Kind.REQUEST_OUTCOME, **changes: Any) -> bytes:
    """The line of a record of `kind`, with what such records hold."""
    record = Record(id="01A", kind=kind, at=AT, **(_OF_KIND.get(kind, {}) | changes))
    return record.place("w1", 1, 4, b"\0" * 32)


def fields(line: bytes) -> Fields:
    """The fields of a line that holds a record."""
    found = fields_of(line)
    assert found is not None
    return found


def of_a_newer_gateway(kind: str = "weather.changed") -> bytes:
    """The line of a record whose kind and some of whose fields nobody here has heard of."""
    known = msgspec.json.decode(a_line(Kind.SESSION_STARTED))
    return line_of({**known, "kind": kind, "changed": {"role": ["a", "b"]}, "weight": 7})


def line_of(found: dict[str, Any]) -> bytes:
    return msgspec.json.encode(found)


LINES = [*(a_line(kind) for kind in Kind), of_a_newer_gateway(), of_a_newer_gateway("request.held")]

TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "=1+1",
        " =1",
        "-2",
        "@a",
        "\t=",
        "\r\n",
        "a=b|c\\d",
        "\x1b[2J",
        "\u2028\x85",
        "‮",
        'a"b,c',
        "'",
    ]
)


@st.composite
def wild_lines(draw: st.DrawFn) -> bytes:
    """Lines of records in which every text is a stranger's."""
    kind = draw(st.sampled_from(Kind))
    texts: dict[str, Any] = {
        name: draw(TEXT)
        for name in (
            "method",
            "target",
            "host",
            "rule",
            "reason",
            "detail",
            "why",
            "ticket",
            "site",
        )
    }
    person = {name: draw(TEXT) for name in ("id", "name", "email", "profile")}
    return line(
        Record(
            id="01A",
            kind=kind,
            at=AT,
            writer="w1",
            seq=1,
            actor=msgspec.convert(person, type(ADA)),
            client=RecordClient(address=draw(TEXT), agent=draw(TEXT)),
            status=draw(st.sampled_from([0, 200, 404])),
            bytes_out=draw(st.integers(0, 1 << 40)),
            **texts,
        )
    )
