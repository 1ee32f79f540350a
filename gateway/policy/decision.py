"""Decide one request: the only place that makes a Permit (house 7).

Pure and fast: what a session may do was compiled when it started and when the site was loaded, so
a request is decided without the store and without Cedar. Anything not allowed here is refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.model import Deny, Mode, Permit, RequestHead, Session
from gateway.policy.requests import RequestRules, method_override
from gateway.policy.sockets import Sockets
from gateway.policy.workflows import Workflows

UNGOVERNED: Final = "pass_through"


@lru_cache(maxsize=1024)
def permit_pass_through(site: str) -> Permit:
    """Let an ordinary user's request through, untouched: there is no session in it."""
    return Permit(site=site, rule=UNGOVERNED)


def decide(
    head: RequestHead,
    session: Session,
    rules: RequestRules,
    *,
    workflows: Workflows,
    now_ms: int,
    idle_at_ms: int,
    upgrade: bytes,
    sockets: Sockets,
    service_worker: bool,
    overrides_method: bool,
) -> Permit | Deny:
    """Say whether a governed request may go to the app.

    Where rules only report, what they refuse may go, and the permit says what they would have said.
    What a session is for is no rule: it holds there too.

    Args:
        head: the request as on the wire (law 1).
        session: the live session that its cookie names.
        rules: the site's request rules.
        workflows: the site's.
        now_ms: the wall clock.
        idle_at_ms: when the session ends for want of use.
        upgrade: the Upgrade field in lower case, empty without one.
        sockets: the WebSockets that the site's sessions may open.
        service_worker: the browser fetches a service worker's script (threat row 42).
        overrides_method: a header asks the app to take another method (threat row 24).
    """
    if now_ms >= session.expires_at or now_ms >= idle_at_ms:
        return _ended(session, now_ms)
    if rules.drops(head.path):
        return Deny(
            code="beacon_dropped",
            rule="beacons",
            status=204,
            title="This was not sent to the app",
            detail="Acting for somebody does not count as their use of the app.",
            advice="Nothing to do: the page is told that it worked.",
        )
    if session.workflow and not workflows.hold(session.workflow, head.path):
        return _outside(head, workflows.label(session.workflow))
    overrides = (overrides_method or _may_override(head.target)) and method_override(head)
    if overrides and not rules.report_only:
        return _deny(
            "method_override",
            "method_override",
            f"{_named(head)} asks the app to treat it as another method.",
            "Acting for somebody, each request must be what it says. Use the method itself.",
        )
    if service_worker:
        return _deny(
            "service_worker",
            "service_worker",
            "The page tried to install a service worker, which would outlive the session.",
            "Nothing to do: the page works without it.",
        )
    mode = session.mode_at(now_ms)
    decision = rules.decide(head.method, head.path, mode)
    if not decision.allowed and not rules.report_only:
        return _refuse(head, session, mode, decision.code, decision.rule)
    rule, would = decision.rule, decision.code
    if overrides:
        rule = would = "method_override"
    if upgrade:
        socket = sockets.rule_at(head.path) if upgrade == b"websocket" else None
        if socket is None:
            return _deny(
                "websocket_closed",
                "websocket_closed",
                "This WebSocket is closed while somebody acts for a user.",
                "Reload the page to see what is new.",
            )
        rule = socket
    return Permit(site=session.site, rule=rule, session=session, would=would)


def _may_override(target: str) -> bool:
    query = target.partition("?")[2]
    return bool(query) and ("%" in query or "ethod" in query.lower())


def _refuse(head: RequestHead, session: Session, mode: Mode, code: str, rule: str) -> Deny:
    name = session.subject.name
    if code == "blocked_by_rule":
        return _deny(
            code,
            rule,
            f"This site's rules keep {_named(head)} from being used while acting for somebody.",
            f"Ask {name} to do it themselves, or leave and do it as yourself.",
        )
    if code == "read_only" and mode is Mode.READ_ONLY:
        return _deny(
            code,
            rule,
            f"You are acting as {name} in look-only mode. {_named(head)} was not sent to the app.",
            "If the change is needed, ask to change: the details of the bar lead there.",
            title="This would change something, so it did not happen",
        )
    return _deny(
        code,
        rule,
        f"{_named(head)} is not a method that this site allows while acting for somebody.",
        "If it only reads, the platform team can allow it by a rule.",
    )


def _outside(head: RequestHead, label: str) -> Deny:
    return _deny(
        "outside_workflow",
        "outside_workflow",
        f"This session is for “{label}” and nothing else. {_named(head)} is not a part of it.",
        "Go back to it; or leave, and start a session that is not for a workflow.",
        title="This is outside of the workflow",
    )


def _ended(session: Session, now_ms: int) -> Deny:
    if now_ms >= session.expires_at:
        why = "Its time is over."
    else:
        why = f"It was not used for {session.idle_ms // 60_000} minutes."
    return Deny(
        code="session_ended",
        rule="session_ended",
        status=403,
        title=f"You are no longer acting as {session.subject.name}",
        detail=f"The session has ended. {why}",
        advice="Start a new one from the console.",
    )


def _deny(
    code: str, rule: str, detail: str, advice: str, *, title: str = "This was not sent to the app"
) -> Deny:
    return Deny(code=code, rule=rule, status=403, title=title, detail=detail, advice=advice)


def _named(head: RequestHead) -> str:
    path = head.path if len(head.path) <= 80 else head.path[:79] + "…"
    return f"{head.method} {path}"
