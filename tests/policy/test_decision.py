"""One request is decided from what was compiled; whatever is not allowed is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.model import Deny, Mode, Permit, RequestHead
from gateway.policy.decision import decide, permit_pass_through
from gateway.policy.messages import ListedMessages
from gateway.policy.paths import PathPattern
from gateway.policy.requests import RequestRule, RequestRules, compile_requests
from gateway.policy.sockets import Socket, Sockets
from gateway.policy.workflows import NO_WORKFLOWS, Workflow, Workflows
from tests.sessions.support import START, Clock, a_session

SESSION = a_session(Clock())
IDLE_AT = START + SESSION.idle_ms
NO_RULES = compile_requests(())
SOCKETS = Sockets({"live": Socket(PathPattern("/ws"), ListedMessages("live", (), opened=False))})


def verdict(
    method: str = "GET",
    target: str = "/",
    *,
    mode: Mode = Mode.READ_ONLY,
    now_ms: int = START,
    upgrade: bytes = b"",
    service_worker: bool = False,
    overrides_method: bool = False,
    rules: RequestRules = NO_RULES,
    workflow: str = "",
    workflows: Workflows = NO_WORKFLOWS,
) -> Permit | Deny:
    headers = ((b"X-HTTP-Method-Override", b"DELETE"),) if overrides_method else ()
    return decide(
        RequestHead(method=method, target=target, headers=headers, host=SESSION.host),
        msgspec.structs.replace(SESSION, mode=mode, workflow=workflow),
        rules,
        workflows=workflows,
        now_ms=now_ms,
        idle_at_ms=IDLE_AT,
        upgrade=upgrade,
        sockets=SOCKETS,
        service_worker=service_worker,
        overrides_method=overrides_method,
    )


def code(said: Permit | Deny) -> str:
    return said.code if isinstance(said, Deny) else "permit"


@pytest.mark.threat(23)
@pytest.mark.parametrize(
    ("method", "mode", "said"),
    [
        ("GET", Mode.READ_ONLY, "permit"),
        ("HEAD", Mode.READ_ONLY, "permit"),
        ("OPTIONS", Mode.READ_ONLY, "permit"),
        ("POST", Mode.READ_ONLY, "read_only"),
        ("POST", Mode.READ_WRITE, "permit"),
        ("DELETE", Mode.READ_WRITE, "permit"),
    ],
)
def test_row_23_modes(method: str, mode: Mode, said: str) -> None:
    assert code(verdict(method, mode=mode)) == said


@pytest.mark.threat(23)
@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "get", "MADE-UP"])
@pytest.mark.parametrize("mode", Mode)
def test_row_23_unknown_methods_are_refused_in_any_mode(method: str, mode: Mode) -> None:
    assert isinstance(verdict(method, mode=mode), Deny)


@pytest.mark.threat(24)
def test_row_24_an_override_is_refused_in_header_and_query() -> None:
    assert code(verdict(overrides_method=True)) == "method_override"
    assert code(verdict(target="/a?_method=DELETE")) == "method_override"
    assert code(verdict(target="/a?%5fmethod=DELETE", mode=Mode.READ_WRITE)) == "method_override"
    assert code(verdict(target="/a?payment_kind=card")) == "permit"


@pytest.mark.threat(23)
@pytest.mark.threat(24)
def test_row_23_and_24_where_rules_only_report_the_permit_says_what_they_would() -> None:
    reporting = compile_requests((), report_only=True)
    for more, would, rule in (
        ({"method": "POST"}, "read_only", "read_only.safe_methods"),
        ({"method": "PROPFIND"}, "unknown_method", "known_methods"),
        ({"overrides_method": True}, "method_override", "method_override"),
        ({}, "", "read_only.safe_methods"),
    ):
        permit = verdict(rules=reporting, **more)
        assert isinstance(permit, Permit)
        assert (permit.would, permit.rule) == (would, rule)
    assert code(verdict(rules=reporting, service_worker=True)) == "service_worker"
    assert code(verdict(rules=reporting, upgrade=b"websocket")) == "websocket_closed"
    assert code(verdict(rules=reporting, now_ms=IDLE_AT)) == "session_ended"


@pytest.mark.threat(42)
def test_row_42_a_service_worker_is_refused() -> None:
    assert code(verdict(service_worker=True)) == "service_worker"


@pytest.mark.threat(28)
@pytest.mark.parametrize("mode", Mode)
def test_row_28_only_a_listed_websocket_may_be_opened(mode: Mode) -> None:
    assert code(verdict(upgrade=b"websocket", mode=mode)) == "websocket_closed"
    assert code(verdict(target="/ws", upgrade=b"h2c", mode=mode)) == "websocket_closed"
    permit = verdict(target="/ws?a=1", upgrade=b"websocket", mode=mode)
    assert isinstance(permit, Permit)
    assert permit.rule == "live"


@pytest.mark.parametrize(
    ("now_ms", "said"),
    [
        (IDLE_AT - 1, "permit"),
        (IDLE_AT, "session_ended"),
        (SESSION.expires_at, "session_ended"),
    ],
)
def test_time_is_over_exactly_then(now_ms: int, said: str) -> None:
    assert code(verdict(now_ms=now_ms)) == said


def test_a_permit_names_its_session_and_pass_through_has_none() -> None:
    permit = verdict()
    assert isinstance(permit, Permit)
    assert permit.session == SESSION
    assert permit_pass_through("crm").session is None


QUOTES = Workflows(
    [Workflow(name="quotes", label="Create a quote", start="/quotes", paths=["/quotes/**", "/ws"])]
)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PROPFIND"])
def test_a_session_of_a_workflow_gets_to_nothing_else(method: str, mode: Mode) -> None:
    for rules in (NO_RULES, compile_requests((), report_only=True)):
        more: dict[str, Any] = {
            "mode": mode,
            "rules": rules,
            "workflows": QUOTES,
            "workflow": "quotes",
        }
        refused = verdict(method, "/deals?x=/quotes/new", **more)
        assert isinstance(refused, Deny)
        assert (refused.code, refused.status) == ("outside_workflow", 403)
        assert "“Create a quote”" in refused.detail
        assert code(verdict(method, "/quotes/new?a=b", **more)) != "outside_workflow"
        assert code(verdict(method, "/quotes/new", **more | {"workflow": "gone"})) == (
            "outside_workflow"
        )
        assert code(verdict(method, "/deals", **more | {"workflow": ""})) != "outside_workflow"


def test_nor_to_a_websocket_outside_and_a_blocked_path_within_stays_blocked() -> None:
    blocking = compile_requests(
        [RequestRule(id="no", effect="block", methods=("ANY",), path="/quotes/out")]
    )
    within: dict[str, Any] = {"workflow": "quotes", "workflows": QUOTES, "rules": blocking}
    assert code(verdict(target="/ws", upgrade=b"websocket", **within)) == "permit"
    assert code(verdict(target="/live", upgrade=b"websocket", **within)) == "outside_workflow"
    assert code(verdict(target="/quotes/out", **within)) == "blocked_by_rule"
    assert code(verdict(method="POST", target="/quotes/a", **within)) == "read_only"
