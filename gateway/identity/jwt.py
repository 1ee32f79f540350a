"""The driver for apps that take the user from a signed token: `sub`, and `act` (RFC 8693, 4.1).

The token names the subject and, in `act`, the operator who acts; where the site says so, a claim of
its own lists what the session gives the actor. It is signed once and used again
for half of its lifetime, so that the app always gets one with enough time left, and it never
outlives the session.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import jwt

from gateway.identity.keys import KeyRing, PrivateKey
from gateway.identity.per_session import PerSession
from gateway.model import Frozen, Headers, Session

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


_OWN: Final = frozenset({"iss", "sub", "act", "aud", "iat", "exp", "nbf", "jti", "may_act"})
"""Claims that mean something to verifiers (RFC 7519, 4.1; RFC 8693, 4)."""


class JwtSettings(Frozen, frozen=True, kw_only=True):
    """How a site's app gets its token: header, audience, issuer, and how long each one is good.

    `capabilities_claim`: the claim that lists them; empty for none.
    """

    header: str
    audience: str
    issuer: str
    lifetime_ms: int
    capabilities_claim: str = ""


class _Token(Frozen, frozen=True, kw_only=True):
    key_id: str
    issued_at: int
    expires_at: int
    value: bytes


class JwtDriver:
    """Sets one header to a token for the session.

    Args:
        settings: the site's.
        ring: gives the keys as they are now; called for each request.

    Raises:
        ValueError: the settings cannot work.
    """

    def __init__(self, settings: JwtSettings, ring: Callable[[], KeyRing]) -> None:
        if not _NAME.fullmatch(settings.header):
            raise ValueError(f"jwt: header {settings.header!r} is not a header's name")
        if settings.lifetime_ms < 10_000:
            raise ValueError("jwt: a lifetime under 10 seconds fails on the smallest clock skew")
        if settings.capabilities_claim in _OWN:
            raise ValueError(f"jwt: the claim {settings.capabilities_claim!r} means something else")
        self.managed = (settings.header,)
        self.reserved: tuple[str, ...] = ()
        self._settings = settings
        self._ring = ring
        self._name = settings.header.encode()
        self._scheme = b"Bearer " if settings.header.lower() == "authorization" else b""
        self._tokens: PerSession[_Token] = PerSession()
        self._key: tuple[str, PrivateKey] | None = None

    def edits(self, session: Session, now_ms: int) -> Headers:
        """Give the header field with a token that is good now."""
        key_id = self._ring().current.id
        token = self._tokens.get(session)
        if token is None or not self._is_good(token, key_id, now_ms):
            token = self._sign(session, now_ms)
            self._tokens.put(session, token)
        return ((self._name, token.value),)

    def _is_good(self, token: _Token, key_id: str, now_ms: int) -> bool:
        age = now_ms - token.issued_at
        return (
            0 <= age < self._settings.lifetime_ms // 2
            and now_ms < token.expires_at
            and token.key_id == key_id
        )

    def _sign(self, session: Session, now_ms: int) -> _Token:
        signing = self._ring().current
        if self._key is None or self._key[0] != signing.id:
            self._key = (signing.id, signing.load())
        expires_at = min(now_ms + self._settings.lifetime_ms, session.expires_at)
        claims: dict[str, Any] = {
            "iss": self._settings.issuer,
            "sub": session.subject.id,
            "act": {"sub": session.actor.id},
            "aud": self._settings.audience,
            "iat": now_ms // 1000,
            "exp": expires_at // 1000,
            "jti": f"{session.id}.{now_ms}",
        }
        if self._settings.capabilities_claim:
            claims[self._settings.capabilities_claim] = list(session.capabilities)
        text = jwt.encode(claims, self._key[1], signing.algorithm, headers={"kid": signing.id})
        return _Token(
            key_id=signing.id,
            issued_at=now_ms,
            expires_at=expires_at,
            value=self._scheme + text.encode(),
        )
