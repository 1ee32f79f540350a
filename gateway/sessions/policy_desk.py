"""What policies would say: asked by operators, about themselves and about others.

Nothing here lets anybody in or is put on record. Of others one hears what concerns accounts whose
audit one may see; whom one does not find there is not, as for a start. What takes CPU is done in a
thread, one question at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from gateway.console.policy_values import Answered, PolicyQuestion, WhoMay, WhomMay, WhomPage
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Deny, Operator
from gateway.people.consents import ConsentBook
from gateway.people.operators import Operators
from gateway.people.preferences import PreferenceBook
from gateway.people.questions import Questions, unknown_user
from gateway.people.reach import Reach
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.policy_terms import TITLE, accounts_of, answered, how_of
from gateway.sessions.refusing import refused
from gateway.sessions.standings import Standings
from gateway.site import Site

_Found = TypeVar("_Found")


class PolicyDesk:
    """Implements `console.policy_services.PolicyQuestions`.

    Methods raise `StoreAway`, `Refused` and `policy_question` (404).
    """

    def __init__(
        self,
        *,
        sites: Mapping[str, Site],
        operators: Operators,
        profiles: Profiles,
        policies: InForce,
        preferences: PreferenceBook,
        consents: ConsentBook,
        standings: Standings,
        reach: Reach,
        ticket_required: bool,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._operators = operators
        self._profiles = profiles
        self._policies = policies
        self._preferences = preferences
        self._consents = consents
        self._standings = standings
        self._reach = reach
        self._ticket_required = ticket_required
        self._desk = Desk(policies)
        self._now = now
        self._turn = asyncio.Lock()

    async def explain(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Answered:
        """Say what a start would come to."""
        site = self.site(question.site)
        who = question.operator or operator.id
        account = await self._account_of(operator, site, question.subject)
        if who != operator.id:
            await self._check_audit(operator, site, account, client)
        questions = await self._questions(site, [question.subject])
        how = how_of(question, client if who == operator.id else None)
        return answered(await self.in_turn(lambda: questions.explain(who, question.subject, how)))

    async def who_can(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Sequence[WhoMay]:
        """Give every operator who may act for a user."""
        site = self.site(question.site)
        account = await self._account_of(operator, site, question.subject)
        await self._check_audit(operator, site, account, client)
        questions = await self._questions(site, [question.subject])
        how = how_of(question, None)

        def found() -> list[WhoMay]:
            asked = questions.who_can(question.subject, how)
            return [WhoMay(operator=who, rule=",".join(said.policies)) for who, said in asked]

        return await self.in_turn(found)

    async def what_can(
        self, operator: Operator, question: PolicyQuestion, after: str, client: Client
    ) -> WhomPage:
        """Give users for whom an operator may act, account by account."""
        site = self.site(question.site)
        who = question.operator or operator.id
        within = await self._reach.of(operator, site)
        accounts, last = accounts_of(site, within, question.account, after)
        if who != operator.id:
            accounts = [
                each for each in accounts if await self.may_see(operator, site, each.id, client)
            ]
        if not accounts:  # nor is it told whether there is such an operator
            return WhomPage(found=(), after=last)
        users = [user.id for at in accounts for user in site.directory.users_of(at.id)]
        questions = await self._questions(site, users)
        how = how_of(question, client if who == operator.id else None)

        def found() -> tuple[WhomMay, ...]:
            asked = questions.what_can(who, how, accounts)
            return tuple(
                WhomMay(user=user, rule=",".join(said.policies))
                for user, said in asked
                if not isinstance(said, Deny)
            )

        return WhomPage(found=await self.in_turn(found), after=last)

    def site(self, name: str) -> Site:
        """Give a site.

        Raises:
            Refused: 404 `unknown_site`.
        """
        site = self._sites.get(name)
        if site is None:
            raise Refused(
                "unknown_site",
                "There is no such site.",
                "Choose one of the list.",
                status=404,
                title=TITLE,
            )
        return site

    def check_policies(self, operator: Operator, site: str, client: Client) -> None:
        """See that an operator may read a site's policies.

        Raises:
            Refused: they may not (403); 404 `unknown_site`.
        """
        answer = self._desk.on_site(
            "see_policies", self._asker(operator, client), self.site(site).name
        )
        if isinstance(answer, Deny):
            raise refused(answer, TITLE)

    async def may_see(self, operator: Operator, site: Site, account: str, client: Client) -> bool:
        """Say whether an operator may see the audit of an account."""
        return not isinstance(await self._on_account(operator, site, account, client), Deny)

    async def in_turn(self, work: Callable[[], _Found]) -> _Found:
        """Do what takes CPU beside the loop, when it is its turn."""
        async with self._turn:
            return await asyncio.to_thread(work)

    async def _questions(self, site: Site, users: Sequence[str]) -> Questions:
        """Take all that policies speak of as it is; `users` are those who are asked about."""
        now = self._now()
        return Questions(
            site=site.name,
            categories=tuple(site.categories),
            capabilities=tuple(site.capabilities),
            workflows=site.workflows,
            operators=self._operators,
            profiles=self._profiles,
            policies=self._policies.policies,
            directory=site.directory,
            preferences=await self._preferences.all(site.name),
            default=site.preferences,
            now_ms=now,
            consented=await self._consents.allowing(site.name, users, now),
            ticket_required=self._ticket_required,
        )

    async def _account_of(self, operator: Operator, site: Site, subject: str) -> str:
        """Give the account of a user whom an operator finds.

        Raises:
            GatewayError: `policy_question`, they find none of this id.
        """
        user = site.directory.user(subject)
        if user is None or not await self._reach.reaches(operator, site, user.account):
            raise unknown_user(site.name, subject)
        return user.account

    async def _check_audit(
        self, operator: Operator, site: Site, account: str, client: Client
    ) -> None:
        answer = await self._on_account(operator, site, account, client)
        if isinstance(answer, Deny):
            raise refused(answer, TITLE)

    async def _on_account(
        self, operator: Operator, site: Site, account: str, client: Client
    ) -> object:
        lineage = await self._standings.lineage(site, account)
        asker = self._asker(operator, client)
        return self._desk.on_account("view_audit", asker, site.name, lineage)

    def _asker(self, operator: Operator, client: Client) -> Asker:
        return Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
