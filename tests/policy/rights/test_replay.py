"""What is on record of a decision is all that it takes to decide again."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from gateway.policy.rights.facts import Case, Facts
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.ready import DEFAULT, ready_files
from gateway.policy.rights.replay import facts_of, replayed
from gateway.policy.rights.start import StartAllowed, decide
from tests.policy.rights.test_properties import cases

POLICIES = read_policies(ready_files([*DEFAULT, "capabilities_for_changes"]))

LESS = read_policies(ready_files())


@settings(deadline=None, max_examples=60)
@given(cases())
def test_asked_again_the_same_comes_out(case: Case) -> None:
    answer = decide(POLICIES, case)
    came_out = Facts(case=case)
    if isinstance(answer, StartAllowed):
        came_out = Facts(case=case, reveal=answer.reveal, capabilities=answer.capabilities)
    line = msgspec.json.encode(came_out)
    facts = facts_of(msgspec.json.decode(line))
    assert facts is not None
    rule = ",".join(answer.policies) if isinstance(answer, StartAllowed) else answer.rule
    again = replayed(POLICIES, facts, allowed=isinstance(answer, StartAllowed), rule=rule)
    assert again.was == again.would_be
    assert not again.differs


@settings(deadline=None, max_examples=40)
@given(cases())
def test_policies_that_give_less_come_out_otherwise(case: Case) -> None:
    answer = decide(POLICIES, case)
    if isinstance(answer, StartAllowed):
        had = answer.capabilities
        facts = Facts(case=case, reveal=answer.reveal, capabilities=had)
        again = replayed(LESS, facts, allowed=True, rule="")
        assert again.would_be.capabilities == ()
        assert again.differs == bool(had)


def test_what_is_none_is_none() -> None:
    nothing: tuple[object, ...] = (None, {}, [], "facts", {"case": {}}, {"case": None})
    for said in nothing:
        assert facts_of(said) is None
