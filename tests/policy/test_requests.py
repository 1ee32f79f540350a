"""Request rules: what passes in which mode, and what a rule can change."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Mode, RequestHead
from gateway.policy.requests import (
    KNOWN_METHODS,
    SAFE_METHODS,
    RequestRule,
    compile_requests,
    method_override,
)

READ_ONLY, READ_WRITE = Mode.READ_ONLY, Mode.READ_WRITE


def allow(rule_id: str, methods: str, path: str) -> RequestRule:
    return _rule(rule_id, "allow", methods, path)


def block(rule_id: str, methods: str, path: str) -> RequestRule:
    return _rule(rule_id, "block", methods, path)


def _rule(rule_id: str, effect: Literal["allow", "block"], methods: str, path: str) -> RequestRule:
    return RequestRule(id=rule_id, effect=effect, methods=tuple(methods.split()), path=path)


def head(target: str = "/", *headers: tuple[bytes, bytes]) -> RequestHead:
    return RequestHead(method="GET", target=target, headers=headers, host="crm.example")


@pytest.mark.threat(23)
@pytest.mark.parametrize("method", sorted(SAFE_METHODS))
def test_row_23_safe_methods_pass_in_read_only(method: str) -> None:
    assert compile_requests([]).decide(method, "/a", READ_ONLY) == (
        True,
        "read_only.safe_methods",
        "",
    )


@pytest.mark.threat(23)
@pytest.mark.parametrize(
    ("method", "code"),
    [
        *((method, "read_only") for method in sorted(KNOWN_METHODS - SAFE_METHODS)),
        *(
            (method, "unknown_method")
            for method in ("PROPFIND", "LOCK", "SEARCH", "QUERY", "BIND", "MADE-UP", "get", "")
        ),
    ],
)
def test_row_23_everything_else_is_refused_in_read_only(method: str, code: str) -> None:
    decision = compile_requests([]).decide(method, "/a", READ_ONLY)
    assert not decision.allowed
    assert decision.code == code


@pytest.mark.parametrize("method", sorted(KNOWN_METHODS))
def test_known_methods_pass_in_read_write(method: str) -> None:
    assert compile_requests([]).decide(method, "/a", READ_WRITE).allowed


@pytest.mark.parametrize("method", ["PROPFIND", "post", "TRACE", "CONNECT"])
def test_unknown_methods_are_refused_in_read_write(method: str) -> None:
    assert not compile_requests([]).decide(method, "/a", READ_WRITE).allowed


@pytest.mark.threat(26)
def test_row_26_a_post_that_only_reads_passes_by_its_exact_rule() -> None:
    rules = compile_requests([allow("search", "POST", "/api/search")])
    assert rules.decide("POST", "/api/search", READ_ONLY) == (True, "search", "")
    assert not rules.decide("POST", "/api/search/", READ_ONLY).allowed
    assert not rules.decide("POST", "/API/search", READ_ONLY).allowed
    assert not rules.decide("PUT", "/api/search", READ_ONLY).allowed


@pytest.mark.threat(23)
def test_row_23_an_unknown_method_passes_only_where_a_rule_names_it() -> None:
    rules = compile_requests([allow("dav", "PROPFIND", "/dav/**"), allow("any", "ANY", "/any")])
    for mode in Mode:
        assert rules.decide("PROPFIND", "/dav/a", mode).allowed
        assert not rules.decide("PROPFIND", "/other", mode).allowed
        assert not rules.decide("PROPFIND", "/any", mode).allowed
        assert rules.decide("DELETE", "/any", mode).allowed


@pytest.mark.threat(25)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "MADE-UP", "get"])
def test_row_25_a_block_beats_allow_rules_and_modes(mode: Mode, method: str) -> None:
    rules = compile_requests([allow("all", "ANY GET", "/**"), block("sign_out", "ANY", "/logout")])
    assert rules.decide(method, "/LOGOUT/", mode) == (False, "sign_out", "blocked_by_rule")


@pytest.mark.threat(25)
def test_row_25_blocking_get_blocks_head_and_other_cases() -> None:
    rules = compile_requests([block("delete", "GET", "/delete/*")])
    assert not rules.decide("HEAD", "/delete/7", READ_WRITE).allowed
    assert rules.decide("get", "/delete/7", READ_WRITE).code == "blocked_by_rule"
    assert rules.decide("POST", "/delete/7", READ_WRITE).allowed


@pytest.mark.threat(12)
def test_row_12_rules_see_the_path_alone() -> None:
    rules = compile_requests([allow("search", "POST", "/search")])
    request = RequestHead(method="POST", target="/admin?x=/search", headers=(), host="h")
    assert not rules.decide(request.method, request.path, READ_ONLY).allowed


def test_every_fault_is_named_at_once() -> None:
    rules = [
        allow("twice", "POST", "/a"),
        allow("twice", "post", "/a"),
        block("empty", "", "/a"),
        allow("trace", "TRACE", "/a"),
        block("path", "GET", "a*"),
        _rule("", "alow", "GET", "/a"),  # type: ignore[arg-type]  # as a caller without types may
    ]
    with pytest.raises(ValueError, match="twice") as error:
        compile_requests(rules)
    for part in ("used twice", "'post'", "'empty'", "TRACE", "'path'", "has no id", "'alow'"):
        assert part in str(error.value)


methods = st.one_of(st.sampled_from(sorted(KNOWN_METHODS)), st.text(max_size=8))
paths = st.one_of(
    st.sampled_from(["/", "/logout", "/Logout;x", "/a%2flogout", "/api/search"]),
    st.text(max_size=20),
)
rule_sets = st.lists(
    st.sampled_from(
        [
            allow("search", "POST", "/api/search"),
            allow("all", "ANY", "/**"),
            block("logout", "ANY", "/**/logout"),
            block("posts", "POST", "/api/*"),
        ]
    ),
    unique_by=lambda rule: rule.id,
)


@settings(deadline=None)
@given(rule_sets, methods, paths, st.sampled_from(Mode))
def test_a_block_wins_whatever_else_is_there(
    rules: list[RequestRule], method: str, path: str, mode: Mode
) -> None:
    alone = compile_requests([rule for rule in rules if rule.effect == "block"])
    if alone.decide(method, path, mode).code == "blocked_by_rule":
        assert not compile_requests(rules).decide(method, path, mode).allowed


@settings(deadline=None)
@given(methods, paths)
def test_without_rules_only_safe_methods_pass_in_read_only(method: str, path: str) -> None:
    assert compile_requests([]).decide(method, path, READ_ONLY).allowed is (method in SAFE_METHODS)


@settings(deadline=None)
@given(methods, paths, st.text(max_size=10))
def test_an_unknown_mode_allows_nothing_by_itself(method: str, path: str, mode: str) -> None:
    unknown: Mode = mode  # type: ignore[assignment]  # a value that no caller with types can pass
    assert not compile_requests([]).decide(method, path, unknown).allowed


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    "name",
    [
        b"X-HTTP-Method-Override",
        b"x-http-method",
        b"X-METHOD-OVERRIDE",
        b"X_HTTP_Method_Override",
        b"X.Http.Method",
    ],
)
def test_row_24_override_headers_are_found(name: bytes) -> None:
    assert method_override(head("/", (b"Accept", b"*/*"), (name, b"DELETE"))) is not None


@pytest.mark.threat(24)
@pytest.mark.parametrize(
    "query",
    [
        "_method=DELETE",
        "a=1&_method=PUT",
        "a=1;_method=PUT",
        "_METHOD=x",
        "_method",
        "%5fmethod=DELETE",
        "%255Fmethod=DELETE",
        ".method=DELETE",
        "%20_method=DELETE",
        "[method=DELETE",
        "_method[]=DELETE",
        "_HttpMethod=PATCH",
        "X-HTTP-Method-Override=PATCH",
    ],
)
def test_row_24_override_parameters_are_found(query: str) -> None:
    assert method_override(head(f"/a?{query}")) is not None


@pytest.mark.parametrize("target", ["/_method", "/a?method=post", "/a?q=_method", "/a?my_method=1"])
def test_what_is_no_override_passes(target: str) -> None:
    assert method_override(head(target, (b"X-Method", b"a"))) is None


def test_what_is_blocked_is_said_in_words_for_people() -> None:
    rules = compile_requests(
        [
            block("a", "ANY", "/sign-out"),
            block("b", "GET", "/export/**"),
            block("c", "POST DELETE", "/users/*/keys"),
            block("d", "ANY", "/settings/password"),
            allow("e", "POST", "/search"),
        ]
    )
    assert rules.blocked(Mode.READ_WRITE) == (
        "opening or sending anything to /sign-out and /settings/password",
        "opening /export/…",
        "sending anything to /users/…/keys",
    )
    assert rules.blocked(Mode.READ_ONLY) == (
        "every change",
        "opening /sign-out, /export/… and /settings/password",
    )
