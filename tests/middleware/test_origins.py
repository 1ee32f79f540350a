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
