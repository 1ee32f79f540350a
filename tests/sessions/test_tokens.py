"""What a browser holds of a session, and what the store knows of it."""

from __future__ import annotations

import re

import pytest

from gateway.sessions import tokens


def test_an_id_is_a_dns_label_and_never_the_same() -> None:
    ids = {tokens.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[a-z2-7]{16}", each) for each in ids)


def test_a_secret_has_256_bits() -> None:
    secret = tokens.new_secret()
    assert len(secret) == 43
    assert secret != tokens.new_secret()


def test_a_token_is_parted_into_id_and_secret() -> None:
    session_id, secret = tokens.new_id(), tokens.new_secret()
    assert tokens.split(session_id + secret) == (session_id, secret)


@pytest.mark.parametrize("token", ["", "a" * 16, "A" * 16 + "x", "a" * 15 + "1x", "\u0131" * 20])
def test_what_cannot_be_a_token_is_none(token: str) -> None:
    assert tokens.split(token) is None


def test_the_store_knows_a_digest_alone() -> None:
    secret = tokens.new_secret()
    known = tokens.digest(secret)
    assert secret not in known
    assert tokens.matches(secret, known)
    assert not tokens.matches(secret + "x", known)
    assert not tokens.matches(secret, ""), "nobody has entered yet"
