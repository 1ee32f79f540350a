"""Secrets of sessions: what a browser holds, and what the store may know of it.

A session's id is public (it names the session's own host); its cookie is the id followed by a
secret of 256 bits. The store holds only the SHA-256 of a secret, so that whoever reads the store
cannot enter a session.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH: Final = 16
_TOKEN: Final = re.compile(rf"([{_ALPHABET}]{{{ID_LENGTH}}})(.+)", re.DOTALL)


def new_id() -> str:
    """Make a session's id: 16 characters of base32 (80 bits), a valid DNS label."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


def new_secret() -> str:
    """Make a secret of 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Give what the store may hold of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(token: str) -> tuple[str, str] | None:
    """Part a cookie's token into id and secret; None when it cannot be one."""
    parts = _TOKEN.fullmatch(token)
    return (parts[1], parts[2]) if parts is not None else None


def matches(secret: str, known: str) -> bool:
    """Compare a secret with a digest in constant time."""
    return hmac.compare_digest(digest(secret), known)
