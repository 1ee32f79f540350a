"""May this operator do that at the desk: manage people, see what was done, end what others do?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.model import Deny, Frozen, Operator, User
from gateway.policy.rights.cedar import Question, ask
from gateway.policy.rights.entities import (
    Json,
    account_entities,
    desk_context,
    here_and_now,
    operator_entity,
    uid,
    user_entity,
)
from gateway.policy.rights.facts import Standing, complete
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.wording import ACCOUNT_UNKNOWN, OWN_PERSON, PROFILE_UNKNOWN, refusal

Permitted = tuple[str, ...]
"""The policies that permit something."""


class Asker(Frozen, frozen=True, kw_only=True):
    """Who asks: an operator, the profiles that they are in, when (milliseconds) and from where."""

    operator: Operator
    profiles: tuple[str, ...]
    now_ms: int
    address: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator may do beside acting; each answer is who permits it, or the refusal."""

    in_force: InForce

    def on_account(
        self, action: str, asker: Asker, site: str, lineage: Sequence[Standing]
    ) -> Permitted | Deny:
        """May they `view_audit` of a lineage's first account, or `manage_preferences` there?"""
        if not lineage or not complete(_in(lineage[0].account.id), lineage):
            return ACCOUNT_UNKNOWN
        account = uid("Account", lineage[0].account.id)
        return self._ask(
            action,
            asker,
            lambda: account_entities(lineage),
            account,
            lambda: desk_context(site, asker.now_ms, asker.address),
        )

    def on_accounts(
        self, action: str, asker: Asker, site: str, lineages: Sequence[Sequence[Standing]]
    ) -> list[bool]:
        """As `on_account`, of several at once, which is cheaper; every doubt is a no."""
        known = {
            number: each
            for number, each in enumerate(lineages)
            if each and complete(_in(each[0].account.id), each)
        }
        if not asker.profiles or not known:
            return [False] * len(lineages)

        def facts() -> tuple[list[Json], list[Question]]:
            entities = {
                json.dumps(entity["uid"]): entity
                for lineage in known.values()
                for entity in account_entities(lineage)
            }
            context = desk_context(site, asker.now_ms, asker.address)
            questions = [
                Question(
                    principal=asker.operator.id,
                    action=action,
                    resource=uid("Account", lineage[0].account.id),
                    context=context,
                )
                for lineage in known.values()
            ]
            return [operator_entity(asker.operator, asker.profiles), *entities.values()], questions

        policies = self.in_force.policies
        answers = ask(policies.cedar, policies.vocabulary.schema, facts, len(known))
        allowed = {number for number, answer in zip(known, answers, strict=True) if answer.allowed}
        return [number in allowed for number in range(len(lineages))]

    def on_session_of(
        self, action: str, asker: Asker, site: str, user: User, lineage: Sequence[Standing]
    ) -> Permitted | Deny:
        """May they `approve` or `end_any_session` that is, or would be, on behalf of a user?"""
        if not complete(user, lineage):
            return ACCOUNT_UNKNOWN
        return self._ask(
            action,
            asker,
            lambda: [user_entity(user, False), *account_entities(lineage)],
            uid("User", user.id),
            lambda: desk_context(site, asker.now_ms, asker.address),
        )

    def on_site(self, action: str, asker: Asker, site: str) -> Permitted | Deny:
        """May they `see_policies` of a site?"""
        return self._ask(
            action,
            asker,
            list,
            uid("Site", site),
            lambda: here_and_now(asker.now_ms, asker.address),
        )

    def on_person(
        self, asker: Asker, person: Operator, profiles: Sequence[str]
    ) -> Permitted | Deny:
        """May they add, change, disable or enable somebody who is, or will be, as given?"""
        if person.id.casefold() == asker.operator.id.casefold():
            return OWN_PERSON
        return self._ask(
            "manage_people",
            asker,
            lambda: [operator_entity(person, profiles)],
            uid("Operator", person.id),
            lambda: here_and_now(asker.now_ms, asker.address),
        )

    def _ask(
        self,
        action: str,
        asker: Asker,
        entities: Callable[[], list[Json]],
        resource: Json,
        context: Callable[[], Json],
    ) -> Permitted | Deny:
        if not asker.profiles:
            return PROFILE_UNKNOWN

        def facts() -> tuple[list[Json], list[Question]]:
            who = operator_entity(asker.operator, asker.profiles)
            question = Question(
                principal=asker.operator.id, action=action, resource=resource, context=context()
            )
            return [who, *entities()], [question]

        policies = self.in_force.policies
        answer = ask(policies.cedar, policies.vocabulary.schema, facts, 1)[0]
        if answer.allowed:
            return answer.policies
        return refusal(action, answer, policies.words, asker.operator.profile)


def _in(account: str) -> User:
    return User(id="", name="", email="", account=account)
