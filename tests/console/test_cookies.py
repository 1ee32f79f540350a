"""Reading and setting the gateway's own cookies."""

from __future__ import annotations

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.cookies import (
    OPERATOR_COOKIE,
    SESSION_COOKIE,
    drop_cookie,
    read_cookie,
    set_cookie,
)

TOKEN = "a" * 32


def cookie(line: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Cookie", line.encode()),)


def test_the_token_is_found_among_other_cookies() -> None:
    headers = ((b"cookie", b"a=1"), (b"COOKIE", f"b=2; {SESSION_COOKIE}={TOKEN}".encode()))
    assert read_cookie(headers, SESSION_COOKIE) == TOKEN


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "line",
    [
        "",
        f"{SESSION_COOKIE}={TOKEN}; {SESSION_COOKIE}={TOKEN}",
        f"{SESSION_COOKIE.lower()}={TOKEN}",
        f"\u2002{SESSION_COOKIE}={TOKEN}",
        f'{SESSION_COOKIE}="{TOKEN}"',
        f"{SESSION_COOKIE}={TOKEN}, x=1",
        f"{SESSION_COOKIE} ={TOKEN}",
        f"{SESSION_COOKIE}=short",
        f"{SESSION_COOKIE}=" + "a" * 257,
        f"{SESSION_COOKIE}",
    ],
)
def test_threat_8_a_doubled_or_malformed_cookie_is_no_cookie(line: str) -> None:
    assert read_cookie(cookie(line), SESSION_COOKIE) is None


@pytest.mark.threat(8)
def test_threat_8_two_cookie_fields_with_one_name_are_no_cookie() -> None:
    once = cookie(f"{SESSION_COOKIE}={TOKEN}")
    assert read_cookie(once, SESSION_COOKIE) == TOKEN
    assert read_cookie(once + once, SESSION_COOKIE) is None


@given(st.binary(max_size=80))
def test_no_bytes_make_reading_fail(line: bytes) -> None:
    read_cookie(((b"Cookie", line),), SESSION_COOKIE)


def test_cookies_are_bound_to_the_host_and_hidden_from_scripts() -> None:
    response = web.Response()
    set_cookie(response, OPERATOR_COOKIE, TOKEN, max_age=60)
    morsel = response.cookies[OPERATOR_COOKIE]
    assert morsel["secure"] is True
    assert morsel["httponly"] is True
    assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Lax", "")
    assert morsel["max-age"] == "60"


def test_dropping_says_what_a_host_bound_cookie_needs() -> None:
    response = web.Response()
    drop_cookie(response, OPERATOR_COOKIE)
    morsel = response.cookies[OPERATOR_COOKIE]
    assert morsel["secure"] is True
    assert (morsel["path"], morsel["max-age"]) == ("/", "0")
