"""What requests of one head in one session have in common, and what their targets decide."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.listener.request_reader import RequestReader
from gateway.middleware import READ_REQUEST
from gateway.middleware.draft import Draft
from gateway.middleware.origins import origins_of
from gateway.middleware.request_to_app import governed_head
from gateway.model import Permit, Session
from gateway.policy.decision import decide
from gateway.policy.graphql import Endpoints, compile_graphql
from gateway.policy.requests import RequestRule, compile_requests
from gateway.policy.workflows import Workflow, Workflows
from gateway.recorder import Particulars
from gateway.sessions.live import Live
from gateway.sessions.repository import Found
from gateway.shortcut.course import Course
from gateway.site import Place, Site
from gateway.upstream.client import Upstream
from gateway.upstream.request_head import NO_BODY, request_bytes
from tests.middleware.support import HOST, SITE
from tests.sample import SESSION

FIELDS = f"\r\nHost: {HOST}\r\nAccept: */*\r\nCookie: a=b\r\nReferer: http://x/y\r\n"
RULES = (RequestRule(id="no", effect="block", methods=("GET",), path="/no/**"),)
GOVERNED = replace(
    SITE,
    rules=compile_requests(RULES, beacons=["/beacon"]),
    graphql=Endpoints([compile_graphql("/graphql", introspection=False, persisted={})]),
)


def a_draft(target: str, more: str, site: Site) -> Draft:
    reader = RequestReader(1 << 16, peer="192.0.2.1", scheme="https")
    reader.feed(f"GET {target} HTTP/1.1{FIELDS}{more}\r\n".encode())
    request = reader.head()
    assert request is not None
    draft = Draft(request, Place("site", HOST, site), site, trusted_peer=False)
    for stage in READ_REQUEST:
        stage(draft)
    return draft


def a_course(more: str = "", site: Site = GOVERNED, session: Session = SESSION) -> Course:
    live = Live(Found(session, ("digest",), session.started_at, False), 0, {})
    return Course(a_draft("/", more, site), live, cast("Upstream", None))


def nothing_said(draft: Draft, permit: Permit, session: Session) -> Particulars:
    return cast("Particulars", None)


@given(
    st.sampled_from(["", "/no", "/beacon", "/graphql", "/no/", "/NO/x", "/n%6f/x"]),
    st.text(st.sampled_from("/ab%2e?_=&methodDELETE"), max_size=12),
    st.sampled_from(["", "X-HTTP-Method-Override: PUT\r\n", "Service-Worker: script\r\n"]),
)
def test_a_target_gets_the_verdict_of_who_decides_each_request(
    begin: str, rest: str, more: str
) -> None:
    course = a_course(more)
    target = f"{begin or '/'}{rest}"
    wire = msgspec.structs.replace(a_draft("/", more, GOVERNED).wire, target=target)
    told = decide(
        wire,
        SESSION,
        GOVERNED.rules,
        workflows=GOVERNED.workflows,
        now_ms=SESSION.started_at,
        idle_at_ms=SESSION.expires_at,
        upgrade=b"",
        sockets=GOVERNED.sockets,
        service_worker="Worker" in more,
        overrides_method="Override" in more,
    )
    long = GOVERNED.graphql.at(wire.path) is not None or not isinstance(told, Permit)
    route = course.route(target, nothing_said)
    assert route is None if long else (route and (route.permit, route.draft.wire)) == (told, wire)


@given(
    st.sampled_from(["/quotes", "/quotes/new", "/deals", "/Quotes", "/", ""]),
    st.text(st.sampled_from("/ab%2e?_=;"), max_size=12),
)
def test_in_a_session_of_a_workflow_nothing_else_goes_the_short_way(begin: str, rest: str) -> None:
    paths = ["/quotes/**"]
    quotes = Workflow(name="quotes", label="Quotes", start="/quotes", paths=paths)
    site = replace(SITE, workflows=Workflows([quotes]))
    session = msgspec.structs.replace(SESSION, workflow="quotes")
    target = f"{begin}{rest}" or "/"
    route = a_course(site=site, session=session).route(target, nothing_said)
    assert (route is not None) is quotes.holds(target.partition("?")[0])
    gone = msgspec.structs.replace(SESSION, workflow="gone")
    assert a_course(site=site, session=gone).route(target, nothing_said) is None


def test_where_rules_only_report_the_permit_says_what_they_would_have_said() -> None:
    reporting = replace(SITE, rules=compile_requests(RULES, report_only=True))
    route = a_course(site=reporting).route("/no/a", nothing_said)
    assert route is not None
    permit = route.permit
    assert (permit.would, permit.rule, permit.session) == ("blocked_by_rule", "no", SESSION)


def test_the_app_gets_the_fields_of_this_request_and_never_of_one_before() -> None:
    course, draft = a_course(), a_draft("/", "", GOVERNED)
    says: list[tuple[tuple[tuple[bytes, bytes], ...], bytes]] = [
        (((b"X-Remote-User", b"jonas"),), b"c=1"),
        (((b"X-Remote-User", b"jonas"),), b"c=2"),
        (((b"X-Remote-User", b"priya"),), b"c=2"),
        (((b"X-Remote-User", b"jonas"),), b""),
        (((b"X-Remote-User", b"jonas"),), b"c=1"),
    ]
    for identity, cookie in says:
        wire = request_bytes(governed_head(draft, origins_of(draft), identity, cookie), NO_BODY)
        for _ in range(2):
            assert b"GET / HTTP/1.1" + course.tail(identity, cookie) == wire


def test_a_course_holds_while_its_session_and_its_tokens_are_the_same() -> None:
    live = Live(Found(SESSION, ("digest",), SESSION.started_at, False), 0, {})
    course = Course(a_draft("/", "", GOVERNED), live, cast("Upstream", None))
    assert course.holds()
    live.take(msgspec.structs.replace(SESSION, reveal=("notes",)))
    assert not course.holds()
    live.take(SESSION)
    assert course.holds()
    live.tokens = ("digest", "another")
    assert not course.holds()
