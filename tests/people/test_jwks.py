"""An issuer's keys: fetched when needed, rotated at once, never for too long."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.people.jwks import FRESH_S, REFETCH_S, STALE_S, KeySet, read_keys
from tests.people.issuer import Issuer, public_jwk


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def given() -> tuple[Issuer, Clock, KeySet]:
    issuer, clock = Issuer(), Clock()
    return issuer, clock, KeySet(issuer.fetch, "ES256", clock)


async def test_keys_are_fetched_once_while_they_are_fresh() -> None:
    issuer, clock, keys = given()
    assert await keys.find("key0") is not None
    clock.now += FRESH_S - 1
    assert await keys.find("key0") is not None
    assert issuer.fetches == 1
    clock.now += 1
    await keys.find("key0")
    assert issuer.fetches == 2


async def test_a_rotated_key_works_at_once() -> None:
    issuer, clock, keys = given()
    await keys.find("key0")
    issuer.rotate()
    clock.now += REFETCH_S
    assert await keys.find("key1") is not None
    assert await keys.find("key0") is not None


async def test_unknown_kids_do_not_hammer_the_issuer() -> None:
    issuer, clock, keys = given()
    for i in range(100):
        assert await keys.find(f"made-up{i}") is None
    assert issuer.fetches == 1
    clock.now += REFETCH_S
    assert await keys.find("made-up") is None
    assert issuer.fetches == 2


async def test_a_withdrawn_key_is_gone_with_the_next_fetch() -> None:
    issuer, clock, keys = given()
    await keys.find("key0")
    issuer.rotate()
    del issuer.keys["key0"]
    clock.now += FRESH_S
    assert await keys.find("key0") is None


async def test_an_issuer_that_is_away_is_forgiven_for_a_while_only() -> None:
    issuer, clock, keys = given()
    await keys.find("key0")
    issuer.away = True
    clock.now += STALE_S - 1
    assert await keys.find("key0") is not None
    clock.now += 1
    with pytest.raises(ConnectionError):
        await keys.find("key0")
    issuer.away = False
    clock.now += REFETCH_S
    assert await keys.find("key0") is not None


async def test_an_issuer_that_was_never_there_gives_nothing() -> None:
    issuer, _, keys = given()
    issuer.away = True
    with pytest.raises(ConnectionError):
        await keys.find("key0")


@pytest.mark.parametrize("listed_kid", [None, "key0"])
async def test_one_key_alone_needs_no_name_in_the_token(listed_kid: str | None) -> None:
    async def fetch() -> bytes:
        jwk = public_jwk(Issuer().keys["key0"])
        return json.dumps(
            {"keys": [jwk if listed_kid is None else {**jwk, "kid": "key0"}]}
        ).encode()

    keys = KeySet(fetch, "ES256", Clock())
    assert await keys.find(None) is not None
    assert (await keys.find("other") is not None) is (listed_kid is None)


async def test_among_several_keys_a_token_must_name_its_own() -> None:
    issuer, _, keys = given()
    issuer.rotate()
    assert await keys.find(None) is None


def fit(*jwks: dict[str, Any], algorithm: str = "ES256") -> list[str | None]:
    return list(read_keys(json.dumps({"keys": jwks}).encode(), algorithm))


EC: dict[str, Any] = {**public_jwk(ec.generate_private_key(ec.SECP256R1())), "kid": "ec"}
RSA: dict[str, Any] = {
    **jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(65537, 2048).public_key(), as_dict=True
    ),
    "kid": "rsa",
}


@pytest.mark.threat(49)
def test_only_keys_that_fit_the_algorithm_are_kept() -> None:
    oct_key = {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}
    other = {**EC, "kid": "other", "alg": "ES384"}
    encrypts = {**EC, "kid": "enc", "use": "enc"}
    assert fit(oct_key, RSA, other, encrypts, EC) == ["ec"]
    assert fit(EC, RSA, algorithm="RS256") == ["rsa"]


@pytest.mark.threat(49)
def test_row_49_a_symmetric_key_is_never_one_of_an_issuers() -> None:
    with pytest.raises(ValueError, match="no key"):
        fit({"kty": "oct", "k": "c2VjcmV0", "kid": "oct"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"keys": 7}',
        b'{"keys": [7, null]}',
        b'{"keys": []}',
        b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        b'{"keys": [{"kty": "EC", "crv": "P-256"}]}',
        json.dumps({"keys": [EC, EC]}).encode(),
        json.dumps({"keys": [{**EC, "kid": ["a"]}]}).encode(),
        b"\xff",
    ],
)
def test_a_damaged_set_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_keys(data, "ES256")
