"""What stands in a hidden value's place."""

from __future__ import annotations

import hashlib
import hmac

from gateway.redaction.hiding import keyed_hash


def test_a_hash_is_hmac_sha256_cut_to_sixteen_digits() -> None:
    whole = hmac.new(b"k" * 32, "ß".encode(), hashlib.sha256).hexdigest()
    assert keyed_hash(b"k" * 32, "ß") == whole[:16]


def test_a_hash_says_nothing_without_the_key() -> None:
    assert keyed_hash(b"k" * 32, "sad") != keyed_hash(b"l" * 32, "sad")


def test_text_that_was_not_utf_8_can_be_hashed() -> None:
    text = b"caf\xe9".decode(errors="surrogateescape")
    assert keyed_hash(b"k" * 32, text) != keyed_hash(b"k" * 32, "caf")
