"""The demo's operators: their file, and short-lived tokens with which scripts are them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

import argon2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD: Final = "demo"  # noqa: S105  it stands on the screen when the demo starts
TOKEN_SECONDS: Final = 8 * 3600
OPERATORS: Final[tuple[dict[str, Any], ...]] = (
    {
        "id": "ada",
        "name": "Ada Okafor",
        "email": "ada@support.example",
        "profile": "Customer Success Manager",
        "accounts": ["nordlicht", "hoshi"],
    },
    {
        "id": "mira",
        "name": "Mira Santos",
        "email": "mira@support.example",
        "profile": "Super Manager",
    },
    {
        "id": "sam",
        "name": "Sam Rivera",
        "email": "sam@support.example",
        "profile": "Administrator",
    },
)


def write_operators(folder: Path) -> None:
    """Write the operators file; JSON is YAML."""
    hashed = argon2.PasswordHasher().hash(PASSWORD)
    text = json.dumps([{**each, "password": hashed} for each in OPERATORS], indent=2)
    _write(folder / "operators.yaml", text)


def write_tokens(folder: Path, issuer: str) -> dict[str, str]:
    """Make a key for this run, publish its public half, and give a token for each operator."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    keys = {"keys": [{**public, "kid": "demo", "alg": "ES256", "use": "sig"}]}
    _write(folder / "sign-in-keys.json", json.dumps(keys))
    now = int(time.time())
    claims = {"iss": issuer, "aud": "gateway", "iat": now, "exp": now + TOKEN_SECONDS}
    return {
        each["id"]: jwt.encode(
            {**claims, "sub": each["id"]}, key, algorithm="ES256", headers={"kid": "demo"}
        )
        for each in OPERATORS
    }


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    os.chmod(path, 0o600)
    path.write_text(text, "utf-8")
