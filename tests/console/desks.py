"""Services of the console that live in memory: each is a side of the `World`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from gateway.console.approval_values import Approval, BrokenGlass, State, Verdict
from gateway.console.consent_services import AskedUser, AskOrder
from gateway.console.directory_values import (
    AccountCard,
    AccountPage,
    AccountSheet,
    Owner,
    Place,
    Shortcut,
    UserPage,
)
from gateway.console.policy_values import Answered, PolicyQuestion, PolicySays, WhoMay
from gateway.console.values import (
    AccountSays,
    Client,
    MoreOrder,
    OperatorChange,
    OperatorList,
    OperatorSays,
    Outlook,
    Person,
    PersonOrder,
    PreferenceChange,
    PreferenceOrder,
    SignIn,
    Started,
    StartOrder,
    Way,
)
from gateway.errors import HandOverFirst, Refused, StoreAway
from gateway.model import Mode, Operator, Preferences, Session
from gateway.people.questions import unknown
from tests.console.characters import (
    ACCOUNTS,
    ADA,
    JONAS,
    NOW,
    SAM,
    make_actor,
)

if TYPE_CHECKING:
    from tests.console.support import World


@dataclass
class Ways:
    """No app here has buttons."""

    origins: tuple[str, ...] = ()

    async def code(self, sign_in: str, origin: str, proof: str) -> str:
        raise AssertionError(origin)

    async def open(self, code: str, origin: str, held: str) -> str | None:
        raise AssertionError(origin)


@dataclass
class SignIns:
    world: World

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        return await self.world.create(operator, way, client)

    async def find(self, token: str) -> SignIn | None:
        return await self.world.find_sign_in(token)

    async def end(self, token: str, client: Client) -> None:
        await self.world.end_sign_in(token)


@dataclass
class Accounts:
    world: World

    async def preferences(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> AccountSays:
        if account in self.world.not_told:
            raise Refused("may_not_see_preferences", "They are for others.")
        said = self.world.preferences.get(account)
        return AccountSays(
            said=said, in_force=said or Preferences(), version=len(self.world.orders)
        )

    async def history(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> Sequence[PreferenceChange]:
        return [
            PreferenceChange(
                preferences=order.preferences, by=operator.id, why=order.why, at=NOW, version=number
            )
            for number, order in enumerate(self.world.orders, 1)
        ]

    async def prefer(self, operator: Operator, order: PreferenceOrder, client: Client) -> None:
        self.world.orders.append(order)
        if order.preferences is None:
            self.world.preferences.pop(order.account, None)
        else:
            self.world.preferences[order.account] = order.preferences


@dataclass
class Operators:
    world: World

    async def search(self, operator: Operator, text: str, client: Client) -> OperatorList:
        found = [each for each in (ADA, SAM) if text in each.name]
        return OperatorList(people=tuple(map(_says, found)), more=False)

    async def show(self, operator: Operator, person: str, client: Client) -> OperatorSays:
        return _says({"ada": ADA, "sam": SAM}[person])

    async def history(
        self, operator: Operator, person: str, client: Client
    ) -> Sequence[OperatorChange]:
        return [
            OperatorChange(
                operator=order.operator,
                disabled=order.how == "disable",
                by=operator.id,
                why=order.why,
                at=NOW,
                version=number,
            )
            for number, order in enumerate(self.world.person_orders, 1)
        ]

    async def change(self, operator: Operator, order: PersonOrder, client: Client) -> OperatorSays:
        if self.world.depends:
            raise HandOverFirst(
                "hand_over_first", "Something depends on them.", hand_over=self.world.depends
            )
        self.world.person_orders.append(order)
        return _says(order.operator or SAM, disabled=order.how == "disable")


def _says(operator: Operator, *, disabled: bool = False) -> OperatorSays:
    return OperatorSays(operator=operator, disabled=disabled, in_file=False, version=1)


@dataclass
class Directories:
    world: World

    async def places(self, operator: Operator, site: str, subject: str) -> Sequence[Place]:
        person = await self.world.person(operator, site, subject)
        return [Place(site=site, label="CRM", person=person, sure=True)] if person else []

    async def accounts(
        self, operator: Operator, site: str, text: str, after: str, limit: int
    ) -> AccountPage:
        found = [
            self._card(each)
            for each, name in ACCOUNTS.items()
            if text.casefold() in name.casefold()
        ]
        begin = int(after or "0")
        end = begin + 1
        return AccountPage(accounts=tuple(found[begin:end]), after=str(end) if found[end:] else "")

    async def account(self, operator: Operator, site: str, account: str) -> AccountSheet:
        if account not in ACCOUNTS:
            raise Refused("unknown_account", "There is none.", status=404)
        return AccountSheet(account=self._card(account), ancestors=(), children=())

    async def users(
        self,
        operator: Operator,
        site: str,
        *,
        account: str = "",
        text: str = "",
        status: str = "",
        near: str = "",
        after: str = "",
        limit: int = 50,
    ) -> UserPage:
        found = await self.world.search(
            operator, site, text, limit, status=status, account=account or near
        )
        return UserPage(people=found.people)

    def _card(self, account: str) -> AccountCard:
        users = sum(user.account == account for user in self.world.people)
        contact = next(
            (user for user in self.world.people if user.house_contact and user.account == account),
            None,
        )
        return AccountCard(
            id=account,
            name=ACCOUNTS[account],
            parent=None,
            users=users,
            owners=(Owner(id=ADA.id, name=ADA.name),),
            region="emea",
            house_contact=contact.id if contact else None,
            house_contact_status=contact.status if contact else None,
        )


@dataclass
class Shortlists:
    world: World

    async def pinned(self, operator: Operator) -> Sequence[Shortcut]:
        return [
            Shortcut(
                site="crm",
                label="CRM",
                person=Person(user=user, account_name=ACCOUNTS[user.account]),
                at=NOW,
            )
            for user in self.world.pinned
        ]

    async def recent(self, operator: Operator) -> Sequence[Shortcut]:
        return await self.pinned(operator)

    async def pin(self, operator: Operator, site: str, subject: str) -> None:
        person = await self.world.person(operator, site, subject)
        if person is None:
            raise Refused("unknown_subject", "There is nobody.", status=404)
        self.world.pinned.append(person.user)

    async def unpin(self, operator: Operator, site: str, subject: str) -> None:
        self.world.pinned = [user for user in self.world.pinned if user.id != subject]


@dataclass
class Questions:
    world: World

    async def explain(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Answered:
        if question.operator not in ("", operator.id):
            raise Refused("not_your_question", "You may ask about yourself.")
        return Answered(
            allowed=question.mode is Mode.READ_ONLY,
            rule="one,two",
            detail="Changes need a ticket.",
            hidden=("private_notes",),
            helps=(("read_only",), ("ticket", "approval")),
        )

    async def who_can(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Sequence[WhoMay]:
        if question.subject == JONAS.name:
            raise unknown("Site crm has no user 'Jonas Weber'.")
        if question.subject == "away":
            raise StoreAway("store_unreachable", "It is away.")
        return [WhoMay(operator=SAM, rule="one")] if question.subject == JONAS.id else []


class Trials:
    async def listed(self, operator: Operator, site: str, client: Client) -> Sequence[PolicySays]:
        if operator.id != SAM.id:
            raise Refused("may_not_see_policies", "They are for others.")
        return [
            PolicySays(
                id="one",
                effect="forbid",
                file="own.cedar",
                reason="Not <now>.",
                advice="Wait.",
                text="forbid (principal, action, resource);",
            )
        ]


@dataclass
class Asks:
    world: World

    async def ask(self, operator: Operator, order: AskOrder, client: Client) -> AskedUser:
        self.world.asks.append(order)
        return AskedUser(page="http://crm.localhost/_gateway/consent", told=False)


@dataclass
class Sessions:
    world: World

    async def outlook(self, operator: Operator, order: StartOrder, client: Client) -> Outlook:
        return await self.world.outlook(operator, order)

    async def start(self, operator: Operator, order: StartOrder, client: Client) -> Started:
        return await self.world.start(operator, order, client)

    async def live(self, operator: Operator, client: Client) -> Sequence[Session]:
        return await self.world.live(operator)

    async def find(self, operator: Operator, session_id: str, client: Client) -> Session | None:
        return await self.world.find_session(session_id)

    async def open(self, operator: Operator, session_id: str, client: Client) -> str:
        return await self.world.open(operator, session_id, client)

    async def end(self, operator: Operator, session_id: str, client: Client) -> None:
        await self.world.end_session(session_id)

    async def ticket_changed(self, ticket: str) -> None:
        raise NotImplementedError

    async def elevate(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        return self._change(order, elevated_until=NOW + 600_000)

    async def request_approval(
        self, operator: Operator, order: MoreOrder, client: Client
    ) -> Approval:
        session = self.world.live_sessions[order.session]
        return self.world.ask(operator, session.subject.id, order.reason, session=session.id)

    async def lower(self, operator: Operator, session_id: str, client: Client) -> None:
        self._change(MoreOrder(session=session_id, reason=""), elevated_until=0)

    async def extend(self, operator: Operator, order: MoreOrder, client: Client) -> Session:
        return self._change(order, expires_at=NOW + 60 * 60_000)

    def _change(self, order: MoreOrder, **changes: int) -> Session:
        self.world.more_orders.append(order)
        if self.world.more_refused is not None:
            raise self.world.more_refused
        changed = msgspec.structs.replace(self.world.live_sessions[order.session], **changes)
        self.world.live_sessions[order.session] = changed
        return changed


@dataclass
class Approvals:
    world: World

    async def request(self, operator: Operator, order: StartOrder, client: Client) -> Approval:
        if len(order.reason) < 8:
            raise Refused("reason_missing", "Say why.", status=422)
        return self.world.ask(operator, order.subject, order.reason, mode=order.mode)

    async def listed(self, operator: Operator, client: Client) -> Sequence[Approval]:
        return list(self.world.approvals.values())

    async def find(self, operator: Operator, approval_id: str, client: Client) -> Approval:
        if approval_id not in self.world.approvals:
            raise Refused("no_such_approval", "There is none.", status=404)
        return self.world.approvals[approval_id]

    async def decide(
        self, operator: Operator, approval_id: str, state: State, why: str, client: Client
    ) -> Approval:
        asked = await self.find(operator, approval_id, client)
        if state == "refused" and not why:
            raise Refused("reason_missing", "A refusal says why.", status=422)
        by = make_actor(operator)
        decided = msgspec.structs.replace(asked, state=state, by=by, why=why, decided_at=NOW)
        self.world.approvals[approval_id] = decided
        return decided


@dataclass
class Glass:
    world: World

    async def listed(self, operator: Operator, client: Client) -> Sequence[BrokenGlass]:
        return list(self.world.broken.values())

    async def review(
        self, operator: Operator, session_id: str, verdict: Verdict, why: str, client: Client
    ) -> BrokenGlass:
        found = self.world.broken[session_id]
        by = make_actor(operator)
        reviewed = msgspec.structs.replace(found, verdict=verdict, by=by, why=why, reviewed_at=NOW)
        self.world.broken[session_id] = reviewed
        return reviewed
