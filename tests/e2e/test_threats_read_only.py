"""Threat rows 23 to 26: who may only look changes nothing, by no verb, disguise or detour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

KNOWN = ("POST", "PUT", "PATCH", "DELETE")
UNKNOWN = (
    *("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH"),
    *("QUERY", "BIND", "REBIND", "ACL", "SOURCE", "LINK", "PURGE", "MERGE", "FROBNICATE"),
)


async def refused(gw: Running) -> list[tuple[str, str]]:
    """Method and reason of every refusal on record."""
    records = await gw.records()
    return [(r["method"], r["reason"]) for r in records if r["kind"] == "request.refused"]


async def raw(gw: Running, session: Entered, *lines: str, body: str = "") -> int:
    """Send a head as it is, with its body; give the status."""
    own = (f"Host: {session.host}", f"Cookie: {session.cookie}", f"Content-Length: {len(body)}")
    head = "\r\n".join([lines[0], *own, *lines[1:], "Connection: close"])
    answer = await gw.raw(f"{head}\r\n\r\n{body}".encode("latin-1"))
    return int(answer.split(b" ", 2)[1])


@pytest.mark.threat(23)
async def test_row_23_get_head_and_options_pass_and_no_other_verb(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    for verb in (*KNOWN, *UNKNOWN):
        assert (await gw.request(verb, "/a", session.headers)).status == 403, verb
    for spelling in ("get", "Get", "gET", "post"):
        assert await raw(gw, session, f"{spelling} /a HTTP/1.1") == 403, spelling
    assert app.seen == []
    said = dict(await refused(gw))
    assert said == {
        **dict.fromkeys(KNOWN, "read_only"),
        **dict.fromkeys((*UNKNOWN, "get", "Get", "gET", "post"), "unknown_method"),
    }
    app.reply = http(b"")
    for verb in ("GET", "HEAD", "OPTIONS"):
        assert (await gw.request(verb, "/a", session.headers)).status == 200, verb
    assert [seen.line.split()[0] for seen in app.seen] == [b"GET", b"HEAD", b"OPTIONS"]


@pytest.mark.threat(23)
async def test_row_23_a_verb_passes_where_the_site_lists_it_as_safe_and_in_no_mode_elsewhere(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    rules = [{"id": "dav", "allow": ["PROPFIND"], "path": "/dav/*"}]
    async with running(tmp_path, store_url, site(app.port, rules=rules)) as gw:
        for mode in ("read_only", "read_write"):
            session = await gw.enter(mode=mode)
            assert (await gw.request("PROPFIND", "/dav/a", session.headers)).status == 200
            assert (await gw.request("PROPFIND", "/a", session.headers)).status == 403
            assert (await gw.request("LOCK", "/dav/a", session.headers)).status == 403
    assert [seen.target for seen in app.seen] == ["/dav/a", "/dav/a"]


SEARCH: dict[str, Any] = {"rules": [{"id": "search", "allow": ["POST"], "path": "/search"}]}
FORM = "Content-Type: application/x-www-form-urlencoded"
PARTS = "Content-Type: multipart/form-data; boundary=b"
PART = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\nDELETE\r\n--b--\r\n'


@pytest.mark.threat(24)
async def test_row_24_no_request_may_ask_to_be_taken_for_another_method(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **SEARCH)) as gw:
        for mode in ("read_only", "read_write"):
            session = await gw.enter(mode=mode)
            for header in (
                *("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
                *("x-http-method-override", "X_HTTP_Method_Override", "X-HTTP_Method-override"),
            ):
                for start in ("GET /a", "POST /search", "OPTIONS /a"):
                    line = f"{start} HTTP/1.1"
                    assert await raw(gw, session, line, f"{header}: DELETE") == 403, header
            for query in ("_method=DELETE", "a=1&_METHOD=put", "%5fmethod=x", "_method[]=x"):
                for start in ("GET /a", "POST /search"):
                    line = f"{start}?{query} HTTP/1.1"
                    assert await raw(gw, session, line) == 403, query
        assert app.seen == []
        assert {reason for _, reason in await refused(gw)} == {"method_override"}


@pytest.mark.threat(24)
async def test_row_24_nor_may_a_form_that_was_let_in_to_read(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **SEARCH)) as gw:
        session = await gw.enter()
        post = "POST /search HTTP/1.1"
        for line, body in (
            (FORM, "q=1&_method=DELETE"),
            (FORM, "%5Fmethod=DELETE&q=1"),
            (PARTS, PART.format("_method")),
            (PARTS.replace("form-data", "mixed"), PART.format("_method")),
            (FORM.replace("x-www-form-urlencoded", "json"), '{"\\u005fmethod": "DELETE"}'),
            ("X-None: 1", "_method=DELETE"),
            (f"{FORM}; charset=utf-16", "q=1"),
            (f"{FORM}\r\nContent-Encoding: gzip", "q=1"),
        ):
            assert await raw(gw, session, post, line, body=body) == 403, (line, body)
        assert app.seen == []
        for line, body in ((FORM, "q=method"), (PARTS, PART.format("q"))):
            assert await raw(gw, session, post, line, body=body) == 200
        assert [seen.body for seen in app.seen] == [b"q=method", PART.format("q").encode()]


@pytest.mark.threat(24)
async def test_row_24_a_block_of_some_methods_is_not_got_around_by_a_form_in_any_mode(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    block = {"id": "no_delete", "block": ["DELETE"], "path": "/contacts/*"}
    async with running(tmp_path, store_url, site(app.port, rules=[block])) as gw:
        session = await gw.enter(mode="read_write")
        form = session.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        for target, body, status in (
            ("/contacts/7", "_method=delete", 403),
            ("/contacts/7", "name=Jonas", 200),
            ("/deals/7", "_method=delete", 200),
        ):
            answer = await gw.request("POST", target, form, data=body)
            assert answer.status == status, (target, body)
        assert [seen.body for seen in app.seen] == [b"name=Jonas", b"_method=delete"]


@pytest.mark.threat(25)
async def test_row_25_a_get_that_changes_things_is_stopped_by_its_rule_in_every_mode(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    rules = [
        {"id": "sign-out", "block": ["ANY"], "path": "/logout"},
        {"id": "delete", "block": ["GET"], "path": "/items/*/delete"},
        {"id": "everything", "allow": ["ANY"], "path": "/**"},
    ]
    async with running(tmp_path, store_url, site(app.port, rules=rules)) as gw:
        for mode in ("read_only", "read_write"):
            session = await gw.enter(mode=mode)
            for target in (
                *("/logout", "/logout?next=/", "/logout/", "/Logout", "/%6Cogout", "/log%6fut"),
                *("/items/7/delete", "/items/7/delete?id=7", "/items/7/DELETE/"),
            ):
                for verb in ("GET", "HEAD"):
                    answer = await gw.request(verb, target, session.headers)
                    assert answer.status == 403, (verb, target)
            assert (await gw.request("POST", "/logout", session.headers)).status == 403
            assert (await gw.get("/logout-help", session.headers)).status == 200
        assert [seen.target for seen in app.seen] == ["/logout-help"] * 2
        assert {reason for _, reason in await refused(gw)} == {"blocked_by_rule"}


@pytest.mark.threat(26)
async def test_row_26_a_post_that_only_reads_passes_by_exact_method_and_path(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **SEARCH)) as gw:
        session = await gw.enter()
        found = await gw.request("POST", "/search?page=2", session.headers, data=b"q")
        assert found.status == 200
        for verb, target in (
            *((verb, "/search") for verb in ("PUT", "PATCH", "DELETE")),
            *(
                ("POST", at)
                for at in ("/search/", "/Search", "/%73earch", "/searches", "/search;a")
            ),
            *(("POST", at) for at in ("/a/search", "/search/a", "/?/search", "/search%20")),
        ):
            answer = await gw.request(verb, target, session.headers)
            assert answer.status == 403, (verb, target)
        assert [(seen.target, seen.body) for seen in app.seen] == [("/search?page=2", b"q")]
        (intent,) = [r for r in await gw.records() if r["kind"] == "request.intent"]
        assert (intent["method"], intent["rule"]) == ("POST", "search")
