"""Open Cybersecurity Schema Framework (OCSF) 1.6: an event a line.

1.6 is the first version that knows a switch of accounts. Requests and messages are Web Resources
Activity (6001), sessions and sign-ins Authentication (3002), starts and stops of a gateway
Application Lifecycle (6002), and everything else a Base Event (0). What a class has no attribute
for, or not for such a value, is in `unmapped` under its own name: nothing is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.audit.reading.fields import Fields, flat, host_and_port, ip_version, ms_of, nested
from gateway.audit.reading.meaning import Result, result, severity, summary

VERSION = "1.6.0"


@dataclass(frozen=True, slots=True)
class _Class:
    """An event class: its number, and where fields go that it has attributes for."""

    uid: int
    name: str
    category: str
    paths: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Activity:
    of: _Class
    id: int
    name: str
    switches: bool = False


_PRODUCT = {"name": "Impersonation Gateway", "vendor_name": "impersonation-gateway"}

_ANY = {
    "id": "metadata.uid",
    "kind": "metadata.event_code",
    "at": "metadata.original_time",
    "writer": "metadata.log_provider",
    "seq": "metadata.sequence",
    "request": "metadata.correlation_uid",
    "rule": "policy.name",
    "reason": "status_code",
    "detail": "status_detail",
    "actor.id": "actor.user.uid",
    "actor.name": "actor.user.full_name",
    "actor.email": "actor.user.email_addr",
}
_HTTP = _ANY | {
    "client.address": "src_endpoint.ip",
    "client.agent": "http_request.user_agent",
    "method": "http_request.http_method",
}
_SERVICE = {"session": "session.uid", "site": "service.name"}
_ACCOUNT = {
    "subject.id": "user.uid",
    "subject.name": "user.full_name",
    "subject.email": "user.email_addr",
    "subject.account": "user.org.uid",
    "subject.account_name": "user.org.name",
}
_RESOURCE = {
    "session": "actor.session.uid",
    "site": "dst_endpoint.svc_name",
    "bytes_in": "http_request.body_length",
}
_ANSWER = {
    "status": "http_response.code",
    "bytes_out": "http_response.body_length",
    "ms": "http_response.latency",
    "media": "http_response.content_type",
}
"""Of an event that has a status: OCSF knows no response without a code."""

_BASE = _Class(0, "Base Event", "Uncategorized", _ANY)
_WEB = _Class(6001, "Web Resources Activity", "Application Activity", _HTTP | _RESOURCE)
_LIFE = _Class(6002, "Application Lifecycle", "Application Activity", _ANY)
_AUTH = _Class(3002, "Authentication", "Identity & Access Management", _HTTP | _SERVICE | _ACCOUNT)
_OTHER = 99
_SIGN_IN = replace(_AUTH, paths=_HTTP | _SERVICE)

_SWITCH = _Activity(_AUTH, 7, "Account Switch", switches=True)
_ACTIVITIES = {
    "session": _SWITCH,
    "session.ended": _Activity(_AUTH, 2, "Logoff", switches=True),
    "session.extended": _Activity(_AUTH, _OTHER, "session.extended", switches=True),
    "session.reviewed": _Activity(_AUTH, _OTHER, "session.reviewed", switches=True),
    "operator.signed_in": _Activity(_SIGN_IN, 1, "Logon"),
    "operator.signed_out": _Activity(_SIGN_IN, 2, "Logoff"),
    "gateway.started": _Activity(_LIFE, 3, "Start"),
    "gateway.stopped": _Activity(_LIFE, 4, "Stop"),
}
"""By kind, or by its first part."""

_READ, _UPDATE, _DELETE = (2, "Read"), (3, "Update"), (4, "Delete")
_METHODS = {"GET": _READ, "HEAD": _READ, "OPTIONS": _READ, "PUT": _UPDATE, "PATCH": _UPDATE}
_METHODS |= {"DELETE": _DELETE}
"""What a method says of what is done. POST says nothing."""
_KNOWN_METHODS = frozenset((*_METHODS, "CONNECT", "POST", "TRACE"))

_SIGN_IN_CODES = frozenset(("wrong_password", "too_many_tries", "token_refused", "not_an_operator"))
"""Reasons of `operator.refused` that refuse a sign-in."""

_STATUS = {Result.UNKNOWN: (0, "Unknown"), Result.SUCCESS: (1, "Success")}
_STATUS |= {Result.FAILURE: (2, "Failure")}
_SEVERITY = {1: "Informational", 2: "Low", 4: "High"}
_DECISIONS = {"allow": (1, 1), "deny": (2, 2)}
"""`action_id` and `disposition_id`: allowed, or denied and blocked."""

_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+")


def written(line: bytes, fields: Fields) -> bytes:
    """The record's event; `raw_data_hash` is of its line, which `prev` of the next one holds."""
    activity = _activity(fields)
    paths = {**_head(fields, activity), **_hash(line)}
    places = activity.of.paths | (_ANSWER if activity.of is _WEB and fields.get("status") else {})
    for name, value in flat(fields).items():
        path = places.get(name)
        paths[path if path and _fits(name, value) else f"unmapped.{name}"] = value
    paths.update(_derived(fields, activity))
    return json.dumps(nested(paths), separators=(",", ":")).encode() + b"\n"


def _activity(fields: Fields) -> _Activity:
    kind = fields["kind"]
    group = kind.partition(".")[0]
    if group in ("request", "response", "message"):
        method = fields.get("method", "")
        return _Activity(_WEB, *_METHODS.get(method, (_OTHER, method or kind)))
    if kind == "operator.refused" and fields.get("reason") in _SIGN_IN_CODES:
        return _ACTIVITIES["operator.signed_in"]
    if found := _ACTIVITIES.get(kind) or _ACTIVITIES.get(group):
        return found
    of = {"operator": _SIGN_IN, "gateway": _LIFE}.get(group, _BASE)
    return _Activity(of, _OTHER, kind)


def _head(fields: Fields, activity: _Activity) -> dict[str, Any]:
    of, (status, status_name), weight = activity.of, _STATUS[result(fields)], severity(fields)
    return {
        "class_uid": of.uid,
        "class_name": of.name,
        "category_uid": of.uid // 1000,
        "category_name": of.category,
        "activity_id": activity.id,
        "activity_name": activity.name,
        "type_uid": of.uid * 100 + activity.id,
        "severity_id": weight.value,
        "severity": _SEVERITY[weight],
        "status_id": status,
        "status": status_name,
        "time": ms_of(fields["at"]),
        "message": summary(fields),
        "metadata.version": VERSION,
        "metadata.product": _PRODUCT,
        "metadata.profiles": ["host", "security_control"],
        "metadata.log_name": f"gateway:audit:{fields.get('shard', 0)}",
        "metadata.log_version": str(fields["v"]),
    }


def _hash(line: bytes) -> dict[str, Any]:
    return {
        "raw_data_hash.algorithm_id": 3,
        "raw_data_hash.algorithm": "SHA-256",
        "raw_data_hash.value": hashlib.sha256(line).hexdigest(),
    }


def _fits(name: str, value: Any) -> bool:
    """Whether OCSF's type of the attribute can hold it."""
    match name:
        case "client.address":
            return ip_version(value) > 0
        case "actor.email" | "subject.email":
            return _EMAIL.fullmatch(value) is not None
        case "method":
            return value in _KNOWN_METHODS
    return True


def _derived(fields: Fields, activity: _Activity) -> Iterator[tuple[str, Any]]:
    """What a class needs besides, and what OCSF says in another form."""
    if fields.get("status") and not fields.get("reason"):
        yield "status_code", str(fields["status"])
    if decision := _DECISIONS.get(fields.get("decision", "")):
        yield "action_id", decision[0]
        yield "disposition_id", decision[1]
    if profile := fields.get("actor", {}).get("profile"):
        yield "actor.user.groups", [{"name": profile}]
    if activity.of.uid == _AUTH.uid:
        yield from _account(fields, activity)
    elif activity.of is _WEB:
        yield from _resource(fields)
    elif activity.of is _LIFE:
        yield "app", _PRODUCT


def _account(fields: Fields, activity: _Activity) -> Iterator[tuple[str, Any]]:
    if not fields.get("site"):
        yield "service.name", _PRODUCT["name"]
    if activity.switches:
        yield "account_switch_type_id", 2
        yield "account_switch_type", "Impersonate"
    person = fields.get("subject" if activity.of is _AUTH else "actor")
    if person is None:  # the attribute is required; type 0 is "Unknown"
        yield "user", {"name": "unknown", "type_id": 0}
        return
    yield "user.type_id", 1
    if activity.of is _SIGN_IN:
        yield "user.uid", person["id"]
        yield "user.full_name", person["name"]


def _resource(fields: Fields) -> Iterator[tuple[str, Any]]:
    path, mark, query = fields.get("target", "").partition("?")
    host, port = host_and_port(fields.get("host", ""))
    yield "web_resources", [{"name": path or host or "unknown"}]
    if host:
        yield "dst_endpoint.hostname", host
    if path:
        yield "http_request.url.path", path
        if host:
            yield "http_request.url.hostname", host
        if port is not None:
            yield "http_request.url.port", port
        if mark:
            yield "http_request.url.query_string", query
