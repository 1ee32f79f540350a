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

from gateway.console.approval_values import Approval, BrokenGlass, Whom
from gateway.console.consent_services import AskOrder
from gateway.console.console import create_console
from gateway.console.export_values import ExportSays
from gateway.console.history_values import HistoryQuestion, PastSession, TimelineQuestion
from gateway.console.outlook_values import WaysOut
from gateway.console.services import ConsoleServices, SessionPageServices
from gateway.console.session_pages import create_session_pages
from gateway.console.system_values import SystemSays
from gateway.console.values import (
    Arrival,
    Attempt,
    Client,
    Entered,
    Home,
    MoreOrder,
    Outlook,
    People,
    Person,
    PersonOrder,
    PreferenceOrder,
    Proof,
    SignIn,
    SiteCard,
    Started,
    StartOrder,
    TicketField,
    Way,
)
from gateway.errors import Refused, StoreAway
from gateway.model import Deny, Headers, Mode, Operator, Preferences, Session, User
from gateway.policy.reasons import Reasons
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles
from tests.console import desks, looking_back
from tests.console.characters import (
    ACCOUNTS,
    ADA,
    BEARER,
    JONAS,
    MEI,
    NOW,
    PASSWORD,
    ROOT,
    SAM,
    make_actor,
    make_session,
)


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
    not_told: set[str] = field(default_factory=set)
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
    barred: bool = False
    """Policies forbid every start."""
    past: tuple[PastSession, ...] = ()
    questions: list[HistoryQuestion | TimelineQuestion] = field(default_factory=list)
    exports: dict[str, ExportSays] = field(default_factory=dict)
    system: SystemSays | None = looking_back.SYSTEM

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
        refused = self.barred or (writes and not order.ticket)
        refusal = Deny(
            code="forbidden_by_policy",
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
            refusal=refusal if refused else None,
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
            sign_ins=desks.SignIns(self),
            ways=desks.Ways(),
            sites=self,
            directories=desks.Directories(self),
            shortlists=desks.Shortlists(self),
            sessions=desks.Sessions(self),
            approvals=desks.Approvals(self),
            glass=desks.Glass(self),
            questions=cast("Any", desks.Questions(self)),
            trials=cast("Any", desks.Trials()),
            accounts=desks.Accounts(self),
            operators=desks.Operators(self),
            asks=desks.Asks(self),
            histories=looking_back.Histories(self),
            exports=looking_back.Exports(self),
            system=looking_back.System(self),
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
