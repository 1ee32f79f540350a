"""Sign-in by a signed token in a header: `Authorization: Bearer …`, or one that a proxy sets.

One issuer, one audience, one algorithm, always asymmetric, with the sizes that the algorithm calls
for (threat row 49). The token's own `jku`, `jwk` and `x5u` are never looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jwt

from gateway.errors import ClientError, GatewayError, Refused
from gateway.middleware.names import fold
from gateway.model import Frozen, Headers
from gateway.people.jwks import ALGORITHMS, KeySet

LEEWAY_S = 30
_LONGEST = 16_384


class JwtSignInSettings(Frozen, frozen=True, kw_only=True):
    """Whose tokens count, and which `claim` of them is the operator's id.

    `acr_values`: how somebody must have signed in for it to count as fresh; empty: in any way.
    """

    header: str
    issuer: str
    audience: str
    algorithm: str
    claim: str
    acr_values: tuple[str, ...] = ()


class Named(NamedTuple):
    """Whom a token names, and when they signed in, in milliseconds; 0 where it does not say."""

    operator_id: str
    signed_in_at: int


class JwtSignIn:
    """Reads the operator's id from a token.

    Raises:
        ValueError: the settings cannot work.
    """

    def __init__(self, settings: JwtSignInSettings, keys: KeySet) -> None:
        if settings.algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm must be one of {', '.join(ALGORITHMS)}")
        if not (settings.issuer and settings.audience and settings.claim):
            raise ValueError("issuer, audience and claim must not be empty")
        self._settings = settings
        self._keys = keys
        self._name = settings.header.lower().encode()
        self._folded = fold(self._name)
        self._bearer = self._name == b"authorization"
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True})

    @property
    def acr_values(self) -> tuple[str, ...]:
        """How somebody must have signed in for it to count as fresh; empty: in any way."""
        return self._settings.acr_values

    @property
    def is_bearer(self) -> bool:
        """Whether the token follows the word Bearer in `Authorization` (RFC 6750)."""
        return self._bearer

    async def named(self, headers: Headers) -> Named | None:
        """Give whom the token names; None when there is no token.

        Raises:
            ClientError: the header is ambiguous (400).
            Refused: there is a token and it does not hold (401).
            GatewayError: the issuer's keys cannot be had (503).
        """
        token = self._token(headers)
        if token is None:
            return None
        settings = self._settings
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid)
            if key is None:
                raise _refused("It was signed by a key that its issuer does not publish.")
            claims = self._jwt.decode(
                token,
                key,
                algorithms=[settings.algorithm],
                issuer=settings.issuer,
                audience=settings.audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", settings.claim]},
            )
        except ConnectionError:
            raise GatewayError(
                "sign_in_keys_away",
                "The keys of the service that signs operators in cannot be had.",
                "Try again in a minute.",
                status=503,
                title="Nobody can sign in at the moment",
            ) from None
        except jwt.ExpiredSignatureError:
            raise _refused("It has expired.") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise _refused(f"It does not hold: {type(error).__name__}.") from None
        name = claims[settings.claim]
        if not isinstance(name, str) or not name:
            raise _refused("It does not name an operator.")
        return Named(name, self._signed_in_at(claims))

    def _signed_in_at(self, claims: dict[str, Any]) -> int:
        """When they proved who they are (OpenID Connect Core 2, `auth_time`, and RFC 9470)."""
        said, accepted = claims.get("auth_time"), self._settings.acr_values
        if accepted and claims.get("acr") not in accepted:
            return 0
        if isinstance(said, bool) or not isinstance(said, int) or said < 0:
            return 0
        return said * 1000

    def _token(self, headers: Headers) -> bytes | None:
        found = [(name, value) for name, value in headers if fold(name) == self._folded]
        if not found:
            return None
        if len(found) > 1 or found[0][0].lower() != self._name:
            raise ClientError(
                "ambiguous_header",
                "The header with the token is there twice or under another spelling.",
                "Send it once.",
            )
        value = found[0][1].strip()
        if self._bearer:
            scheme, _, value = value.partition(b" ")
            if scheme.lower() != b"bearer":
                return None
            value = value.strip()
        if len(value) > _LONGEST:
            raise _refused("It is too long.")
        return value or None


def _refused(why: str) -> Refused:
    return Refused(
        "token_refused",
        f"The token that says who you are is not accepted. {why}",
        "Get a new token and try again.",
        status=401,
        title="You are not signed in",
    )
