"""Sign-in by a signed token."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.errors import ClientError, GatewayError, Refused
from gateway.people.jwks import KeySet
from gateway.people.sign_in_jwt import LEEWAY_S, JwtSignIn, JwtSignInSettings, Named
from tests.people.issuer import Issuer

SETTINGS = JwtSignInSettings(
    header="Authorization",
    issuer="https://idp",
    audience="gateway",
    algorithm="ES256",
    claim="sub",
)
ISSUER = Issuer()


def sign_in(settings: JwtSignInSettings = SETTINGS, issuer: Issuer = ISSUER) -> JwtSignIn:
    return JwtSignIn(settings, KeySet(issuer.fetch, settings.algorithm, time.monotonic))


async def operator_of(token: bytes, **changes: Any) -> Named | None:
    return await sign_in(replace(SETTINGS, **changes)).named(
        ((b"Authorization", b"Bearer " + token),)
    )


async def refusal_of(token: bytes, **changes: Any) -> str:
    with pytest.raises(Refused) as error:
        await operator_of(token, **changes)
    assert (error.value.status, error.value.code) == (401, "token_refused")
    return error.value.detail


async def test_a_good_token_names_the_operator() -> None:
    assert await operator_of(ISSUER.token()) == Named("ada", 0)
    assert await operator_of(ISSUER.token(aud=["other", "gateway"])) == Named("ada", 0)
    assert await operator_of(ISSUER.token(email="sam@x", sub=None), claim="email") == Named(
        "sam@x", 0
    )


async def test_it_says_when_they_signed_in_and_never_by_when_it_was_issued() -> None:
    async def at(claims: dict[str, Any], *accepted: str) -> int:
        named = await operator_of(ISSUER.token(**claims), acr_values=accepted)
        assert named is not None
        return named.signed_in_at

    assert await at({"auth_time": 1_795_319_163}) == 1_795_319_163_000
    for unclear in ("1795319163", 1.5, True, -1, None, [1]):
        assert await at({"auth_time": unclear}) == 0, unclear
    with_acr = {"auth_time": 1_795_319_163, "acr": "mfa"}
    assert await at(with_acr, "mfa", "phr") == 1_795_319_163_000
    assert await at(with_acr, "phr") == 0
    assert await at({"auth_time": 1_795_319_163}, "mfa") == 0


async def test_a_proxys_header_holds_the_token_alone() -> None:
    proof = sign_in(replace(SETTINGS, header="X-Jwt"))
    assert await proof.named(((b"x-jwt", ISSUER.token()),)) == Named("ada", 0)


@pytest.mark.parametrize(
    "headers", [(), ((b"Authorization", b"Basic YTpi"),), ((b"Authorization", b"Bearer "),)]
)
async def test_without_a_token_nobody_is_proven(
    headers: tuple[tuple[bytes, bytes], ...],
) -> None:
    assert await sign_in().named(headers) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - LEEWAY_S - 5},
        {"exp": None},
        {"exp": "soon"},
        {"iss": "https://evil"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": ""},
        {"nbf": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400},
    ],
)
async def test_a_token_that_does_not_hold_is_refused(claims: dict[str, Any]) -> None:
    assert await refusal_of(ISSUER.token(**claims))


@pytest.mark.parametrize("value", ["", 7, None, ["ada"], {"id": "ada"}])
async def test_a_claim_that_is_no_name_is_refused(value: object) -> None:
    assert await refusal_of(ISSUER.token(who=value), claim="who")


def forged(header: dict[str, Any], signature: bytes = b"") -> bytes:
    claims = {"iss": "https://idp", "aud": "gateway", "sub": "root", "exp": int(time.time()) + 60}
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


@pytest.mark.threat(49)
@pytest.mark.parametrize("alg", ["none", "None", "", None, "HS256", "RS256", "ES384", 7])
@pytest.mark.parametrize("signature", [b"", b"x" * 64])
async def test_row_49_another_algorithm_is_refused(alg: object, signature: bytes) -> None:
    assert await refusal_of(forged({"alg": alg, "kid": ISSUER.kid}, signature))


@pytest.mark.threat(49)
async def test_row_49_the_public_key_as_a_hmac_secret_is_refused() -> None:
    pem = (
        ISSUER.keys[ISSUER.kid]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    header, payload, _ = forged({"alg": "HS256", "kid": ISSUER.kid}).split(b".")
    message = header + b"." + payload
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(key.sign(message, pem)).rstrip(b"=")
    assert await refusal_of(message + b"." + signature)


@pytest.mark.threat(49)
async def test_row_49_a_key_of_the_tokens_own_is_never_used() -> None:
    mallory = Issuer()
    jwk = {"jwk": mallory.jwks()[0], "jku": "https://evil/jwks", "x5u": "https://evil/cert"}
    assert await refusal_of(mallory.token(headers={**jwk, "kid": "key0"}, sub="root"))
    assert await refusal_of(mallory.token(headers={**jwk, "kid": "mallory"}, sub="root"))


@pytest.mark.threat(49)
@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp"])
async def test_row_49_critical_extensions_are_refused(crit: object) -> None:
    token = ISSUER.token(headers={"crit": crit, "b64": True})
    with pytest.raises(Refused):
        await operator_of(token)


@pytest.mark.threat(49)
async def test_row_49_an_rsa_key_of_1024_bits_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1024)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)

    async def fetch() -> bytes:
        return json.dumps({"keys": [jwk]}).encode()

    proof = JwtSignIn(replace(SETTINGS, algorithm="RS256"), KeySet(fetch, "RS256", time.monotonic))
    signing_input = forged({"alg": "RS256"}).rpartition(b".")[0]
    signer = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(signer.sign(signing_input, key)).rstrip(b"=")
    with pytest.raises(Refused, match="InvalidKeyError"):
        await proof.named(((b"Authorization", b"Bearer " + signing_input + b"." + signature),))


@pytest.mark.parametrize("algorithm", ["HS256", "none", "", "ES256K", "es256"])
@pytest.mark.threat(49)
def test_row_49_only_asymmetric_algorithms_can_be_configured(algorithm: str) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        sign_in(replace(SETTINGS, algorithm=algorithm))


@pytest.mark.parametrize("empty", ["issuer", "audience", "claim"])
def test_settings_must_say_whose_tokens_count(empty: str) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        sign_in(replace(SETTINGS, **{empty: ""}))


@pytest.mark.threat(3)
async def test_row_3_two_tokens_are_refused() -> None:
    token = b"Bearer " + ISSUER.token()
    with pytest.raises(ClientError):
        await sign_in().named(((b"Authorization", token), (b"authorization", token)))


@pytest.mark.threat(1)
async def test_row_1_an_alias_of_the_tokens_header_is_refused() -> None:
    with pytest.raises(ClientError):
        await sign_in(replace(SETTINGS, header="X-Jwt")).named(((b"X_Jwt", ISSUER.token()),))


async def test_keys_that_cannot_be_had_are_not_the_tokens_fault() -> None:
    issuer = Issuer()
    issuer.away = True
    with pytest.raises(GatewayError, match="sign_in_keys_away") as error:
        await sign_in(issuer=issuer).named(((b"Authorization", b"Bearer " + issuer.token()),))
    assert error.value.status == 503


async def test_a_token_of_megabytes_is_not_looked_at() -> None:
    assert "too long" in await refusal_of(b"a" * 16_385)


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('eyJ.{}"', max_size=60).map(str.encode))
async def test_garbage_never_names_anybody(garbage: bytes) -> None:
    named = None
    with contextlib.suppress(Refused):
        named = await operator_of(garbage)
    assert named is None


@settings(deadline=None, max_examples=50)
@given(st.data())
async def test_one_changed_byte_breaks_a_token(data: st.DataObject) -> None:
    token = bytearray(ISSUER.token())
    place = data.draw(st.integers(0, len(token) - 2))  # the last one has bits without a meaning
    other = data.draw(st.sampled_from(b"ABCxyz019-_.="))
    if token[place] == other:
        return
    token[place] = other
    with pytest.raises(Refused):
        await operator_of(bytes(token))
