"""A console on a real server, over services that live in memory.

The fakes stand for other parts of the gateway, which have tests of their own; everything that the
console itself does (HTTP, cookies, forms, templates, the browser's side) is real.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from gateway.console.approval_values import Approval, BrokenGlass, State, Verdict, Whom
from gateway.console.consent_services import AskedUser, AskOrder
from gateway.console.console import create_console
from gateway.console.directory_values import AccountCard, AccountSheet, Place, Shortcut
from gateway.console.outlook_values import WaysOut
from gateway.console.policy_values import Answered, PolicyQuestion, PolicySays, WhoMay
from gateway.console.services import ConsoleServices, SessionPageServices
from gateway.console.session_pages import create_session_pages
from gateway.console.values import (
    AccountSays,
    Arrival,
    Attempt,
    Client,
    Entered,
    Home,
    MoreOrder,
    OperatorChange,
    OperatorList,
    OperatorSays,
    Outlook,
    People,
    Person,
    PersonOrder,
    PreferenceChange,
    PreferenceOrder,
    Proof,
    SignIn,
    SiteCard,
    Started,
    StartOrder,
    TicketField,
    Way,
)
from gateway.errors import HandOverFirst, Refused, StoreAway
from gateway.model import Actor, Deny, Headers, Mode, Operator, Preferences, Session, Subject, User
from gateway.policy.reasons import Reasons
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles

NOW = 1_790_000_000_000
ADA = Operator(
    id="ada", name="Ada Okafor", email="ada@house.example", profile="Customer Success Manager"
)
SAM = Operator(id="sam", name="Sam Rivera", email="sam@house.example", profile="Administrator")
JONAS = User(id="jonas.weber", name="Jonas Weber", email="jonas@nordlicht.example", account="n")
MEI = User(
    id="mei.tanaka", name="Mei Tanaka", email="mei@hoshi.example", account="h", status="invited"
)
ROOT = User(
    id="root", name="Root <b>O'Brien</b>", email="root@h.example", account="h", protected=True
)
ACCOUNTS = {"n": "Nordlicht GmbH", "h": "Hoshi Trading"}
PASSWORD = "correct horse"
BEARER = {"Authorization": "Bearer ada"}


def make_actor(operator: Operator) -> Actor:
    return Actor(id=operator.id, name=operator.name, email=operator.email, profile=operator.profile)


def make_session(operator: Operator, user: User, **changes: object) -> Session:
    session = Session(
        id=secrets.token_hex(6),
        site="crm",
        actor=make_actor(operator),
        subject=Subject(
            id=user.id,
            name=user.name,
            email=user.email,
            account=user.account,
            account_name=ACCOUNTS[user.account],
            status=user.status,
        ),
        mode=Mode.READ_ONLY,
        reason="Deal board empty after role change",
        isolation="host",
        host="k3f9.crm.localhost",
        started_at=NOW,
        expires_at=NOW + 30 * 60_000,
        idle_ms=600_000,
    )
    return msgspec.structs.replace(session, **changes)


@dataclass
class World:
    """Every service of the console, in memory. `store_away` makes recording impossible."""

    session_origin: str = "http://k3f9.crm.localhost:8080"
    further_origin: str = "http://k3f9-1.crm.localhost:8080"
    sites: tuple[SiteCard, ...] = (
        SiteCard(
            name="crm",
            label="CRM",
            form_targets=("http://*.crm.localhost:8080",),
            workflows={"quotes": "Create a quote"},
            capabilities={"edit_prices": "Edit prices"},
            categories={"private_notes": "Private notes", "salaries": "Salaries"},
        ),
    )
    people: tuple[User, ...] = (JONAS, MEI, ROOT)
    passwords: bool = True
    bearer: str = "Bearer"
    store_away: bool = False
    reasons: Reasons = field(default_factory=Reasons)
    ticket: TicketField = field(default_factory=TicketField)
    signed_in: dict[str, SignIn] = field(default_factory=dict)
    live_sessions: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    preferences: dict[str, Preferences] = field(default_factory=dict)
    orders: list[PreferenceOrder] = field(default_factory=list)
    person_orders: list[PersonOrder] = field(default_factory=list)
    depends: tuple[tuple[str, str], ...] = ()
    asks: list[AskOrder] = field(default_factory=list)
    approvals: dict[str, Approval] = field(default_factory=dict)
    broken: dict[str, BrokenGlass] = field(default_factory=dict)
    more_orders: list[MoreOrder] = field(default_factory=list)
    more_refused: Refused | None = None
    pinned: list[User] = field(default_factory=list)
    helps: tuple[tuple[str, ...], ...] = ()

    @property
    def has_passwords(self) -> bool:
        return self.passwords

    @property
    def challenge(self) -> str:
        return self.bearer

    @property
    def step_up(self) -> str:
        return f"{self.bearer} max_age=300" if self.bearer else ""

    async def prove(self, request: web.BaseRequest) -> Proof | None:
        if user := request.headers.get("X-Auth-User"):
            return Proof(operator={"ada": ADA, "sam": SAM}[user], way="trusted_header")
        bearer = request.headers.get("Authorization")
        if bearer is None:
            return None
        if bearer != BEARER["Authorization"]:
            raise Refused("bad_token", "The token does not hold.", status=401)
        return Proof(operator=ADA, way="jwt")

    async def proven(self, headers: Headers, peer: str) -> Proof | None:
        return None

    async def check_password(self, name: str, password: str, client: Client) -> Operator | None:
        return ADA if (name, password) == ("ada", PASSWORD) else None

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        token = secrets.token_urlsafe(32)
        self.signed_in[token] = SignIn(operator=operator, way=way)
        return token

    async def find_sign_in(self, token: str) -> SignIn | None:
        return self.signed_in.get(token)

    async def end_sign_in(self, token: str) -> None:
        self.signed_in.pop(token, None)

    def all(self) -> Sequence[SiteCard]:
        return self.sites

    async def search(
        self,
        operator: Operator,
        site: str,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
    ) -> People:
        words = text.casefold()
        found = [
            Person(user=user, account_name=ACCOUNTS[user.account])
            for user in self.people
            if site == "crm"
            and words in f"{user.name} {user.email} {ACCOUNTS[user.account]}".casefold()
            and status in ("", user.status)
            and account in ("", user.account)
        ]
        return People(people=tuple(found[:limit]), more=len(found) > limit)

    async def person(self, operator: Operator, site: str, user_id: str) -> Person | None:
        return next(
            (
                Person(user=user, account_name=ACCOUNTS[user.account])
                for user in self.people
                if site == "crm" and user.id == user_id
            ),
            None,
        )

    async def house_contact(self, operator: Operator, site: str, account: str) -> Person | None:
        return next(
            (
                Person(user=user, account_name=ACCOUNTS[user.account])
                for user in self.people
                if site == "crm" and user.house_contact and user.account == account
            ),
            None,
        )

    def _ways(self) -> WaysOut:
        helps = {each for together in self.helps for each in together}
        return WaysOut(
            approval="approval" in helps,
            consent="consent" in helps,
            fresh_sign_in="fresh_sign_in" in helps,
            break_glass="break_glass" in helps,
        )

    async def outlook(self, operator: Operator, order: StartOrder) -> Outlook:
        writes = order.mode is Mode.READ_WRITE
        refusal = Deny(
            code="policy",
            rule="writes_need_ticket",
            status=403,
            title="This is not allowed",
            detail="Changes need a ticket that the customer opened.",
            advice="Add the ticket’s number.",
            helps=self.helps,
        )
        return Outlook(
            hidden=("Private notes", "Survey comments", "Meeting notes"),
            revealed=(),
            blocked=("sign-out, password and API-key pages",)
            if writes
            else ("every change", "sign-out, password and API-key pages"),
            lifetime_ms=30 * 60_000,
            idle_ms=10 * 60_000,
            ways=self._ways() if writes and not order.ticket else WaysOut(),
            refusal=refusal if writes and not order.ticket else None,
            capabilities=("Edit prices",) if writes else (),
        )

    async def start(self, operator: Operator, order: StartOrder, client: Client) -> Started:
        person = await self.person(operator, order.site, order.subject)
        if person is None:
            raise Refused("unknown_subject", "Nobody of this id.", status=404)
        if person.user.protected:
            raise Refused(
                "subject_protected",
                "Root is an administrator of the app.",
                "Ask for somebody else.",
                title="You cannot act as this person",
            )
        session = make_session(
            operator,
            person.user,
            mode=order.mode,
            reason=order.reason,
            ticket=order.ticket,
            workflow=order.workflow,
            return_to=order.return_to or "/_gateway/",
        )
        self.live_sessions[session.id] = session
        return Started(session=session, enter_url=self._enter_url(session.id))

    def ask(
        self,
        operator: Operator,
        subject: str,
        reason: str,
        *,
        mode: Mode = Mode.READ_WRITE,
        session: str = "",
    ) -> Approval:
        user = next(each for each in self.people if each.id == subject)
        asked = Approval(
            id=f"a{len(self.approvals) + 1}",
            operator=make_actor(operator),
            site="crm",
            subject=Whom(id=user.id, name=user.name, email=user.email, account=user.account),
            mode=mode,
            reason=reason,
            session=session,
            asked_at=NOW,
            until=NOW + 15 * 60_000,
        )
        self.approvals[asked.id] = asked
        return asked

    async def live(self, operator: Operator) -> Sequence[Session]:
        return list(self.live_sessions.values())

    async def find_session(self, session_id: str) -> Session | None:
        return self.live_sessions.get(session_id)

    async def open(self, operator: Operator, session_id: str, client: Client) -> str:
        session = self.live_sessions.get(session_id)
        if session is None:
            raise Refused("session_not_live", "There is no such session.", status=404)
        if session.actor.id != operator.id:
            raise Refused("not_yours", "Somebody else started this session.")
        return self._enter_url(session_id)

    async def end_session(self, session_id: str) -> None:
        if self.live_sessions.pop(session_id, None) is None:
            raise Refused("session_not_live", "There is no such session.", status=404)

    async def look(self, host: str, code: str) -> Session | None:
        return self.live_sessions.get(self.codes.get(code, ""))

    async def enter(self, host: str, code: str, client: Client) -> Entered | None:
        session = self.live_sessions.get(self.codes.pop(code, ""))
        if session is None:
            return None
        token = secrets.token_urlsafe(32)
        self.tokens[token] = session.id
        return Entered(session=session, token=token)

    async def current(self, host: str, token: str) -> Session | None:
        return self.live_sessions.get(self.tokens.get(token, ""))

    async def leave(self, host: str, token: str, client: Client) -> Session | None:
        return self.live_sessions.pop(self.tokens.pop(token, ""), None)

    async def refused(self, attempt: Attempt) -> str:
        if self.store_away:
            raise StoreAway("store_away", "The store does not answer.", "Try again in a minute.")
        self.attempts.append(attempt)
        return f"r{len(self.attempts)}"

    def console_services(self) -> ConsoleServices:
        return ConsoleServices(
            sign_in=self,
            sign_ins=_SignIns(self),
            sites=self,
            directories=cast("Any", _Directories(self)),
            shortlists=cast("Any", _Shortlists(self)),
            sessions=_Sessions(self),
            approvals=_Approvals(self),
            glass=_Glass(self),
            questions=cast("Any", _Questions(self)),
            trials=cast("Any", _Trials()),
            accounts=_Accounts(self),
            operators=_Operators(self),
            asks=_Asks(self),
            histories=cast("Any", None),
            exports=cast("Any", None),
            system=cast("Any", None),
            records=self,
            arrival=arrival,
            now=lambda: NOW,
            reasons=self.reasons,
            ticket=self.ticket,
            profiles=Profiles(
                Profile(name=name, lifetime_ms=1_800_000, idle_ms=600_000) for name in SHIPPED
            ),
            origins=lambda session: (self.session_origin, self.further_origin),
        )

    def session_page_services(self, console_url: Callable[[], str]) -> SessionPageServices:
        return SessionPageServices(
            entrance=self,
            records=self,
            arrival=arrival,
            now=lambda: NOW,
            console_url=console_url,
            homes={"crm": Home(label="CRM", url="https://crm.example.com/")},
            origins=lambda session: (self.session_origin, self.further_origin),
            first_page=lambda session: "/",
        )

    def _enter_url(self, session_id: str) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = session_id
        return f"{self.session_origin}/_gateway/enter?code={code}"


@dataclass
class _SignIns:
    world: World

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        return await self.world.create(operator, way, client)

    async def find(self, token: str) -> SignIn | None:
        return await self.world.find_sign_in(token)

    async def end(self, token: str, client: Client) -> None:
        await self.world.end_sign_in(token)


@dataclass
class _Accounts:
    world: World

    async def preferences(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> AccountSays:
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
class _Operators:
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
class _Directories:
    world: World

    async def places(self, operator: Operator, site: str, subject: str) -> Sequence[Place]:
        person = await self.world.person(operator, site, subject)
        return [Place(site=site, label="CRM", person=person, sure=True)] if person else []

    async def account(self, operator: Operator, site: str, account: str) -> AccountSheet:
        card = AccountCard(
            id=account,
            name=ACCOUNTS[account],
            parent=None,
            users=1,
            owners=(),
            region="",
            house_contact=None,
            house_contact_status=None,
        )
        return AccountSheet(account=card, ancestors=(), children=())


@dataclass
class _Shortlists:
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


@dataclass
class _Questions:
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
        return [WhoMay(operator=SAM, rule="one")] if question.subject == JONAS.id else []


class _Trials:
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
class _Asks:
    world: World

    async def ask(self, operator: Operator, order: AskOrder, client: Client) -> AskedUser:
        self.world.asks.append(order)
        return AskedUser(page="http://crm.localhost/_gateway/consent", told=False)


@dataclass
class _Sessions:
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
class _Approvals:
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
class _Glass:
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


def arrival(request: web.BaseRequest) -> Arrival:
    host = request.headers["Host"]
    agent = request.headers.get("User-Agent", "")
    client = Client(address=request.remote or "", agent=agent)
    return Arrival(origin=f"http://{host}", host=host, client=client)


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """Serve the console on `acting.localhost` and sessions on `k3f9.crm.localhost`; gives the port.

    On the session's host `/` is a page of the app, which shows the cookies that its server gets.
    """
    console = create_console(world.console_services())
    session_pages = create_session_pages(
        world.session_page_services(lambda: f"http://acting.localhost:{server.port}")
    )

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers["Host"].startswith("acting.localhost"):
            return await console(request)
        if request.path.startswith("/_gateway/"):
            return await session_pages(request)
        page = (
            f"<!doctype html><title>App</title><a href=/_gateway/leave>Leave</a>{request.cookies}"
        )
        return web.Response(text=page, content_type="text/html")

    server = RawTestServer(answer)
    async with server:
        world.session_origin = f"http://k3f9.crm.localhost:{server.port}"
        world.further_origin = f"http://k3f9-1.crm.localhost:{server.port}"
        world.sites = tuple(
            msgspec.structs.replace(
                site, form_targets=(f"http://*.{site.name}.localhost:{server.port}",)
            )
            for site in world.sites
        )
        yield str(server.port)
