"""Questions about policies, over the people of a site as they are."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.model import Account, Deny, Mode, Operator, Preferences, User
from gateway.people.operators import Operators
from gateway.people.source import Directory
from gateway.people.standing import lineage_of, owned_by
from gateway.policy.rights.facts import Case, Circumstances
from gateway.policy.rights.files import Policies
from gateway.policy.rights.helps import OTHERS, OWN, what_helps
from gateway.policy.rights.profiles import Profiles
from gateway.policy.rights.start import StartAllowed, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """A start as it is asked about. `given`: facts of `Circumstances` that are so.

    `consent`: the user allows it, whatever they said.
    """

    mode: Mode
    ticket: str = ""
    holds: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    consent: bool = False
    address: str = "192.0.2.1"
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """What the policies say of a start, and the smallest changes that would allow it."""

    answer: StartAllowed | Deny
    hidden: tuple[str, ...]
    helps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """One site with all that its policies speak of, at one moment.

    `preferences`: what accounts said, by id, and `default` what holds where none did. `consented`:
    the ids of users who allow it. `ticket_required`: whether a start needs one. `now_ms`:
    milliseconds since the Unix epoch.
    """

    site: str
    categories: tuple[str, ...]
    capabilities: tuple[str, ...]
    workflows: Container[str]
    operators: Operators
    profiles: Profiles
    policies: Policies
    directory: Directory
    preferences: Mapping[str, Preferences]
    default: Preferences
    now_ms: int
    consented: frozenset[str] = frozenset()
    ticket_required: bool = False

    def explain(self, who: str, whom: str, how: How) -> Explained:
        """Say what comes out for an operator and a user, and what would change a no.

        Raises:
            GatewayError: `policy_question`, there is no such operator or user.
        """
        case = self.case(self.operator(who), self.user(whom), how)
        answer = decide(self.policies, case)
        if isinstance(answer, StartAllowed):
            hidden = tuple(name for name in self.categories if name not in answer.reveal)
            return Explained(answer, hidden, ())
        return Explained(answer, (), tuple(what_helps(self.policies, case, {**OWN, **OTHERS})))

    def who_can(self, whom: str, how: How) -> Iterator[tuple[Operator, StartAllowed]]:
        """Give every operator who may act for a user, and by which policies.

        Raises:
            GatewayError: `policy_question`, there is no such user.
        """
        user = self.user(whom)
        for operator in self.operators.enabled():
            answer = decide(self.policies, self.case(operator, user, how))
            if isinstance(answer, StartAllowed):
                yield operator, answer

    def what_can(
        self, who: str, how: How, accounts: Iterable[Account] | None = None
    ) -> Iterator[tuple[User, StartAllowed | Deny]]:
        """Give the users of some accounts, or of all, and whether an operator may act for them.

        Raises:
            GatewayError: `policy_question`, there is no such operator.
        """
        operator = self.operator(who)
        for account in self.directory.accounts() if accounts is None else accounts:
            for user in self.directory.users_of(account.id):
                yield user, decide(self.policies, self.case(operator, user, how))

    def case(self, operator: Operator, user: User, how: How) -> Case:
        """Give the facts of a start.

        Raises:
            GatewayError: `policy_question`, the site has no such workflow.
        """
        if how.workflow and how.workflow not in self.workflows:
            raise unknown(f"Site {self.site} has no workflow {how.workflow!r}.")
        profile = self.profiles[operator.profile]
        facts = dict.fromkeys(how.given, True)
        here = {
            "ticket_required": self.ticket_required,
            "in_working_hours": profile.at_work(self.now_ms),
            "in_network": profile.knows(how.address),
        }
        return Case(
            operator=operator,
            profiles=self.profiles.chain(operator.profile),
            user=self.operators.protect(user),
            consented=how.consent or user.id in self.consented,
            lineage=lineage_of(
                self.directory.account(user.account),
                self.directory.ancestors(user.account),
                owned_by(self.operators),
                self.preferences,
                self.default,
            ),
            site=self.site,
            categories=self.categories,
            circumstances=Circumstances(
                mode=how.mode,
                now_ms=self.now_ms,
                address=how.address,
                ticket=how.ticket,
                ticket_holds=how.holds,
                workflow=how.workflow,
                **{**here, **facts},
            ),
            capabilities=self.capabilities,
        )

    def operator(self, who: str) -> Operator:
        """Give an operator.

        Raises:
            GatewayError: `policy_question`, there is none of this id.
        """
        found = self.operators.get(who)
        if found is None:
            raise unknown(f"There is no operator {who!r}.")
        return found

    def user(self, whom: str) -> User:
        """Give a user.

        Raises:
            GatewayError: `policy_question`, the site has none of this id.
        """
        found = self.directory.user(whom)
        if found is None:
            raise unknown_user(self.site, whom)
        return found


def unknown_user(site: str, whom: str) -> GatewayError:
    """Say that a site has no such user."""
    return unknown(f"Site {site} has no user {whom!r}.")


def unknown(detail: str) -> GatewayError:
    """Say that somebody asked about what there is not."""
    return GatewayError(
        "policy_question", detail, "Name one by its id.", status=404, title="This was not answered"
    )
