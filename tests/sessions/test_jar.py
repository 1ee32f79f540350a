"""The session's cookie jar against RFC 6265bis (sections 5.1 to 5.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sessions.jar import Cookie, cookie_header, has_room, read_set_cookie

NOW = 1_795_319_163_123
DAY = 86_400_000
HOST = "crm.example.com"


def read(field: str, *, path: str = "/", host: str = HOST) -> Cookie | None:
    return read_set_cookie(field.encode("latin-1"), host=host, path=path, now_ms=NOW)


def kept(field: str, *, path: str = "/", host: str = HOST) -> Cookie:
    cookie = read(field, path=path, host=host)
    assert cookie is not None
    return cookie


def jar(*cookies: Cookie) -> dict[str, Cookie]:
    return {cookie.key: cookie for cookie in cookies}


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ("a=b", "a", "b"),
        (" a \t=\t b ;x", "a", "b"),
        ('a="b c"', "a", '"b c"'),
        ("a=b=c", "a", "b=c"),
        ("a=", "a", ""),
        ("b", "", "b"),
        ("=b", "", "b"),
        ("a=b\tc", "a", "b\tc"),
        ("a=\xff", "a", "\xff"),
    ],
)
def test_name_and_value(field: str, name: str, value: str) -> None:
    cookie = kept(field)
    assert (cookie.name, cookie.value) == (name, value)


@pytest.mark.parametrize(
    "field",
    ["", "=", ";Path=/", "a=\0", "a=b\r\nX: y", "a=b\x7f", "a" * 2049 + "=" + "b" * 2048],
)
def test_what_a_browser_would_not_keep_is_not_kept(field: str) -> None:
    assert read(field) is None


@pytest.mark.parametrize(
    ("domain", "is_kept"),
    [
        ("crm.example.com", True),
        (".CRM.example.com", True),
        ("example.com", True),
        ("", True),
        ("other.example.com", False),
        ("m.example.com", False),
        ("a.crm.example.com", False),
    ],
)
def test_domain_must_match_the_apps_host(domain: str, is_kept: bool) -> None:
    assert (read(f"a=b; Domain={domain}") is not None) is is_kept


@pytest.mark.parametrize(
    ("attribute", "request_path", "path"),
    [
        ("", "/", "/"),
        ("", "/a", "/"),
        ("", "/a/b", "/a"),
        ("", "/a/b/", "/a/b"),
        ("; Path=", "/a/b", "/a"),
        ("; Path=x", "/a/b", "/a"),
        ("; path = /x/ ", "/a/b", "/x/"),
        ("; Path=/x; PATH=/y", "/a", "/y"),
        ("; Path=/" + "x" * 1024, "/a/b", "/a"),
    ],
)
def test_path_is_the_attribute_or_the_requests_folder(
    attribute: str, request_path: str, path: str
) -> None:
    assert kept(f"a=b{attribute}", path=request_path).path == path


@pytest.mark.parametrize(
    ("path", "cookie_path", "sent"),
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
def test_a_cookie_is_sent_below_its_path(path: str, cookie_path: str, sent: bool) -> None:
    header = cookie_header(jar(kept(f"a=b; Path={cookie_path}")), path=path, now_ms=NOW)
    assert header == (b"a=b" if sent else b"")


@pytest.mark.parametrize(
    ("attributes", "expires_at"),
    [
        ("", None),
        ("; Max-Age=60", NOW + 60_000),
        ("; Max-Age=0", NOW),
        ("; Max-Age=-5", NOW),
        ("; Max-Age=99999999999", NOW + 400 * DAY),
        ("; Max-Age=1x", None),
        ("; Max-Age=+1", None),
        ("; Max-Age=", None),
        ("; Expires=Thu, 01 Jan 1970 00:00:01 GMT", 1000),
        ("; Expires=Thu, 01-Jan-1970 00:00:01 GMT", 1000),
        ("; expires=Thursday, 01-Jan-70 00:00:01 GMT", 1000),
        ("; Expires=Thu Jan  1 00:00:01 1970", 1000),
        ("; Expires=Mon, 01 Jan 2080 00:00:00 GMT", NOW + 400 * DAY),
        ("; Expires=never", None),
        ("; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=60", NOW + 60_000),
        ("; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:01 GMT", NOW + 60_000),
    ],
)
def test_expiry(attributes: str, expires_at: int | None) -> None:
    assert kept(f"a=b{attributes}").expires_at == expires_at


def test_a_cookie_whose_time_is_over_is_not_sent() -> None:
    cookies = jar(kept("a=b; Max-Age=60"), kept("c=d"))
    assert cookie_header(cookies, path="/", now_ms=NOW + 59_999) == b"a=b; c=d"
    assert cookie_header(cookies, path="/", now_ms=NOW + 60_000) == b"c=d"


@pytest.mark.parametrize(
    ("field", "is_kept"),
    [
        ("__Secure-a=b; Secure", True),
        ("__secure-a=b", False),
        ("__Host-a=b; Secure; Path=/", True),
        ("__Host-a=b; Path=/", False),
        ("__HOST-a=b; Secure; Path=/x", False),
        ("__Host-a=b; Secure; Path=/; Domain=crm.example.com", False),
        ("=__Host-a=b", False),
        ("__Secure-b", False),
    ],
)
def test_prefixes_hold(field: str, is_kept: bool) -> None:
    assert (read(field) is not None) is is_kept


def test_longer_paths_first_then_older_ones() -> None:
    old = Cookie(name="old", value="1", path="/", secure=False, created_at=1)
    new = Cookie(name="new", value="2", path="/", secure=False, created_at=2)
    deep = Cookie(name="deep", value="3", path="/a", secure=False, created_at=3)
    bare = Cookie(name="", value="bare", path="/", secure=False, created_at=4)
    header = cookie_header(jar(new, bare, old, deep), path="/a/b", now_ms=NOW)
    assert header == b"deep=3; old=1; new=2; bare"


def test_one_name_on_two_paths_is_two_cookies() -> None:
    assert kept("a=1; Path=/").key != kept("a=1; Path=/x").key
    assert kept("a=1").key == kept("a=2; Secure; Max-Age=5").key


def test_it_holds_as_many_as_browsers_do() -> None:
    full = jar(*(kept(f"c{n}=1") for n in range(180)))
    assert not has_room(full, kept("more=1"))
    assert has_room(full, kept("c7=2"))


@given(st.binary(max_size=200))
def test_what_the_jar_sends_is_what_the_app_set(field: bytes) -> None:
    cookie = read_set_cookie(field, host=HOST, path="/a", now_ms=NOW)
    if cookie is None:
        return
    sent = cookie_header(jar(cookie), path=cookie.path, now_ms=NOW - 1)
    assert not set(sent) & {0x00, 0x0A, 0x0D, 0x3B}
    assert sent.replace(b"=", b"") in field.replace(b" ", b"").replace(b"=", b"") or b" " in sent
