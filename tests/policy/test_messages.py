"""Which messages a client of a session may send: exactly what is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Mode
from gateway.policy.messages import ListedMessages, Passes, Stopped

LISTED = ListedMessages(
    "live",
    ["deals", {"type": "subscribe", "channel": "*", "of": {"page": 1, "all": [True, "*"]}}],
    opened=False,
)
GOOD = {"type": "subscribe", "channel": "sales", "of": {"page": 1, "all": [True, None]}}
BOTH = pytest.mark.parametrize("mode", Mode)


def passes(message: str | bytes, mode: Mode = Mode.READ_ONLY) -> bool:
    return isinstance(LISTED.judge(message, mode), Passes)


@BOTH
@pytest.mark.threat(28)
def test_row_28_what_is_listed_passes_by_its_own_rule(mode: Mode) -> None:
    assert LISTED.judge("deals", mode) == Passes("live.1")
    assert LISTED.judge(json.dumps(GOOD, indent=1), mode) == Passes("live.2")


@BOTH
@pytest.mark.threat(28)
@pytest.mark.parametrize(
    "message",
    [
        "",
        "deals ",
        "Deals",
        '"deals"',
        b"deals",
        "null",
        "[]",
        "{}",
        json.dumps([GOOD]),
        json.dumps(GOOD) + json.dumps(GOOD),
        json.dumps(GOOD | {"also": 1}),
        json.dumps(GOOD | {"Type": "delete"}),
        json.dumps(GOOD | {"type": "delete"}),
        json.dumps(GOOD | {"channel": ["sales"]}),
        json.dumps(GOOD | {"channel": {"id": 1}}),
        json.dumps(GOOD | {"of": {"page": True, "all": [True, 1]}}),
        json.dumps(GOOD | {"of": {"page": 1.0, "all": [True, 1]}}),
        json.dumps(GOOD | {"of": {"page": 1, "all": [1, 1]}}),
        json.dumps(GOOD | {"of": {"page": 1, "all": [True, 1, 2]}}),
        json.dumps(GOOD).replace('"sales"', "NaN"),
        json.dumps(GOOD).replace('"sales"', "1e400"),
        json.dumps(GOOD).replace('"sales"', r'"\ud800"'),
        json.dumps(GOOD)[:-1] + ', "type": "subscribe"}',
        '{"type": "delete", ' + json.dumps(GOOD)[1:],
        "\ufeff" + json.dumps(GOOD),
        "[" * 100_000,
    ],
)
def test_row_28_anything_else_is_stopped(message: str | bytes, mode: Mode) -> None:
    assert not passes(message, mode)


@pytest.mark.threat(28)
def test_row_28_open_means_open_to_changes_only() -> None:
    judge = ListedMessages("live", ["deals"], opened=True)
    assert judge.judge(b"\x00", Mode.READ_WRITE) == Passes("live.open")
    assert isinstance(judge.judge(b"\x00", Mode.READ_ONLY), Stopped)
    assert judge.judge("deals", Mode.READ_ONLY) == Passes("live.1")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
)


def same(shape: Any, value: Any) -> bool:
    """The plain reading of a shape: compare by JSON text, after stars took what stands there."""

    def filled(shape: Any, value: Any) -> Any:
        if shape == "*" and not isinstance(value, dict | list):
            return value
        if isinstance(shape, dict) and isinstance(value, dict):
            return {k: filled(v, value[k]) if k in value else v for k, v in shape.items()}
        if isinstance(shape, list) and isinstance(value, list) and len(shape) == len(value):
            return [filled(s, v) for s, v in zip(shape, value, strict=True)]
        return shape

    return json.dumps(filled(shape, value), sort_keys=True) == json.dumps(value, sort_keys=True)


shapes = st.dictionaries(st.text(max_size=2), st.one_of(values, st.just("*")), max_size=3)


@pytest.mark.threat(28)
@given(shapes, st.data())
def test_row_28_a_shape_fits_what_is_equal_but_for_its_stars(
    shape: dict[str, Any], data: st.DataObject
) -> None:
    near = st.fixed_dictionaries(
        {name: st.one_of(st.just(value), values) for name, value in shape.items()},
        optional={"more": st.just(1)},
    )
    value = data.draw(st.one_of(near, values))
    judge = ListedMessages("live", [shape], opened=False)
    passed = isinstance(judge.judge(json.dumps(value), Mode.READ_ONLY), Passes)
    assert passed == (isinstance(value, dict) and same(shape, value))
