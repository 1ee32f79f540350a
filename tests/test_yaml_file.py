"""YAML text to plain values: what it may say, and every fault with its place."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.yaml_file import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("010", 10),
        ("0x10", "0x10"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        ("1.5", 1.5),
        ("-3", -3),
        ("9" * 19, float("9" * 19)),
        ("~", None),
        ("'true'", "true"),
        ("<<", "<<"),
        ("", {}),
    ],
)
def test_scalars_are_what_yaml_1_2_says(text: str, value: object) -> None:
    assert parse(text, "x").value == value


def test_as_written_all_but_null_is_text() -> None:
    said = parse("[007, No, true, 1_000, 1.5, '~', ~]", "x", as_written=True)
    assert said.value == ["007", "No", "true", "1_000", "1.5", "~", None]


def test_every_key_and_item_has_its_line() -> None:
    read = parse("a:\n  b: 1\n  c:\n  - x\n  - {d: y}\n", "x")
    assert read.value == {"a": {"b": 1, "c": ["x", {"d": "y"}]}}
    assert read.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("a", "c", 1, "d"): 5,
    }


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "this key is there twice"),
        ("a: 1\n[b]: 2", 2, "a key is a plain word"),
        ("a:\n  !!python/object:os.system {}", 2, "the tag"),
        ("a: !!python/name:os.system ''", 1, "the tag"),
        ("a: &x\n  b: *x", 1, "an alias stands inside what it stands for"),
    ],
)
def test_what_yaml_allows_and_a_config_does_not(text: str, line: int, message: str) -> None:
    (fault,) = parse(text, "x").faults
    assert fault.line == line
    assert fault.message.startswith(message)


def test_what_is_nested_too_deeply_is_told() -> None:
    read = parse("[" * 1000, "x")
    assert [fault.message for fault in read.faults] == ["this is nested too deeply"]


def test_a_fault_is_spelt_with_its_place() -> None:
    (fault,) = parse("a:\n  - b: 1\n    b: 2", "x").faults
    assert str(fault) == "x:3: a[0].b: this key is there twice"


def test_an_alias_is_what_it_stands_for() -> None:
    assert parse("a: &x [1]\nb: *x", "x").value == {"a": [1], "b": [1]}


def test_aliases_do_not_multiply_without_a_bound() -> None:
    tens = [f"{name}: &{name} [{', '.join([f'*{of}'] * 10)}]" for of, name in pairwise("abcde")]
    read = parse("\n".join(["a: &a [x, x, x, x, x, x, x, x, x, x]", *tens]), "x")
    assert [fault.message for fault in read.faults] == ["aliases stand for too many values"]
    users = "".join(f"- {{id: user-{number}, groups: *all}}\n" for number in range(5000))
    read = parse(f"- &all [sales, support, admins, emea, berlin]\n{users}", "x")
    assert not read.faults
    assert len(read.value) == 5001


@given(st.text())
def test_any_text_is_read_or_told_to_be_wrong(text: str) -> None:
    read = parse(text, "x")
    assert read.faults or read.lines
