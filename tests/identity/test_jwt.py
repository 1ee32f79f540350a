"""The token driver: who acts for whom, signed, in time, and never beyond the session."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from msgspec.structs import replace

from gateway.identity.jwt import JwtDriver, JwtSettings
from gateway.identity.keys import KeyRing, new_key, new_ring, rotated
from gateway.model import Session
from tests.sample import ADA, NOW, SESSION, acting_for

LIFETIME = 60_000


class Gateway:
    """A driver and the ring it signs with."""

    def __init__(self, header: str = "X-Identity", claim: str = "") -> None:
        self.ring: KeyRing = new_ring("ES256", NOW)
        settings = JwtSettings(
            header=header,
            audience="crm",
            issuer="https://gw.example",
            lifetime_ms=LIFETIME,
            capabilities_claim=claim,
        )
        self.driver = JwtDriver(settings, lambda: self.ring)

    def token(self, session: Session = SESSION, now_ms: int = NOW) -> str:
        ((_, value),) = self.driver.edits(session, now_ms)
        return value.decode()

    def claims(self, session: Session = SESSION, now_ms: int = NOW) -> dict[str, Any]:
        keys = jwt.PyJWKSet.from_dict(self.ring.jwks())
        token = self.token(session, now_ms)
        return jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]],
            audience="crm",
            issuer="https://gw.example",
            options={"verify_exp": False},  # the test's clock is not the machine's
        )


def test_the_token_names_subject_and_actor() -> None:
    gateway = Gateway()
    assert gateway.driver.managed == ("X-Identity",)
    assert gateway.claims() == {
        "iss": "https://gw.example",
        "sub": "jonas.weber",
        "act": {"sub": "ada"},
        "aud": "crm",
        "iat": NOW // 1000,
        "exp": (NOW + LIFETIME) // 1000,
        "jti": f"s1.{NOW}",
    }


def test_in_authorization_it_is_a_bearer_token() -> None:
    assert Gateway("Authorization").token().startswith("Bearer ey")


def test_a_token_is_used_again_for_half_its_lifetime() -> None:
    gateway = Gateway()
    first = gateway.token()
    assert gateway.token(now_ms=NOW + LIFETIME // 2 - 1) == first
    second = gateway.token(now_ms=NOW + LIFETIME // 2)
    assert second != first
    assert gateway.token(now_ms=NOW + LIFETIME // 2 + 1) == second


def test_a_clock_that_jumps_back_makes_a_new_token() -> None:
    gateway = Gateway()
    first = gateway.token()
    assert gateway.token(now_ms=NOW - 1) != first


def test_a_token_never_outlives_the_session() -> None:
    claims = Gateway().claims(replace(SESSION, expires_at=NOW + 5_000))
    assert claims["exp"] == (NOW + 5_000) // 1000


def test_sessions_never_share_a_token() -> None:
    gateway = Gateway()
    assert gateway.claims()["sub"] == "jonas.weber"
    # Even one id would not do: what counts is who is in the session.
    assert gateway.claims(acting_for(id="mei.tanaka"))["sub"] == "mei.tanaka"
    other_actor = replace(SESSION, actor=replace(ADA, id="sam"))
    assert gateway.claims(other_actor)["act"] == {"sub": "sam"}


def test_the_next_key_signs_at_once() -> None:
    gateway = Gateway()
    first = gateway.token()
    gateway.ring = rotated(gateway.ring, new_key("ES256"), NOW)
    second = gateway.token()
    assert jwt.get_unverified_header(second)["kid"] == gateway.ring.current.id
    assert jwt.get_unverified_header(first)["kid"] != gateway.ring.current.id


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"header": "X Id"}, "name"), ({"lifetime_ms": 9_999}, "lifetime"), ({"header": ""}, "name")],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, Any], fault: str) -> None:
    fine = JwtSettings(header="X-Id", audience="crm", issuer="gw", lifetime_ms=LIFETIME)
    with pytest.raises(ValueError, match=fault):
        JwtDriver(replace(fine, **change), lambda: new_ring("ES256", NOW))


def test_a_claim_lists_what_the_session_gives_the_actor() -> None:
    gateway = Gateway(claim="capabilities")
    given = replace(SESSION, capabilities=("edit_prices", "edit_shipping"))
    assert gateway.claims()["capabilities"] == []
    assert gateway.claims(given)["capabilities"] == ["edit_prices", "edit_shipping"]
    less = replace(given, capabilities=("edit_prices",))
    assert gateway.token(less) != gateway.token(given)
    assert gateway.claims(less)["capabilities"] == ["edit_prices"]
    assert "capabilities" not in Gateway().claims(given)


@pytest.mark.parametrize("claim", ["sub", "act", "exp", "iss", "may_act"])
def test_no_claim_of_a_token_is_given_another_meaning(claim: str) -> None:
    with pytest.raises(ValueError, match="means something else"):
        Gateway(claim=claim)
