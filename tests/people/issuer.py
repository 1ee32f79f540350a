"""An issuer of tokens, as an identity provider is one."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


class Issuer:
    """Signs tokens with its newest key and publishes all of them; `away` makes it unreachable."""

    def __init__(self) -> None:
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.fetches = 0
        self.away = False
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.kid = f"key{len(self.keys)}"
        self.keys[self.kid] = ec.generate_private_key(ec.SECP256R1())

    def jwks(self) -> list[dict[str, Any]]:
        return [{**public_jwk(key), "kid": kid} for kid, key in self.keys.items()]

    async def fetch(self) -> bytes:
        self.fetches += 1
        if self.away:
            raise OSError
        return json.dumps({"keys": self.jwks()}).encode()

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> bytes:
        """Sign a token; a claim of None is left out."""
        now = int(time.time())
        usual = {"iss": "https://idp", "aud": "gateway", "sub": "ada", "iat": now, "exp": now + 60}
        kept = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        shown = {"kid": self.kid, **(headers or {})}
        return jwt.encode(kept, self.keys[self.kid], "ES256", headers=shown).encode()


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
