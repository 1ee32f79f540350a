"""Which requests count as asked for on our own pages."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.console.guard import check_origin, check_own_page, check_token, form_token
from gateway.errors import Refused

ORIGIN = "https://acting.example.com"
OURS: list[dict[str, str]] = [
    {"Origin": ORIGIN},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
]
THEIRS: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://acting.example.com"},
    {"Origin": "https://acting.example.com:444"},
    {"Origin": "https://crm.example.com"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", OURS)
def test_our_own_page_passes(headers: dict[str, str]) -> None:
    check_own_page(make_mocked_request("POST", "/", headers=headers), ORIGIN)


@pytest.mark.threat(44)
@pytest.mark.parametrize("headers", THEIRS)
def test_threat_44_any_other_page_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Refused, match="cross_site"):
        check_origin(make_mocked_request("POST", "/", headers=headers), ORIGIN)


@pytest.mark.threat(44)
def test_threat_44_a_page_that_says_nothing_is_not_our_own() -> None:
    silent = make_mocked_request("POST", "/")
    check_origin(silent, ORIGIN)
    with pytest.raises(Refused, match="cross_site"):
        check_own_page(silent, ORIGIN)


@pytest.mark.threat(44)
@pytest.mark.parametrize(
    "given", ["", "x", form_token("another"), form_token("secret") + " ", "\udcff"]
)
def test_threat_44_only_the_token_of_this_secret_passes(given: str) -> None:
    check_token(form_token("secret"), "secret")
    with pytest.raises(Refused, match="form_token"):
        check_token(given, "secret")
