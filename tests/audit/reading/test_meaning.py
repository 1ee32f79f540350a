"""How what a record tells of came out."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.reading.meaning import Result, result

STREAM = {"status": 200, "media": "text/event-stream", "complete": False}


@pytest.mark.parametrize(
    ("kind", "fields", "came_out"),
    [
        ("session.started", {}, Result.SUCCESS),
        ("session.refused", {}, Result.FAILURE),
        ("request.intent", {"decision": "allow"}, Result.UNKNOWN),
        ("request.refused", {"decision": "deny"}, Result.FAILURE),
        ("audit.lost", {}, Result.FAILURE),
        ("request.outcome", {"status": 200, "complete": True}, Result.SUCCESS),
        ("request.outcome", {"status": 404, "complete": True}, Result.FAILURE),
        ("request.outcome", {"reason": "unknown"}, Result.UNKNOWN),
        ("request.outcome", {"status": 200, "complete": False}, Result.FAILURE),
        ("request.outcome", {"status": 200, "reason": "client_gone"}, Result.FAILURE),
        ("request.outcome", STREAM | {"reason": "client_gone"}, Result.SUCCESS),
        ("request.outcome", STREAM | {"reason": "cut"}, Result.SUCCESS),
        ("request.outcome", STREAM | {"reason": "upstream_cut_short"}, Result.FAILURE),
        ("request.outcome", STREAM | {"reason": "unknown"}, Result.UNKNOWN),
    ],
)
def test_it_fails_by_what_went_wrong_and_not_by_how_a_stream_ends(
    kind: str, fields: dict[str, Any], came_out: Result
) -> None:
    assert result({"kind": kind, **fields}) is came_out
