"""Elastic Common Schema 8: a document a line.

ECS has a place for the user whose privileges another user has taken: `user.effective` is the
subject, `user` the actor.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gateway.audit.reading.fields import Fields, flat, host_and_port, ip_version, nested
from gateway.audit.reading.meaning import result, severity, summary

VERSION = "8.17.0"

_PATHS = {
    "id": "event.id",
    "kind": "event.action",
    "at": "@timestamp",
    "writer": "event.provider",
    "seq": "event.sequence",
    "request": "http.request.id",
    "site": "service.name",
    "actor.id": "user.id",
    "actor.name": "user.full_name",
    "actor.email": "user.email",
    "subject.id": "user.effective.id",
    "subject.name": "user.effective.full_name",
    "subject.email": "user.effective.email",
    "subject.account": "organization.id",
    "subject.account_name": "organization.name",
    "method": "http.request.method",
    "target": "url.original",
    "rule": "rule.name",
    "reason": "event.code",
    "detail": "event.reason",
    "status": "http.response.status_code",
    "bytes_in": "http.request.body.bytes",
    "bytes_out": "http.response.body.bytes",
    "media": "http.response.mime_type",
    "trace": "trace.id",
    "client.address": "client.address",
    "client.agent": "user_agent.original",
}
"""Where a field goes. All others go to `gateway.` and their name, which ECS leaves to others."""

_OF_BODIES = {
    "request.body": {"media": "http.request.mime_type", "body": "http.request.body.content"},
    "response.body": {"body": "http.response.body.content"},
}
"""Where fields of bodies go instead, by kind."""

_SORTS = {
    "request.intent": ("web", "info"),
    "request.outcome": ("web", "access"),
    "request.refused": ("web", "error"),
    "request": ("web", "info"),
    "response": ("web", "info"),
    "message.refused": ("web", "error"),
    "message": ("web", "info"),
    "session.started": ("session", "start"),
    "session.ended": ("session", "end"),
    "session": ("session", "info"),
    "operator.signed_in": ("authentication", "start"),
    "operator.signed_out": ("authentication", "end"),
    "operator.refused": ("authentication", "info"),
    "operator": ("iam", "info"),
    "gateway.started": ("process", "start"),
    "gateway.stopped": ("process", "end"),
    "gateway": ("configuration", "info"),
    "policies": ("configuration", "change"),
    "preferences": ("configuration", "change"),
    "people": ("iam", "change"),
    "directory": ("iam", "change"),
    "approval": ("iam", "info"),
    "consent": ("iam", "info"),
}
"""`event.category` and `event.type` by kind, or by its first part."""


def written(line: bytes, fields: Fields) -> bytes:
    """The record's document; `event.hash` is the SHA-256 of its line, which `prev` chains."""
    paths = {
        "ecs.version": VERSION,
        "message": summary(fields),
        "event.kind": "event",
        "event.module": "impersonation_gateway",
        "event.dataset": "impersonation_gateway.audit",
        "event.outcome": result(fields).value,
        "event.severity": severity(fields).value,
        "event.hash": hashlib.sha256(line).hexdigest(),
        **_sort(fields["kind"]),
    }
    places = _PATHS | _OF_BODIES.get(fields["kind"], {})
    for name, value in flat(fields).items():
        paths[places.get(name) or f"gateway.{name}"] = value
    paths |= _derived(paths, fields)
    return json.dumps(nested(paths), separators=(",", ":")).encode() + b"\n"


def _sort(kind: str) -> dict[str, Any]:
    category, sort = _SORTS.get(kind) or _SORTS.get(kind.partition(".")[0], ("", "info"))
    found = {"event.type": [sort]}
    return {"event.category": [category], **found} if category else found


def _derived(paths: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """What ECS says in a second form."""
    found: dict[str, Any] = {}
    if target := fields.get("target"):
        found["url.path"], mark, query = target.partition("?")
        if mark:
            found["url.query"] = query
    if host := fields.get("host"):
        found["url.domain"], port = host_and_port(host)
        if port is not None:
            found["url.port"] = port
    if profile := fields.get("actor", {}).get("profile"):
        found["user.roles"] = [profile]
    if "ms" in fields:
        found["event.duration"] = fields["ms"] * 1_000_000
    if ip_version(address := fields.get("client", {}).get("address", "")):
        found["client.ip"] = address
        found["related.ip"] = [address]
    users = [paths[name] for name in ("user.id", "user.effective.id") if name in paths]
    if users:
        found["related.user"] = users
    return found
