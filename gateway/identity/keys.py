"""Signing keys, rotated without a gap, and their public half as a JWK set (RFC 7517).

Three keys are published at any time: the next one is known to every verifier a whole period before
it signs, and the previous one stays until the tokens that it signed have expired.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.model import Frozen

Algorithm = Literal["ES256", "EdDSA", "RS256"]
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

_MAKERS: dict[Algorithm, Callable[[], PrivateKey]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072),
}


class SigningKey(Frozen, frozen=True, kw_only=True):
    """A private key. `id` is its JWK thumbprint (RFC 7638); `pem` is PKCS #8, a secret."""

    id: str
    algorithm: Algorithm
    pem: str

    def __repr__(self) -> str:
        return f"SigningKey({self.id!r}, {self.algorithm!r})"

    def load(self) -> PrivateKey:
        """Give the key as `cryptography` uses it."""
        key = serialization.load_pem_private_key(self.pem.encode(), password=None)
        assert isinstance(key, PrivateKey)  # noqa: S101 - only `new_key` makes a SigningKey
        return key


class KeyRing(Frozen, frozen=True, kw_only=True):
    """The keys of one algorithm. `rotated_at`: since when `current` signs, in milliseconds."""

    current: SigningKey
    next: SigningKey
    previous: SigningKey | None = None
    rotated_at: int

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Give the public keys to publish."""
        keys = (self.current, self.next, self.previous)
        return {"keys": [_public_jwk(key) for key in keys if key is not None]}


def new_key(algorithm: Algorithm) -> SigningKey:
    """Make a key, from the system's randomness."""
    private = _MAKERS[algorithm]()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(id=_thumbprint(private), algorithm=algorithm, pem=pem.decode())


def new_ring(algorithm: Algorithm, now_ms: int) -> KeyRing:
    """Make the first ring of a gateway."""
    return KeyRing(current=new_key(algorithm), next=new_key(algorithm), rotated_at=now_ms)


def rotated(ring: KeyRing, fresh: SigningKey, now_ms: int) -> KeyRing:
    """Let the next key sign, and publish `fresh` as the one after it.

    The period between two calls must be longer than verifiers keep a JWK set, and than any token
    lives.
    """
    return KeyRing(current=ring.next, next=fresh, previous=ring.current, rotated_at=now_ms)


def dump_ring(ring: KeyRing) -> bytes:
    """Write a ring for the store; the bytes are a secret."""
    return msgspec.json.encode(ring)


def load_ring(data: bytes) -> KeyRing:
    """Read what `dump_ring` wrote.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return msgspec.json.decode(data, type=KeyRing)


def _jwk(private: PrivateKey) -> dict[str, Any]:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    if isinstance(private, rsa.RSAPrivateKey):
        return jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return jwt.algorithms.OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)


def _thumbprint(private: PrivateKey) -> str:
    jwk = _jwk(private)
    members = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return jwt.utils.base64url_encode(hashlib.sha256(text.encode()).digest()).decode()


def _public_jwk(key: SigningKey) -> dict[str, Any]:
    jwk = _jwk(key.load())
    jwk.pop("key_ops", None)
    return {**jwk, "kid": key.id, "alg": key.algorithm, "use": "sig"}
