"""Signing keys: rotation leaves no gap, and what is published has no secret in it."""

from __future__ import annotations

import jwt
import msgspec
import pytest

from gateway.identity.keys import (
    Algorithm,
    KeyRing,
    SigningKey,
    _thumbprint,
    dump_ring,
    load_ring,
    new_key,
    new_ring,
    rotated,
)

ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA", "RS256")


def sign(ring: KeyRing) -> str:
    key = ring.current
    return jwt.encode({"sub": "a"}, key.load(), key.algorithm, headers={"kid": key.id})


def verifies(token: str, published: KeyRing) -> bool:
    """Do what an app does with the JWK set that it has."""
    keys = jwt.PyJWKSet.from_dict(published.jwks())
    try:
        key = keys[jwt.get_unverified_header(token)["kid"]]
    except KeyError:
        return False
    return bool(jwt.decode(token, key))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_the_ring_signs_its_published_keys_verify(algorithm: Algorithm) -> None:
    ring = new_ring(algorithm, 0)
    assert verifies(sign(ring), ring)


def test_a_rotation_leaves_no_gap() -> None:
    before = new_ring("ES256", 0)
    after = rotated(before, new_key("ES256"), 1_000)
    later = rotated(after, new_key("ES256"), 2_000)
    assert after.rotated_at == 1_000
    assert verifies(sign(after), before)  # an app that has not fetched the new set yet
    assert verifies(sign(before), after)  # a token that was under way
    assert not verifies(sign(before), later)
    assert len({key["kid"] for key in after.jwks()["keys"]}) == 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_only_public_members_are_published(algorithm: Algorithm) -> None:
    ring = rotated(new_ring(algorithm, 0), new_key(algorithm), 1)
    for key in ring.jwks()["keys"]:
        assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}
        assert (key["use"], key["alg"]) == ("sig", algorithm)


def test_the_id_is_the_thumbprint_of_rfc_7638() -> None:
    # The key of RFC 8037, A.3, whose thumbprint the RFC gives.
    known = jwt.PyJWK(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    )
    assert _thumbprint(known.key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_ring_survives_the_store() -> None:
    ring = rotated(new_ring("ES256", 5), new_key("ES256"), 6)
    assert load_ring(dump_ring(ring)) == ring


@pytest.mark.parametrize("data", [b"{}", b'{"current": 1}', b"null"])
def test_a_damaged_ring_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        load_ring(data)


def test_a_key_does_not_show_its_secret() -> None:
    key = new_key("ES256")
    assert "PRIVATE" not in repr(key) + repr(new_ring("ES256", 0)) + str(key)
    assert isinstance(key, SigningKey)
