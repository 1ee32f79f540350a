"""Reading Set-Cookie: what a browser would keep, and a plain reading of the draft beside ours."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sessions.cookie_date import cookie_date
from gateway.sessions.jar import Cookie
from gateway.sessions.set_cookie import read_set_cookie

NOW = 1_795_319_163_123
DAY = 86_400_000
HOST = "crm.example.com"


def read(field: str, *, path: str = "/", host: str = HOST) -> Cookie | None:
    return read_set_cookie(field.encode("latin-1"), host=host, path=path, now_ms=NOW)


def kept(field: str, *, path: str = "/", host: str = HOST) -> Cookie:
    cookie = read(field, path=path, host=host)
    assert cookie is not None
    return cookie


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


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "field",
    [
        "",
        "=",
        ";Path=/",
        "a=\0",
        "a=b\r\nX: y",
        "a=b\x7f",
        "a=b; x=\1",
        "a" * 2049 + "=" + "b" * 2048,
    ],
)
def test_row_8_what_a_browser_would_not_keep_is_not_kept(field: str) -> None:
    assert read(field) is None


@pytest.mark.parametrize(
    ("domain", "host", "is_for"),
    [
        ("", HOST, HOST),
        (".", HOST, HOST),
        ("crm.example.com", HOST, ".crm.example.com"),
        (".CRM.example.com", HOST, ".crm.example.com"),
        ("example.com", HOST, ".example.com"),
        ("com", HOST, None),
        ("..example.com", HOST, None),
        ("other.example.com", HOST, None),
        ("m.example.com", HOST, None),
        ("a.crm.example.com", HOST, None),
        ("exämple.com", HOST, None),
        ("localhost", "localhost", "localhost"),
        ("localhost", "crm.localhost", None),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("0.0.1", "127.0.0.1", None),
    ],
)
def test_a_domain_is_the_apps_host_or_above_it(domain: str, host: str, is_for: str | None) -> None:
    cookie = read(f"a=b; Domain={domain}", host=host)
    said = cookie and ("" if cookie.host_only else ".") + cookie.domain
    assert said == is_for


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
    ("attributes", "expires_at"),
    [
        ("", None),
        ("; Max-Age=60", NOW + 60_000),
        ("; Max-Age=0", NOW),
        ("; Max-Age=-5", NOW),
        ("; Max-Age=" + "9" * 1000, NOW + 400 * DAY),
        ("; Max-Age=1x", None),
        ("; Max-Age=+1", None),
        ("; Max-Age=\xb2", None),
        ("; Max-Age=", None),
        ("; Max-Age=60; Max-Age=x", NOW + 60_000),
        ("; Expires=Mon, 01 Jan 2080 00:00:00 GMT", NOW + 400 * DAY),
        ("; Expires=never", None),
        ("; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Expires=never", 1000),
        ("; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=60", NOW + 60_000),
        ("; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:01 GMT", NOW + 60_000),
    ],
)
def test_expiry(attributes: str, expires_at: int | None) -> None:
    assert kept(f"a=b{attributes}").expires_at == expires_at


@pytest.mark.parametrize(
    ("attributes", "same_site"),
    [
        ("", "Default"),
        ("; SameSite=strict", "Strict"),
        ("; SAMESITE=LAX", "Lax"),
        ("; SameSite=None; Secure", "None"),
        ("; SameSite=Strict; SameSite=what", "Default"),
    ],
)
def test_same_site(attributes: str, same_site: str) -> None:
    assert kept(f"a=b{attributes}").same_site == same_site


@pytest.mark.parametrize(
    ("field", "is_kept"),
    [
        ("a=b; SameSite=None", False),
        ("a=b; Partitioned", False),
        ("a=b; Partitioned; Secure", True),
        ("__Secure-a=b; Secure", True),
        ("__secure-a=b", False),
        ("__Host-a=b; Secure; Path=/", True),
        ("__Host-a=b; Secure", False),
        ("__Host-a=b; Path=/", False),
        ("__HOST-a=b; Secure; Path=/x", False),
        ("__Host-a=b; Secure; Path=/; Domain=crm.example.com", False),
        ("__Http-a=b; Secure; HttpOnly", True),
        ("__http-a=b; Secure", False),
        ("__Http-a=b; HttpOnly", False),
        ("__Host-Http-a=b; Secure; HttpOnly; Path=/", True),
        ("__Host-Http-a=b; Secure; Path=/", False),
        ("=__Host-a=b", False),
        ("__Secure-b", False),
        ("__Http-b; Secure; HttpOnly", False),
    ],
)
def test_a_cookie_is_what_its_name_and_attributes_promise(field: str, is_kept: bool) -> None:
    assert (read(field) is not None) is is_kept


def reference(field: str, host: str, path: str) -> dict[str, Any] | None:
    """RFC 6265bis, 5.6 and 5.7, step by step, for names without a prefix."""
    if any(ord(c) < 9 or 9 < ord(c) < 32 or ord(c) == 127 for c in field):
        return None
    pair, _, rest = field.partition(";")
    name, value = pair.split("=", 1) if "=" in pair else ("", pair)
    name, value = name.strip(" \t"), value.strip(" \t")
    if not name + value or len(name + value) > 4096:
        return None
    listed: list[tuple[str, Any]] = []
    for part in rest.split(";"):
        key, _, text = part.partition("=")
        key, text = key.strip(" \t").lower(), text.strip(" \t")
        if len(text) > 1024:
            continue
        if key == "expires":
            date = cookie_date(text)
            if date is not None:
                listed.append((key, min(date, NOW + 400 * DAY)))
        elif key == "max-age":
            digits = text[1:] if text[:1] == "-" else text
            if digits and all(c in "0123456789" for c in digits):
                seconds = min(int(text), 400 * 86_400)
                listed.append((key, NOW + seconds * 1000 if seconds > 0 else NOW))
        elif key == "domain":
            listed.append((key, (text[1:] if text[:1] == "." else text).lower()))
        elif key == "path":
            listed.append((key, text if text[:1] == "/" else folder(path)))
        else:
            listed.append((key, text))
    last = dict(listed)
    domain = last.get("domain", "")
    if domain and domain != host and not host.endswith("." + domain):
        return None
    if domain and "." not in domain and domain != host:
        return None
    word = last.get("samesite", "").lower()
    same_site = word.capitalize() if word in ("strict", "lax", "none") else "Default"
    if (same_site == "None" or "partitioned" in last) and "secure" not in last:
        return None
    return {
        "name": name,
        "value": value,
        "domain": domain or host,
        "host_only": not domain,
        "path": last.get("path", folder(path)),
        "secure": "secure" in last,
        "http_only": "httponly" in last,
        "same_site": same_site,
        "expires_at": last.get("max-age", last.get("expires")),
    }


def folder(path: str) -> str:
    return "/" if path.count("/") < 2 else path[: path.rindex("/")]


NAMES = [
    "Domain",
    "Path",
    "Expires",
    "Max-Age",
    "Secure",
    "HttpOnly",
    "SameSite",
    "Partitioned",
    "X",
]
VALUES = [
    "example.com",
    ".crm.example.com",
    "com",
    "/",
    "/a",
    "x",
    "0",
    "60",
    "-1",
    "1x",
    "Strict",
    "LAX",
    "none",
]
FIELDS = st.lists(
    st.tuples(
        st.sampled_from(NAMES).flatmap(
            lambda name: st.sampled_from([name, name.upper(), f" {name}"])
        ),
        st.sampled_from(["=", " = ", ""]),
        st.sampled_from([*VALUES, "Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2099 0:0:0", ""]),
    ).map("".join),
    max_size=6,
).map(lambda parts: ";".join(["a=b", *parts]))


@given(
    st.one_of(FIELDS, st.text(st.characters(max_codepoint=255), max_size=60)),
    st.sampled_from(["/", "/a", "/a/b", "/a/b/"]),
)
def test_it_keeps_what_the_draft_keeps(field: str, path: str) -> None:
    cookie = read(field, path=path)
    expected = reference(field, HOST, path)
    if cookie is None:
        assert expected is None
    else:
        said = msgspec.structs.asdict(cookie)
        assert expected == {key: said[key] for key in expected or said}
