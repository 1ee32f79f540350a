"""What proves operators to the gateway stays with it: in a session no app is shown any of it.

It would name the operator beside the subject (law 5), and who runs the app could sign in here with
a token that was meant for us.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jwt


class Proofs:
    """Tells the header fields that prove operators from others.

    Args:
        headers: their names.
        issuer: of the bearer tokens that operators sign in with, empty where they do not. Apps use
            `Authorization` themselves, so there only a token that claims this issuer is a proof.
    """

    __slots__ = ("_issuer", "_names")

    def __init__(self, headers: Iterable[str] = (), issuer: str = "") -> None:
        self._names = frozenset(name.lower().encode() for name in headers)
        self._issuer = issuer

    def hold(self, name: bytes, value: bytes) -> bool:
        """Say whether a field, its name in lower case, proves an operator."""
        if name in self._names:
            return True
        return bool(self._issuer) and name == b"authorization" and self._is_ours(value)

    def _is_ours(self, value: bytes) -> bool:
        scheme, _, token = value.strip().partition(b" ")
        if scheme.lower() != b"bearer":
            return False
        try:
            claims: dict[str, Any] = jwt.decode(token.strip(), options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return False  # what the gateway cannot read is no proof to it
        return claims.get("iss") == self._issuer
