"""Questions about the policies of a config, over its people as they are now."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.app.directory_sources import directory_of
from gateway.app.people import groups_of, load_operators, load_policies, profiles_of
from gateway.app.reading import opened
from gateway.app.sites import preferences_of
from gateway.config import Config, Site
from gateway.errors import GatewayError
from gateway.model import Deny, Mode, Operator, Preferences, User
from gateway.people.memory import MemoryDirectory
from gateway.people.operators import Operators
from gateway.people.people_book import PeopleBook
from gateway.people.preferences import PreferenceBook
from gateway.people.standing import lineage_of, owned_by
from gateway.policy.rights.facts import Case, Circumstances
from gateway.policy.rights.files import Policies
from gateway.policy.rights.helps import OTHERS, OWN, what_helps
from gateway.policy.rights.profiles import Profiles
from gateway.policy.rights.start import StartAllowed, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """A start as it is asked about. `given`: facts of `Circumstances` that are so."""

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
class Asking:
    """One site with all that its policies speak of."""

    site: Site
    operators: Operators
    profiles: Profiles
    policies: Policies
    directory: MemoryDirectory
    preferences: dict[str, Preferences]

    def explain(self, who: str, whom: str, how: How) -> Explained:
        """Say what comes out for an operator and a user, and what would change a no.

        Raises:
            GatewayError: `policy_question`, there is no such operator or user.
        """
        case = self._case(self._operator(who), self._user(whom), how)
        answer = decide(self.policies, case)
        if isinstance(answer, StartAllowed):
            hidden = tuple(name for name in self.site.categories if name not in answer.reveal)
            return Explained(answer, hidden, ())
        return Explained(answer, (), tuple(what_helps(self.policies, case, {**OWN, **OTHERS})))

    def who_can(self, whom: str, how: How) -> Iterator[tuple[Operator, StartAllowed]]:
        """Give every operator who may act for a user, and by which policies.

        Raises:
            GatewayError: `policy_question`, there is no such user.
        """
        user = self._user(whom)
        for operator in self.operators.enabled():
            answer = decide(self.policies, self._case(operator, user, how))
            if isinstance(answer, StartAllowed):
                yield operator, answer

    def what_can(self, who: str, how: How) -> Iterator[tuple[User, StartAllowed]]:
        """Give every user for whom an operator may act, and by which policies.

        Raises:
            GatewayError: `policy_question`, there is no such operator.
        """
        operator = self._operator(who)
        for account in self.directory.accounts():
            for user in self.directory.users_of(account.id):
                answer = decide(self.policies, self._case(operator, user, how))
                if isinstance(answer, StartAllowed):
                    yield user, answer

    def _case(self, operator: Operator, user: User, how: How) -> Case:
        now, profile = int(time.time() * 1000), self.profiles[operator.profile]
        facts = dict.fromkeys(how.given, True)
        at_work = {"in_working_hours": profile.at_work(now), "in_network": False}
        return Case(
            operator=operator,
            profiles=self.profiles.chain(operator.profile),
            user=self.operators.protect(user),
            consented=how.consent,
            lineage=lineage_of(
                self.directory.account(user.account),
                self.directory.ancestors(user.account),
                owned_by(self.operators),
                self.preferences,
                preferences_of(self.site),
            ),
            site=self.site.name,
            categories=tuple(self.site.categories),
            circumstances=Circumstances(
                mode=how.mode,
                now_ms=now,
                address=how.address,
                ticket=how.ticket,
                ticket_holds=how.holds,
                workflow=how.workflow,
                **{**at_work, **facts},
            ),
            capabilities=tuple(self.site.capabilities),
        )

    def _operator(self, who: str) -> Operator:
        found = self.operators.get(who)
        if found is None:
            raise _unknown(f"There is no operator {who!r}.")
        return found

    def _user(self, whom: str) -> User:
        found = self.directory.user(whom)
        if found is None:
            raise _unknown(f"Site {self.site.name} has no user {whom!r}.")
        return found


@asynccontextmanager
async def asking(config: Config, site_name: str) -> AsyncIterator[Asking]:
    """Read all that the policies of a site speak of; `site_name` may be empty for the first.

    Raises:
        GatewayError: `policy_question`, there is no such site; `config`, a file cannot be used.
        StoreAway: what accounts allow cannot be read.
    """
    site = next((each for each in config.sites if each.name == site_name or not site_name), None)
    if site is None:
        raise _unknown(f"There is no site {site_name!r}.")
    profiles = profiles_of(config)
    operators = load_operators(config, profiles)
    async with opened(config) as store:
        directories = {
            each.name: await directory_of(each, store)
            for each in config.sites
            if each is site or each.operators
        }
        operators.join(groups_of(config, profiles, directories))
        said = await PreferenceBook(store).all(site.name)
        operators.take((await PeopleBook(store).seen()).people)
    yield Asking(
        site=site,
        operators=operators,
        profiles=profiles,
        policies=load_policies(config, profiles),
        directory=directories[site.name],
        preferences=said,
    )


def _unknown(detail: str) -> GatewayError:
    return GatewayError("policy_question", detail, "Name one by its id.")
