"""May this operator start this session, and what may they see in it?

Yes needs a permit for every action that the start asks for, and no forbid and no error (law 2).
Whatever is not permitted is refused with the words of the policy that forbids it, or with our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.model import Account, Deny, Frozen, Mode, Operator, User
from gateway.policy.cedar import Answer, Case, ask
from gateway.policy.policies import PolicySet, parse

_ACTIONS = {Mode.READ_ONLY: "act_read_only", Mode.READ_WRITE: "act_read_write"}


class StartAllowed(Frozen, frozen=True, kw_only=True):
    """The session may start. `reveal`: categories not redacted; `policies`: who permitted it."""

    mode: Mode
    reveal: tuple[str, ...]
    policies: tuple[str, ...]


class Policies:
    """The policies of a gateway, ready to be asked; made by `Policies.load`."""

    def __init__(self, policy_set: PolicySet) -> None:
        self._set = policy_set

    @classmethod
    def load(cls, files: Mapping[str, str]) -> Policies:
        """Parse and check policy files: name, as shown in faults -> text.

        Raises:
            ValueError: names every fault, one line each.
        """
        return cls(parse(files))

    def decide_start(
        self,
        operator: Operator,
        user: User,
        account: Account | None,
        ancestors: Sequence[Account],
        site: str,
        categories: Sequence[str],
        mode: Mode,
        ticket: str,
        now_ms: int,
    ) -> StartAllowed | Deny:
        """Decide whether a session may start, and which categories it may see.

        Args:
            operator: who asks.
            user: whom they would act for; `protected` must already be set for one who is also an
                operator.
            account: the user's account; None when the directory does not have it.
            ancestors: that account's parents, nearest first, up to the root.
            site: the site's name.
            categories: every category that the site's redaction rules know.
            mode: what is asked for.
            ticket: the ticket's number, or "".
            now_ms: the time of the decision, in milliseconds since the Unix epoch.
        """
        if _same_person(operator, user):
            return _deny(
                "oneself",
                "start.oneself",
                "Nobody acts on behalf of themselves: that would hide who did what.",
                "Use the app as yourself.",
            )
        lineage = _lineage(user, account, ancestors)
        if lineage is None:
            return _deny(
                "account_unknown",
                "start.account_known",
                "The directory does not say completely which account this user belongs to.",
                "Ask whoever looks after the site's directory to complete it.",
            )
        acting = [_ACTIONS[mode]] + (["act_for_protected"] if user.protected else [])
        case = Case(
            operator=operator,
            user=user,
            lineage=lineage,
            site=site,
            categories=tuple(categories),
            ticket=ticket,
            now_ms=now_ms,
        )
        answers = ask(self._set.cedar, case, acting)
        for action, answer in answers.acting.items():
            if not answer.allowed:
                return self._refusal(action, answer, operator)
        reveal = tuple(name for name in categories if answers.reveal[name].allowed)
        permits = [*answers.acting.values(), *(answers.reveal[name] for name in reveal)]
        policies = dict.fromkeys(policy for answer in permits for policy in answer.policies)
        return StartAllowed(mode=mode, reveal=reveal, policies=tuple(policies))

    def _refusal(self, action: str, answer: Answer, operator: Operator) -> Deny:
        if answer.failed:
            return _deny(
                "policy_failed",
                "start.policies_evaluate",
                "The policies could not be evaluated for this start, so the answer is no.",
                "Ask whoever looks after the gateway's policies to look at this case.",
            )
        if answer.policies:
            words = [self._set.words[policy] for policy in answer.policies]
            return _deny(
                "forbidden_by_policy",
                ",".join(answer.policies),
                " ".join(word.reason for word in words),
                " ".join(word.advice for word in words if word.advice),
            )
        if action == "act_for_protected":
            return _deny(
                "protected_user",
                "start.act_for_protected",
                "This user is protected: an administrator of the app, or an operator.",
                "Choose another user; only a policy of the gateway's owner can permit this one.",
            )
        doing = "look at" if action == "act_read_only" else "change"
        return _deny(
            "not_permitted",
            f"start.{action}",
            f"No policy lets the profile {operator.profile} {doing} this user's data on this site.",
            "Choose another user or mode, or ask an administrator of the gateway.",
        )


def _same_person(operator: Operator, user: User) -> bool:
    same_mail = operator.email.casefold() == user.email.casefold() != ""
    return same_mail or operator.id.casefold() == user.id.casefold()


def _lineage(
    user: User, account: Account | None, ancestors: Sequence[Account]
) -> tuple[Account, ...] | None:
    """The user's account and all its parents; None when a link is missing or leads in a circle."""
    if account is None:
        return None
    lineage = (account, *ancestors)
    expected: str | None = user.account
    for link in lineage:
        if link.id != expected:
            return None
        expected = link.parent
    complete = expected is None and len({link.id for link in lineage}) == len(lineage)
    return lineage if complete else None


def _deny(code: str, rule: str, detail: str, advice: str) -> Deny:
    return Deny(
        code=code,
        rule=rule,
        status=403,
        title="This session cannot start",
        detail=detail,
        advice=advice,
    )
