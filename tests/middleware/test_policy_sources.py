"""Policies that name hosts of the app name the session's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.middleware.origins import Origins
from gateway.middleware.policy_sources import map_sources

ORIGINS = Origins(
    "https", "crm.example.com", "k.crm.example.com", [("api.x.org", "k-1.crm.example.com")]
)


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        (b"connect-src https://api.x.org", b"connect-src https://k-1.crm.example.com"),
        (b"connect-src wss://api.x.org:443/a", b"connect-src wss://k-1.crm.example.com/a"),
        (b"connect-src http://API.x.org", b"connect-src https://k-1.crm.example.com"),
        (b"img-src api.x.org/pics/ a.example", b"img-src k-1.crm.example.com/pics/ a.example"),
        (b"img-src api.x.org:*", b"img-src k-1.crm.example.com:*"),
        (b"img-src https://*.x.org/a", b"img-src https://*.x.org/a https://k-1.crm.example.com/a"),
        (b"img-src a;;  img-src\tcrm.example.com ;", b"img-src a;;  img-src\tk.crm.example.com ;"),
        (
            b"a-src crm.example.com, b-src crm.example.com",
            b"a-src k.crm.example.com, b-src k.crm.example.com",
        ),
        (b"report-uri https://crm.example.com/csp", b"report-uri https://k.crm.example.com/csp"),
    ],
)
def test_a_source_becomes_the_sessions(said: bytes, mapped: bytes) -> None:
    assert map_sources(said, ORIGINS) == mapped


@pytest.mark.parametrize(
    "said",
    [
        b"img-src 'self' https: data: * 'nonce-crm.example.com'",
        b"img-src *.crm.example.com crm.example.com.evil x.crm.example.com api.x.org:8443",
        b"trusted-types crm.example.com; sandbox allow-scripts",
        b"crm.example.com",
        b"",
    ],
)
def test_what_names_no_host_of_the_app_keeps_its_bytes(said: bytes) -> None:
    assert map_sources(said, ORIGINS) == said


@given(st.text("ab;, \t'*:/.-", max_size=60))
def test_no_other_policy_changes_by_a_byte(said: str) -> None:
    assert map_sources(said.encode(), ORIGINS) == said.encode()


def test_on_one_origin_nothing_is_mapped() -> None:
    said = b"img-src http://crm.example.com"
    assert map_sources(said, Origins("https", "crm.example.com", "crm.example.com")) == said
