"""What the app gets of a session's cookies, and of those that the browser holds (law 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sessions.jar import Cookie, Reach, cookie_header
from gateway.sessions.set_cookie import read_set_cookie
from gateway.wire.script_cookies import ScriptCookie
from tests.sessions.support import a_cookie

NOW = 1_795_319_163_123
HOST = "crm.example.com"
SESSION = "abcdefghijklmnop"


def jar(*cookies: Cookie) -> dict[str, Cookie]:
    return {cookie.key: cookie for cookie in cookies}


def sent(
    *cookies: Cookie,
    host: str = HOST,
    path: str = "/",
    now: int = NOW,
    reach: Reach | None = None,
    written: dict[tuple[str, str], str] | None = None,
    known: int = 0,
) -> bytes:
    """The Cookie field. `written`: what the browser holds, by path and name."""
    in_browser = [ScriptCookie(SESSION, *key, value) for key, value in (written or {}).items()]
    return cookie_header(
        jar(*cookies),
        host=host,
        path=path,
        now_ms=now,
        reach=reach or Reach(),
        in_browser=in_browser,
        known=known,
    )


@pytest.mark.parametrize(
    ("path", "cookie_path", "is_sent"),
    [
        ("/", "/", True),
        ("/a", "/", True),
        ("/a", "/a", True),
        ("/a/", "/a", True),
        ("/a/b", "/a", True),
        ("/ab", "/a", False),
        ("/a", "/a/", False),
        ("/", "/a", False),
        ("/A", "/a", False),
    ],
)
def test_a_cookie_is_sent_below_its_path(path: str, cookie_path: str, is_sent: bool) -> None:
    assert sent(a_cookie("a", path=cookie_path), path=path) == (b"a=1" if is_sent else b"")


@pytest.mark.parametrize(
    ("host", "domain", "host_only", "is_sent"),
    [
        (HOST, HOST, True, True),
        (f"a.{HOST}", HOST, True, False),
        (f"a.{HOST}", HOST, False, True),
        ("api.example.com", "example.com", False, True),
        ("xexample.com", "example.com", False, False),
        ("example.com", HOST, False, False),
    ],
)
def test_a_cookie_is_sent_to_its_host_and_with_a_domain_below_it(
    host: str, domain: str, host_only: bool, is_sent: bool
) -> None:
    cookie = a_cookie("a", domain=domain, host_only=host_only)
    assert sent(cookie, host=host) == (b"a=1" if is_sent else b"")


def test_a_cookie_whose_time_is_over_is_not_sent() -> None:
    cookies = a_cookie("a", expires_at=NOW + 60_000), a_cookie("c")
    assert sent(*cookies, now=NOW + 59_999) == b"a=1; c=1"
    assert sent(*cookies, now=NOW + 60_000) == b"c=1"


@pytest.mark.parametrize(
    ("reach", "names"),
    [
        (Reach(), b"strict lax none default"),
        (Reach(cross_site=True, top_level=True, safe=True), b"lax none default"),
        (Reach(cross_site=True, top_level=True), b"none"),
        (Reach(cross_site=True, safe=True), b"none"),
    ],
)
def test_same_site_holds_inside_a_session(reach: Reach, names: bytes) -> None:
    kinds = ("Strict", "Lax", "None", "Default")
    cookies = [a_cookie(kind.lower(), same_site=kind) for kind in kinds]
    assert sent(*cookies, reach=reach) == b"; ".join(name + b"=1" for name in names.split())


def test_longer_paths_first_then_older_ones() -> None:
    cookies = (
        a_cookie("new", "2", created_at=2),
        a_cookie("", "bare", created_at=4),
        a_cookie("old", "1", created_at=1),
        a_cookie("deep", "3", path="/a", created_at=3),
    )
    assert sent(*cookies, path="/a/b") == b"deep=3; old=1; new=2; bare"


def test_a_name_is_another_cookie_on_another_path_or_domain() -> None:
    cookie = a_cookie("a")
    others = (
        a_cookie("a", path="/x"),
        a_cookie("a", host_only=False),
        a_cookie("a", domain="example.com"),
    )
    assert len({each.key for each in (cookie, *others)}) == 4
    assert cookie.key == a_cookie("a", "2", http_only=False, expires_at=5).key


READABLE = a_cookie("theme", "light", http_only=False, shown=True, version=3)


@pytest.mark.parametrize(
    ("known", "written", "header"),
    [
        (0, None, b"theme=light"),  # a program keeps no more than the session's cookie
        (2, None, b"theme=light"),
        (3, {("/", "theme"): "dark"}, b"theme=dark"),
        (0, {("/", "theme"): "dark"}, b"theme=dark"),
        (3, {("/", "theme"): ""}, b"theme="),
        (3, None, b""),
        (3, {("/x", "theme"): "dark"}, b""),
    ],
)
def test_what_scripts_can_read_is_sent_as_the_browser_has_it(
    known: int, written: dict[tuple[str, str], str] | None, header: bytes
) -> None:
    assert sent(READABLE, known=known, written=written) == header


@pytest.mark.threat(41)
@pytest.mark.parametrize(
    ("written", "header"),
    [
        ({("/", "sid"): "x"}, b"sid=1"),
        ({("/deep", "sid"): "x"}, b"sid=1"),
        ({("/", "__Http-a"): "x"}, b"sid=1"),
        ({("/", "__host-HTTP-a"): "x"}, b"sid=1"),
        ({("/", ""): "__Http-a=x"}, b"sid=1"),
        ({("/deep", "__Host-a"): "x"}, b"sid=1"),
        ({("/", "__Host-gateway_session"): "x"}, b"sid=1"),
        ({("/", "__Host-a"): "x"}, b"sid=1; __Host-a=x"),
        ({("/deep", "a"): "x"}, b"a=x; sid=1"),
        ({("/other", "a"): "x"}, b"sid=1"),
        ({("/", ""): "bare"}, b"sid=1; bare"),
    ],
)
def test_row_41_a_script_adds_cookies_but_never_over_one_that_it_may_not_have(
    written: dict[tuple[str, str], str], header: bytes
) -> None:
    assert sent(a_cookie("sid"), path="/deep/page", written=written) == header


@given(st.binary(max_size=200))
def test_what_the_jar_sends_is_what_the_app_set(field: bytes) -> None:
    cookie = read_set_cookie(field, host=HOST, path="/a", now_ms=NOW)
    if cookie is None:
        return
    line = sent(cookie, path=cookie.path, now=NOW - 1)
    assert not set(line) & {0x00, 0x0A, 0x0D, 0x3B}
    assert line.replace(b"=", b"") in field.replace(b" ", b"").replace(b"=", b"") or b" " in line
