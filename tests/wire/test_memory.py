from __future__ import annotations

import pytest

from gateway.wire.memory import Memory


def test_each_key_is_worked_out_once() -> None:
    asked: list[bytes] = []

    def work(key: bytes) -> int:
        asked.append(key)
        return len(key)

    memory = Memory(work, len)
    assert [memory[b"a"], memory[b"bc"], memory[b"a"], memory[b"bc"]] == [1, 2, 1, 2]
    assert asked == [b"a", b"bc"]


def test_what_it_holds_is_bounded() -> None:
    memory = Memory(lambda key: key, len)
    for number in range(5000):
        assert memory[b"%d" % number] == b"%d" % number
        assert len(memory) <= 1024


def test_what_is_asked_for_again_and_again_stays_whatever_comes_once() -> None:
    asked: list[bytes] = []

    def work(key: bytes) -> bytes:
        asked.append(key)
        return key

    memory = Memory(work, len)
    for number in range(5000):
        assert memory[b"%d" % number] == b"%d" % number
        assert memory[b"often"] == b"often"
    assert asked.count(b"often") == 1


def test_wide_keys_are_not_held() -> None:
    memory = Memory(lambda key: key, len)
    assert memory[b"x" * 513] == b"x" * 513
    assert len(memory) == 0
    assert memory[b"x" * 512] == b"x" * 512
    assert len(memory) == 1


def test_a_key_that_fails_fails_every_time() -> None:
    def work(key: bytes) -> bytes:
        raise ValueError(key)

    memory = Memory(work, len)
    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            memory[b"x"]
