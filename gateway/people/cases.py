"""Cases for policies: who would do what to whom, what is to come out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.model import Account, Deny, Mode, Operator, Preferences, User
from gateway.people.standing import lineage_of, owned_by
from gateway.policy.rights.desk import Asker, Desk, Permitted
from gateway.policy.rights.facts import Case, Circumstances, Standing
from gateway.policy.rights.files import Policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import Profiles
from gateway.policy.rights.start import StartAllowed, decide
from gateway.policy.rights.vocabulary import Vocabulary

NOW_MS: Final = 1_767_225_600_000
"""When cases happen: 2026-01-01 00:00 UTC."""
ADDRESS: Final = "192.0.2.1"

ALLOWED, REFUSED = "allowed", "refused"
_Answer = StartAllowed | Permitted | Deny


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, which begins at `line` of its file.

    `how`: a mode, or an action at the desk. `expect`: `allowed`, `refused`, the code of a refusal,
    or a policy that must be among those that decide. `shows`: the categories that must be shown,
    `has`: the capabilities that must be there; None where it does not matter.
    """

    line: int
    who: Operator
    how: str
    user: User | None
    account: Account | None
    person: Operator | None
    circumstances: Circumstances
    consented: bool
    expect: str
    shows: tuple[str, ...] | None
    has: tuple[str, ...] | None
    why: str

    def __str__(self) -> str:
        whom = self.user or self.account or self.person
        return f"{self.who.id} {self.how} {whom.id if whom else ''}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Cases and the people that they are about. `ready`: the policies that are asked, else None."""

    ready: tuple[str, ...] | None
    accounts: Mapping[str, Account]
    operators: Mapping[str, Operator]
    preferences: Mapping[str, Preferences]
    categories: tuple[str, ...]
    capabilities: tuple[str, ...]
    site: str
    rows: tuple[Row, ...]

    def vocabulary(self, profiles: Profiles) -> Vocabulary:
        """Give the names that its ready policies may use: its own."""
        return Vocabulary(profiles.names, [self.site], self.categories, self.capabilities)

    def failures(self, policies: Policies, profiles: Profiles) -> Iterator[tuple[Row, str]]:
        """Give each case of which something else comes out, with a sentence that says what."""
        for row in self.rows:
            came_out = _otherwise(row, self._answer(row, policies, profiles))
            if came_out:
                yield row, came_out

    def case_of(self, row: Row, user: User, profiles: Profiles) -> Case:
        """Give the facts of a start."""
        return Case(
            operator=row.who,
            profiles=profiles.chain(row.who.profile),
            user=user,
            consented=row.consented,
            lineage=self._lineage(user.account),
            site=self.site,
            categories=self.categories,
            circumstances=row.circumstances,
            capabilities=self.capabilities,
        )

    def _answer(self, row: Row, policies: Policies, profiles: Profiles) -> _Answer:
        if row.user is not None and row.how in set(Mode):
            return decide(policies, self.case_of(row, row.user, profiles))
        chain = profiles.chain(row.who.profile)
        asker = Asker(operator=row.who, profiles=chain, now_ms=NOW_MS, address=ADDRESS)
        desk = Desk(InForce(policies))
        if row.user is not None:
            lineage = self._lineage(row.user.account)
            return desk.on_session_of(row.how, asker, self.site, row.user, lineage)
        if row.person is not None:
            return desk.on_person(asker, row.person, profiles.chain(row.person.profile))
        if row.account is None:
            return desk.on_site(row.how, asker, self.site)
        lineage = self._lineage(row.account.id)
        return desk.on_account(row.how, asker, self.site, lineage)

    def _lineage(self, account_id: str) -> tuple[Standing, ...]:
        account = self.accounts.get(account_id)
        ancestors: list[Account] = []
        at = account
        while at is not None and (at := self.accounts.get(at.parent or "")) is not None:
            ancestors.append(at)
        owned = owned_by(self.operators.values())
        return lineage_of(account, ancestors, owned, self.preferences, Preferences())


def _otherwise(row: Row, answer: _Answer) -> str:
    """Say what came out where it is not what was expected; empty where it is."""
    if isinstance(answer, Deny):
        fits = row.expect in (REFUSED, answer.code, *answer.rule.split(","))
        return "" if fits else f"refused by {answer.rule} ({answer.code}): {answer.detail}"
    policies = answer.policies if isinstance(answer, StartAllowed) else answer
    if row.expect not in (ALLOWED, *policies):
        return f"allowed{' by ' if policies else ''}{', '.join(policies)}"
    shown = answer.reveal if isinstance(answer, StartAllowed) else ()
    if row.shows is not None and set(row.shows) != set(shown):
        return f"it shows {', '.join(shown) or 'nothing'}"
    given = answer.capabilities if isinstance(answer, StartAllowed) else ()
    if row.has is not None and set(row.has) != set(given):
        return f"it has {', '.join(given) or 'no capability'}"
    return ""
