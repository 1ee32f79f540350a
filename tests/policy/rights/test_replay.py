"""What is on record of a decision is all that it takes to decide again."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from gateway.policy.rights.facts import Case, Facts
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.ready import ready_files
from gateway.policy.rights.replay import facts_of, replayed
from gateway.policy.rights.start import StartAllowed, decide
from tests.policy.rights.test_properties import cases

POLICIES = read_policies(ready_files())


@settings(deadline=None, max_examples=60)
@given(cases())
def test_asked_again_the_same_comes_out(case: Case) -> None:
    answer = decide(POLICIES, case)
    reveal = answer.reveal if isinstance(answer, StartAllowed) else ()
    line = msgspec.json.encode(Facts(case=case, reveal=reveal))
    facts = facts_of(msgspec.json.decode(line))
    assert facts is not None
    rule = ",".join(answer.policies) if isinstance(answer, StartAllowed) else answer.rule
    again = replayed(POLICIES, facts, allowed=isinstance(answer, StartAllowed), rule=rule)
    assert again.was == again.would_be
    assert not again.differs


def test_what_is_none_is_none() -> None:
    nothing: tuple[object, ...] = (None, {}, [], "facts", {"case": {}}, {"case": None})
    for said in nothing:
        assert facts_of(said) is None
