"""Policies read, tried on tables and on what is on record, and looked through for what is odd."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import cedarpy
from msgspec.structs import replace

from gateway.audit.reading.fields import Fields, ms_of
from gateway.audit.record import Kind
from gateway.console.policy_values import (
    Answered,
    Draft,
    FailedCase,
    PolicySays,
    ReplayedStart,
    ReplayedStarts,
    ReplayOrder,
    Tested,
)
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Operator
from gateway.people.case_table import SiteNames, read_cases
from gateway.people.document import PeopleError
from gateway.people.operators import Operators
from gateway.policy.rights.files import Policies, read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.lint import remarks
from gateway.policy.rights.profiles import Profiles
from gateway.policy.rights.ready import ready_files
from gateway.policy.rights.replay import Outcome, facts_of, replayed
from gateway.policy.rights.vocabulary import Vocabulary
from gateway.sessions.policy_desk import PolicyDesk
from gateway.site import Site

MOST_STARTS: Final = 1000
"""Starts on record that one replay looks at."""
MOST_CASES: Final = 500
MOST_FACTS: Final = 20_000
"""Accounts, categories and capabilities of a table, counted for each of its cases."""
_TITLE: Final = "This was not tried"
Starts = Callable[[str, int], AsyncGenerator[Fields, None]]
"""Gives the starts of a site that are on record since a time, the newest first."""


class PolicyTrials:
    """Implements `console.policy_services.PolicyTrials`. Methods raise `StoreAway` and `Refused`.

    Args:
        desk: knows who may see what.
        sites: by name.
        operators, profiles: whom policies may name.
        policies: those in force.
        starts: reads what is on record.
        conditions: the names of a ticket's; None where none is looked up.
    """

    def __init__(
        self,
        desk: PolicyDesk,
        sites: Mapping[str, Site],
        operators: Operators,
        profiles: Profiles,
        policies: InForce,
        starts: Starts,
        conditions: frozenset[str] | None,
    ) -> None:
        self._desk = desk
        self._sites = sites
        self._operators = operators
        self._profiles = profiles
        self._policies = policies
        self._starts = starts
        self._conditions = conditions

    async def listed(self, operator: Operator, site: str, client: Client) -> Sequence[PolicySays]:
        """Give the policies in force, in the order of their files."""
        self._desk.check_policies(operator, site, client)
        policies = self._policies.policies
        return await self._desk.in_turn(
            lambda: [_says(policies, name) for name in policies.document]
        )

    async def test(
        self, operator: Operator, site: str, table: str, policies: Draft | None, client: Client
    ) -> Tested:
        """Ask policies about a table of cases."""
        self._desk.check_policies(operator, site, client)
        return await self._desk.in_turn(
            lambda: self._tested(self._desk.site(site), table, policies)
        )

    async def lint(
        self, operator: Operator, site: str, policies: Draft | None, client: Client
    ) -> Sequence[str]:
        """Say what is odd about policies, a line each."""
        self._desk.check_policies(operator, site, client)
        return await self._desk.in_turn(lambda: list(remarks(self._tried(policies), self._known())))

    async def replay(
        self, operator: Operator, order: ReplayOrder, client: Client
    ) -> ReplayedStarts:
        """Ask policies about the last starts on record, in accounts whose audit one may see."""
        self._desk.check_policies(operator, order.site, client)
        site = self._desk.site(order.site)
        policies = await self._desk.in_turn(lambda: self._tried(order.policies))
        may: dict[str, bool] = {}
        found: list[Fields] = []
        more = False
        async with aclosing(self._starts(site.name, order.since)) as starts:
            async for record in starts:
                account = record.get("subject", {}).get("account", "")
                if account not in may:
                    may[account] = await self._desk.may_see(operator, site, account, client)
                if not may[account] or not _is_wanted(record, order):
                    continue
                if len(found) == MOST_STARTS:
                    more = True
                    break
                found.append(record)
        told = await self._desk.in_turn(lambda: [_again(policies, record) for record in found])
        looked_at = [each for each in told if each is not None]
        return ReplayedStarts(
            starts=tuple(each for each in looked_at if each.differs),
            looked_at=len(looked_at),
            not_known=sum(not each.known for each in looked_at),
            more=more,
        )

    def _tested(self, site: Site, table: str, draft: Draft | None) -> Tested:
        names = SiteNames(
            categories=site.categories,
            capabilities=site.capabilities,
            workflows=site.workflows.labels,
        )
        try:
            cases = read_cases(table, "table", self._profiles, {site.name: names})
        except PeopleError as faults:
            raise _bad_table(faults) from None
        if len(cases.rows) > MOST_CASES:
            raise _bad_table(f"more than {MOST_CASES} cases")
        facts = len(cases.accounts) + len(cases.categories) + len(cases.capabilities)
        if len(cases.rows) * facts > MOST_FACTS:
            raise _bad_table(f"{len(cases.rows)} cases about {facts} names are too many")
        if cases.ready is None:
            tried = self._tried(draft)
        else:
            tried = _read(Draft(ready=cases.ready), cases.vocabulary(self._profiles))
        failed = tuple(
            FailedCase(
                line=row.line,
                case=str(row),
                expected=row.expect,
                why=row.why,
                came_out=came_out,
            )
            for row, came_out in cases.failures(tried, self._profiles)
        )
        return Tested(cases=len(cases.rows), failed=failed)

    def _tried(self, draft: Draft | None) -> Policies:
        in_force = self._policies.policies
        return in_force if draft is None else _read(draft, in_force.vocabulary)

    def _known(self) -> Mapping[str, frozenset[str]]:
        directories = [site.directory for site in self._sites.values()]
        accounts = [account.id for each in directories for account in each.accounts()]
        users = {user.id for each in directories for at in accounts for user in each.users_of(at)}
        workflows = {name for site in self._sites.values() for name in site.workflows.labels}
        return {
            "Account": frozenset(accounts),
            "User": frozenset(users),
            "Operator": frozenset(self._operators.listed),
            "Workflow": frozenset(workflows),
            **({} if self._conditions is None else {"Condition": self._conditions}),
        }


def _read(draft: Draft, vocabulary: Vocabulary) -> Policies:
    try:
        return read_policies({**ready_files(draft.ready), **draft.files}, vocabulary)
    except KeyError as name:
        fault = f"there is no ready policy {name}"
        raise _bad_policies(fault) from None
    except ValueError as faults:
        raise _bad_policies(faults) from None


def _is_wanted(record: Fields, order: ReplayOrder) -> bool:
    return order.until is None or ms_of(record["at"]) < order.until


def _again(policies: Policies, record: Fields) -> ReplayedStart | None:
    """Ask again about one start; None where no policy had decided."""
    allowed = record["kind"] == Kind.SESSION_STARTED
    facts = facts_of(record.get("facts"))
    if facts is None and not allowed:
        return None
    told = ReplayedStart(
        at=record["at"],
        session=record.get("session", ""),
        site=record.get("site", ""),
        actor=record.get("actor", {}).get("id", ""),
        subject=record.get("subject", {}).get("id", ""),
        mode=record.get("mode", ""),
        known=facts is not None,
    )
    if facts is None:
        return told
    again = replayed(policies, facts, allowed=allowed, rule=record.get("rule", ""))
    return replace(
        told, differs=again.differs, was=_told(again.was), would_be=_told(again.would_be)
    )


def _told(outcome: Outcome) -> Answered:
    return Answered(
        allowed=outcome.allowed,
        rule=outcome.rule,
        shown=outcome.reveal,
        capabilities=outcome.capabilities,
    )


def _says(policies: Policies, name: str) -> PolicySays:
    document, words = policies.document[name], policies.words[name]
    whole = {"templates": {}, "staticPolicies": {name: document}, "templateLinks": []}
    return PolicySays(
        id=name,
        effect=document["effect"],
        file=policies.origin[name],
        reason=words.reason,
        advice=words.advice,
        text=cedarpy.policies_from_json_str(json.dumps(whole)),
    )


def _bad_table(faults: object) -> Refused:
    return Refused(
        "bad_table",
        f"The table cannot be used: {faults}.",
        "Mend it and try again.",
        status=422,
        title=_TITLE,
    )


def _bad_policies(faults: object) -> Refused:
    return Refused(
        "bad_policies",
        f"The policies cannot be used: {faults}.",
        "Mend them and try again.",
        status=422,
        title=_TITLE,
    )
