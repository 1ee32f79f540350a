"""May this operator act on behalf of this user, in this way, and what may they see and do?

Yes needs a permit for every action that it takes, and no forbid and no error (law 2). Whatever is
not permitted is refused with the words of the policy that forbids it, or with our own. The same is
asked again of a live session when something has changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.model import Deny, Frozen, Mode
from gateway.policy.rights.cedar import Answer, Question, ask
from gateway.policy.rights.entities import (
    Json,
    account_entities,
    capability_ref,
    category_ref,
    operator_entity,
    start_context,
    uid,
    user_entity,
)
from gateway.policy.rights.facts import Case, complete, same_person
from gateway.policy.rights.files import Policies
from gateway.policy.rights.wording import ACCOUNT_UNKNOWN, ONESELF, PROFILE_UNKNOWN, refusal

_ACTIONS = {Mode.READ_ONLY: "act_read_only", Mode.READ_WRITE: "act_read_write"}


class StartAllowed(Frozen, frozen=True, kw_only=True):
    """The session may start.

    `reveal`: categories not redacted; `capabilities`: what the app lets the actor do beside what
    the user may; `policies`: who permitted it.
    """

    mode: Mode
    reveal: tuple[str, ...]
    policies: tuple[str, ...]
    capabilities: tuple[str, ...] = ()


def decide(policies: Policies, case: Case) -> StartAllowed | Deny:
    """Decide whether a session may be, which categories it may see, and what it may use."""
    if same_person(case.operator, case.user):
        return ONESELF
    if not complete(case.user, case.lineage):
        return ACCOUNT_UNKNOWN
    if not case.profiles:
        return PROFILE_UNKNOWN
    actions = list(_acting(case))
    count = len(actions) + len(case.categories) + len(case.capabilities)
    answers = ask(
        policies.cedar,
        policies.vocabulary.schema,
        lambda: (_entities(case), _questions(case, actions)),
        count,
    )
    acting = dict(zip(actions, answers, strict=False))
    for action, answer in acting.items():
        if not answer.allowed:
            return refusal(action, answer, policies.words, case.operator.profile)
    rest = iter(answers[len(actions) :])
    reveal = _allowed(case.categories, rest)
    capabilities = _allowed(case.capabilities, rest)
    return StartAllowed(
        mode=case.circumstances.mode,
        reveal=tuple(reveal),
        policies=_deciding([*acting.values(), *reveal.values(), *capabilities.values()]),
        capabilities=tuple(capabilities),
    )


def _allowed(names: tuple[str, ...], answers: Iterator[Answer]) -> dict[str, Answer]:
    """Take the answer for each name; keep what is a yes."""
    asked = {name: next(answers) for name in names}
    return {name: answer for name, answer in asked.items() if answer.allowed}


def _acting(case: Case) -> tuple[str, ...]:
    """Give what must be permitted, in the order in which a refusal is told."""
    said = case.circumstances
    needed = {
        "act_for_protected": case.user.protected,
        _ACTIONS[said.mode]: True,
        "act_as_account": case.user.house_contact,
        "break_glass": said.break_glass,
        "skip_ticket": said.ticket_required and not said.ticket,
        "act_again": said.again,
    }
    return tuple(action for action, is_needed in needed.items() if is_needed)


def _entities(case: Case) -> list[Json]:
    return [
        operator_entity(case.operator, case.profiles),
        user_entity(case.user, case.consented),
        *account_entities(case.lineage),
    ]


def _questions(case: Case, actions: list[str]) -> list[Question]:
    context = start_context(case.site, case.circumstances)
    asked = [(action, context) for action in actions] + [
        ("reveal", context | {"category": category_ref(name)}) for name in case.categories
    ]
    acting = context | {"mode": case.circumstances.mode}
    asked += [
        ("use_capability", acting | {"capability": capability_ref(name)})
        for name in case.capabilities
    ]
    user = uid("User", case.user.id)
    return [
        Question(principal=case.operator.id, action=action, resource=user, context=said)
        for action, said in asked
    ]


def _deciding(permits: list[Answer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(policy for answer in permits for policy in answer.policies))
