"""Addresses between the app's origin and the session's: whole origins, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.middleware.origins import Origins

APP = "crm.example.com"
SESSION = "abcdefghijklmnop.crm.example.com"
PORTS = st.sampled_from(["", ":8080"])
REST = st.from_regex(rb"\A([/?#][!-~]{0,20})?\Z")


@given(st.sampled_from(["http", "https"]), PORTS, REST)
def test_what_goes_to_the_app_comes_back_as_it_was(scheme: str, port: str, rest: bytes) -> None:
    origins = Origins(scheme, APP + port, SESSION + port)
    own = f"{scheme}://{SESSION}{port}".encode() + rest
    there = origins.to_app(own)
    assert there == f"{scheme}://{APP}{port}".encode() + rest
    assert origins.to_browser(there) == own


@given(st.sampled_from([b"http:", b"https:", b"", b"HTTP:"]), REST)
def test_the_app_may_name_itself_in_any_scheme(scheme: bytes, rest: bytes) -> None:
    origins = Origins("https", APP, SESSION)
    mapped = origins.to_browser(scheme + b"//CRM.example.com" + rest)
    assert mapped == b"https://" + SESSION.encode() + rest


@pytest.mark.parametrize(
    "address",
    [
        b"/path",
        b"https://other.example.com/",
        b"https://crm.example.com.evil.example/",
        b"https://crm.example.com:8443/",
        b"https://crm.example.com@evil.example/",
        b"https://evil.example/?https://crm.example.com/",
        b"crm.example.com",
        b"",
        b"*",
        b"null",
    ],
)
def test_what_is_not_the_apps_own_origin_stays(address: bytes) -> None:
    origins = Origins("https", APP, SESSION)
    assert origins.to_browser(address) == address
    assert origins.to_app(address) == address


@given(st.binary(max_size=40))
def test_on_one_origin_nothing_is_mapped(address: bytes) -> None:
    origins = Origins("http", APP, APP)
    assert origins.to_app(address) == origins.to_browser(address) == address


API = "api.example.org"
SEVERAL = Origins(
    "https", APP, SESSION, [("www." + APP, SESSION), (API, "abcdefghijklmnop-1.crm.example.com")]
)


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        (b"https://api.example.org/v1", b"https://abcdefghijklmnop-1.crm.example.com/v1"),
        (b"wss://API.example.org/ws?a", b"wss://abcdefghijklmnop-1.crm.example.com/ws?a"),
        (b"ws://crm.example.com:80", b"wss://abcdefghijklmnop.crm.example.com"),
        (b"https://crm.example.com:443/", b"https://abcdefghijklmnop.crm.example.com/"),
        (b"http://crm.example.com:80/", b"https://abcdefghijklmnop.crm.example.com/"),
        (b"https://www.crm.example.com/", b"https://abcdefghijklmnop.crm.example.com/"),
        (rb"https://crm.example.com\a", rb"https://abcdefghijklmnop.crm.example.com\a"),
        (b"http://crm.example.com:443/", b"http://crm.example.com:443/"),
        (b"ftp://crm.example.com/", b"ftp://crm.example.com/"),
        (b"https://x.api.example.org/", b"https://x.api.example.org/"),
    ],
)
def test_each_host_of_the_app_is_the_one_that_the_session_has_for_it(
    said: bytes, mapped: bytes
) -> None:
    assert SEVERAL.to_browser(said) == mapped


def test_the_app_sees_the_names_that_it_knows() -> None:
    own = SESSION.encode()
    further = own.replace(b".", b"-1.", 1)
    assert SEVERAL.to_app(b"https://" + own + b"/a") == b"https://crm.example.com/a"
    assert SEVERAL.to_app(b"https://" + further) == b"https://api.example.org"
    another = b"https://" + own.replace(b"a", b"b", 1)
    for stays in (b"http://" + own, b"https://" + own + b":444", another, b"null"):
        assert SEVERAL.to_app(stays) == stays


def test_with_a_port_that_browsers_see_only_that_one_is_the_app() -> None:
    origins = Origins("http", APP + ":8080", SESSION + ":8080", [(API + ":8080", "x.y:8080")])
    assert origins.to_browser(b"ws://api.example.org:8080/a") == b"ws://x.y:8080/a"
    for stays in (b"http://api.example.org/", b"http://api.example.org:80/"):
        assert origins.to_browser(stays) == stays
