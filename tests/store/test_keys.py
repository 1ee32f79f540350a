from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from redis.crc import key_slot

from gateway.store import keys

TAKES_A_NAME = (keys.session, keys.jar, keys.enter_code, keys.sign_in)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1)


@pytest.mark.threat(51)
@given(one=NAMES, other=NAMES)
def test_threat_51_no_two_names_make_one_key(one: str, other: str) -> None:
    for make, make_other in product(TAKES_A_NAME, repeat=2):
        if make is not make_other or one != other:
            assert make(one) != make_other(other)


@pytest.mark.threat(51)
@given(name=NAMES)
def test_threat_51_a_name_brings_no_separator_and_no_hash_tag(name: str) -> None:
    assume(name)
    for make in TAKES_A_NAME:
        key = make(name)
        assert key.startswith("gateway:")
        assert key.count(":") == 2
        assert key.count("{") == key.count("}") <= 1
        assert key.isascii()


@pytest.mark.parametrize("make", TAKES_A_NAME)
def test_a_key_needs_a_name(make: object) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        make("")  # type: ignore[operator]  # all of them take a name


def test_keys_of_one_script_live_in_one_slot() -> None:
    for shard in range(64):
        stream, writers = keys.audit_stream(shard), keys.audit_writers(shard)
        beside = (keys.audit_open, keys.audit_trimmed, lambda n: keys.audit_positions(n, "s:1"))
        for key in (writers, keys.waited(stream), *(make(shard) for make in beside)):
            assert key_slot(stream.encode()) == key_slot(key.encode())
    assert key_slot(keys.session("a:b").encode()) == key_slot(keys.jar("a:b").encode())
    assert key_slot(keys.tries("::1").encode()) == key_slot(keys.tries_of_name("::1", "x").encode())


@given(name=NAMES)
def test_what_is_waited_for_lives_in_the_slot_of_what_was_written(name: str) -> None:
    for make in TAKES_A_NAME:
        assert key_slot(make(name).encode()) == key_slot(keys.waited(make(name)).encode())


def test_the_stream_s_name_is_the_one_that_others_read() -> None:
    assert keys.audit_stream(0) == "gateway:audit:0"


def test_fixed_names_are_apart_from_all_others() -> None:
    fixed = {keys.live_sessions(), keys.endings(), keys.audit_stream(0), keys.audit_writers(0)}
    assert len(fixed) == 4
