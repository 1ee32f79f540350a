"""An app's messages on a socket of GraphQL: hidden under every name that was asked for so far."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SocketClosed
from gateway.redaction.rules import RedactionRule, Selection, compile_rules
from gateway.sockets.app_messages import AppMessages
from gateway.wire.frames import Frame, Opcode

HIDDEN = frozenset(("ssn", "iban"))
NAMES = st.sampled_from(("a", "b", "c", "ssn", "iban", "name"))
ALIASES = st.lists(st.tuples(NAMES, NAMES), max_size=4).map(tuple)
VALUES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
STEPS = st.lists(st.one_of(ALIASES, VALUES.map(lambda value: {"payload": value})), max_size=8)


def selected(*names: str, json: tuple[str, ...] = ()) -> Selection:
    rule = RedactionRule(id="r", category="c", fields=names, json=json)
    selection = compile_rules([rule], hash_key=bytes(32)).select("/", ())
    assert selection is not None
    return selection


def text(value: Any) -> Frame:
    return Frame(Opcode.TEXT, json.dumps(value).encode())


def without(value: Any, names: set[str]) -> Any:
    """The plain reading: every member of these names is taken out."""
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(each, names) for each in value] if isinstance(value, list) else value


@pytest.mark.threat(29)
@given(STEPS)
def test_row_29_each_message_is_without_every_name_that_was_asked_for(steps: list[Any]) -> None:
    messages, names = AppMessages(selected(*HIDDEN), graphql=True), set(HIDDEN)
    for step in steps:
        if isinstance(step, tuple):
            messages.asked(step)
            names |= {alias for alias, name in step if name in HIDDEN}
        else:
            assert json.loads(messages.redacted(text(step))) == without(step, names)


@pytest.mark.threat(29)
def test_row_29_the_names_are_counted_over_all_operations_of_a_socket() -> None:
    messages = AppMessages(selected("ssn"), graphql=True)
    for number in range(64):
        for _ in range(2):
            messages.asked(((f"a{number}", "ssn"), (f"b{number}", "name")))
    assert json.loads(messages.redacted(text({"a0": 1, "a63": 2, "b0": 3}))) == {"b0": 3}
    messages.asked((("one_more", "ssn"),))
    for _ in range(2):
        with pytest.raises(SocketClosed):
            messages.redacted(text({"type": "ka"}))
        messages.asked((("yet_another", "ssn"),))


@pytest.mark.threat(29)
def test_row_29_a_rule_that_says_where_a_value_stands_can_vouch_for_no_message() -> None:
    placed = selected(json=("$.payload.ssn",))
    with pytest.raises(SocketClosed):
        AppMessages(placed, graphql=True).redacted(text({"type": "connection_ack"}))
    assert AppMessages(placed, graphql=False).redacted(text({"payload": {"ssn": 1}})) == (
        b'{"payload":{}}'
    )


def test_without_rules_a_message_is_as_it_came() -> None:
    messages = AppMessages(None, graphql=True)
    messages.asked((("a", "ssn"),))
    assert messages.redacted(Frame(Opcode.BINARY, b"\x00")) == b"\x00"
    assert not messages.hides
