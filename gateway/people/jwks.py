"""An issuer's public keys, fetched when they are needed and kept for a while (RFC 7517).

A set is used for ten minutes. A token with an unknown `kid` may have a fetch of its own, at most
one each thirty seconds, so that rotated keys work at once and nobody can make us hammer the issuer.
When the issuer is away its last keys stay good for an hour; then nobody signs in (law 2).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import jwt

FRESH_S = 600.0
STALE_S = 3600.0
REFETCH_S = 30.0

# The JWK members that decide whether a key can verify an algorithm (RFC 7518, 6; RFC 8037, 2).
_KINDS = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
ALGORITHMS = tuple(_KINDS)

Keys = dict[str | None, jwt.PyJWK]
"""Usable keys by `kid`."""


def read_keys(data: bytes, algorithm: str) -> Keys:
    """Read a JWK set: the public keys in it that can verify `algorithm`; others are left out.

    Raises:
        ValueError: it is not a JWK set, or no key in it fits.
    """
    document = json.loads(data)
    listed = document.get("keys") if isinstance(document, dict) else None
    keys: Keys = {}
    for jwk in listed if isinstance(listed, list) else ():
        if isinstance(jwk, dict) and _fits(jwk, algorithm):
            kid = jwk.get("kid")
            if kid in keys:
                raise ValueError(f"two keys have the kid {kid!r}")
            try:
                keys[kid] = jwt.PyJWK(jwk, algorithm)
            except jwt.PyJWTError as error:
                raise ValueError(f"the key {kid!r} cannot be read: {error}") from None
    if not keys:
        raise ValueError(f"there is no key under 'keys' that can verify {algorithm}")
    return keys


def _fits(jwk: dict[str, Any], algorithm: str) -> bool:
    kind, curve = _KINDS[algorithm]
    return (
        jwk.get("kty") == kind
        and (curve is None or jwk.get("crv") == curve)
        and jwk.get("alg", algorithm) == algorithm
        and jwk.get("use", "sig") == "sig"
        and isinstance(jwk.get("kid"), str | None)
    )


class KeySet:
    """Gives the key for a `kid`.

    Args:
        fetch: gets the JWK set's bytes, within a time of its own; any error means the issuer is
            away.
        algorithm: one of `ALGORITHMS`.
        clock: seconds that never go back, such as `time.monotonic`.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[bytes]], algorithm: str, clock: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._algorithm = algorithm
        self._clock = clock
        self._keys: Keys = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """Give the key of this `kid`, or None when the issuer has none.

        Raises:
            ConnectionError: there are no keys that are young enough, and none can be had.
        """
        if self._clock() - self._fetched_at >= FRESH_S or self._pick(kid) is None:
            await self._refresh()
        if self._clock() - self._fetched_at >= STALE_S:
            raise ConnectionError("the issuer's keys cannot be had")
        return self._pick(kid)

    def _pick(self, kid: str | None) -> jwt.PyJWK | None:
        if kid in self._keys:
            return self._keys[kid]
        # One key alone needs no name, neither in the set nor in the token (RFC 7517, 4.5).
        if len(self._keys) == 1 and (kid is None or None in self._keys):
            return next(iter(self._keys.values()))
        return None

    async def _refresh(self) -> None:
        async with self._lock:
            if self._clock() - self._tried_at < REFETCH_S:
                return
            self._tried_at = self._clock()
            try:
                keys = read_keys(await self._fetch(), self._algorithm)
            except Exception:  # noqa: BLE001 - the keys that we have stay good until they are stale
                return
            self._keys = keys
            self._fetched_at = self._clock()
