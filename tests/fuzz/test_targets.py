"""Each fuzz target holds for what it starts from, and for what was ever found by it."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)
        TARGETS[name].check(seed + b"\1\2\3\4")
