"""What was: sessions, exports, and how the gateway is, for a console over a `World` in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from gateway.console.export_values import ExportOrder, ExportSays
from gateway.console.history_services import Download
from gateway.console.history_values import (
    HiddenValues,
    HistoryQuestion,
    PastSession,
    PastSessions,
    PastSubject,
    Timeline,
    TimelineBars,
    TimelineQuestion,
    TimelineStep,
    TimelineTotals,
)
from gateway.console.system_values import (
    AppStatus,
    AuditStatus,
    ConfigStatus,
    ConsumerStatus,
    DirectoryStatus,
    NoticesStatus,
    ReloadStatus,
    SiteStatus,
    StoreStatus,
    SystemSays,
)
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Mode, Operator, User
from tests.console.characters import ACCOUNTS, make_actor

if TYPE_CHECKING:
    from tests.console.support import World

AT = "2026-09-21T14:13:20.000Z"
LATER = "2026-09-21T14:20:00.000Z"


def past_session(name: str, operator: Operator, user: User, **changes: object) -> PastSession:
    """Make one that ended after six minutes."""
    session = PastSession(
        id=name,
        site="crm",
        actor=make_actor(operator),
        subject=PastSubject(
            id=user.id,
            name=user.name,
            email=user.email,
            account=user.account,
            account_name=ACCOUNTS[user.account],
        ),
        mode=Mode.READ_ONLY,
        state="ended",
        own=True,
        reason="Deal board empty",
        ticket="#7",
        started_at=AT,
        ended_at=LATER,
        ended="left",
        seconds=400,
    )
    return msgspec.structs.replace(session, **changes)


STEPS = (
    TimelineStep(id="1-0", at=AT, kind="session.started", why="Deal board empty", ticket="#7"),
    TimelineStep(
        id="2-0",
        at=AT,
        kind="request",
        method="GET",
        target="/deals?page=*",
        status=200,
        ms=12,
        hidden=(HiddenValues(category="private_notes", label="Private notes", count=3),),
    ),
    TimelineStep(
        id="3-0",
        at=AT,
        kind="request",
        method="POST",
        target="/deals",
        changes=True,
        refused=True,
        rule="read_only.safe_methods",
        detail="Changes are blocked.",
    ),
    TimelineStep(id="4-0", at=AT, kind="request", method="PUT", target="/a", changes=True),
    TimelineStep(
        id="5-0", at=AT, kind="request", method="GET", target="/b", status=502, failed=True
    ),
    TimelineStep(id="6-0", at=AT, kind="request", method="GET", target="/c", failed=True),
    TimelineStep(id="7-0", at=AT, kind="request", method="GET", target="/d", under_way=True),
    TimelineStep(
        id="8-0", at=AT, kind="request", method="PUT", target="/e", status=200, would="read_only"
    ),
    TimelineStep(id="9-0", at=AT, kind="audit.viewed", who="Sam Rivera"),
    TimelineStep(id="9-1", at=AT, kind="session.extended", detail=f"It lasts until {LATER}."),
    TimelineStep(id="10-0", at=LATER, kind="session.ended", reason="left"),
)

TOTALS = TimelineTotals(
    requests=7,
    changes=1,
    refused=1,
    errors=2,
    hidden=(HiddenValues(category="private_notes", label="Private notes", count=3),),
    bars=TimelineBars(since=AT, width_ms=60_000, requests=(6, 0), refused=(1, 0)),
    complete=False,
)

SYSTEM = SystemSays(
    version="1.2.3",
    worker="worker 1",
    started_at=AT,
    serving=2,
    sessions_under_way=1,
    store=StoreStatus(
        kind="single", reachable=True, servers=("valkey 8.1.1",), warnings=("AOF is off.",)
    ),
    sites=(
        SiteStatus(
            name="crm",
            label="CRM",
            hosts=("crm.localhost",),
            report_only=("redaction",),
            app=AppStatus(connected_at=AT, failed_at=LATER, fault="refused"),
            directory=DirectoryStatus(
                kept_in="file", accounts=2, users=3, read_at=AT, stale=True, fault="line 3: no name"
            ),
        ),
    ),
    policies=ReloadStatus(read_at=AT, stale=False),
    operators=ReloadStatus(read_at=None, stale=False),
    audit=AuditStatus(
        streams=4,
        away=False,
        pending=0,
        spooled=2,
        not_posted=0,
        consumers=(ConsumerStatus(name="siem", records=12, seconds=61.0),),
        writers=2,
        dead=0,
    ),
    notices=NoticesStatus(configured=True, waiting=1, delivered=5, dead=1),
    config=(ConfigStatus(file="gateway.yaml", sha256="a" * 64),),
    unreviewed=1,
)


@dataclass
class Histories:
    world: World

    async def recent(
        self, operator: Operator, question: HistoryQuestion, client: Client
    ) -> PastSessions:
        if question.subject and not question.site:
            raise Refused("site_missing", "Say of which site.", status=422)
        self.world.questions.append(question)
        found = [
            each
            for each in self.world.past
            if question.site in ("", each.site)
            and question.account in ("", each.subject.account)
            and question.subject in ("", each.subject.id)
            and question.actor in ("", each.actor.id)
        ]
        begin = int(question.before or "0")
        end = begin + question.limit
        return PastSessions(
            sessions=tuple(found[begin:end]), earlier=str(end) if found[end:] else ""
        )

    async def timeline(
        self, operator: Operator, question: TimelineQuestion, client: Client
    ) -> Timeline:
        self.world.questions.append(question)
        session = next((each for each in self.world.past if each.id == question.session), None)
        if session is None:
            raise Refused("session_unknown", "There is none on record.", status=404)
        kinds = {"": "", "changes": "changes", "refused": "refused", "errors": "failed"}
        flag = kinds.get(question.only, "hidden")
        steps = tuple(each for each in STEPS if not flag or getattr(each, flag))
        return Timeline(
            session=session,
            steps=steps,
            late=(),
            earlier="" if question.before else "2-0",
            later="10-0",
            more=False,
            totals=TOTALS,
        )


@dataclass
class Exports:
    world: World

    async def request(self, operator: Operator, order: ExportOrder, client: Client) -> ExportSays:
        if order.subject and not order.site:
            raise Refused("site_missing", "Say of which site.", status=422)
        asked = ExportSays(
            id=f"e{len(self.world.exports) + 1}", state="running", order=order, asked_at=AT
        )
        self.world.exports[asked.id] = asked
        return asked

    async def listed(self, operator: Operator) -> Sequence[ExportSays]:
        return list(self.world.exports.values())

    async def show(self, operator: Operator, export: str) -> ExportSays:
        if export not in self.world.exports:
            raise Refused("export_unknown", "There is none.", status=404)
        return self.world.exports[export]

    async def cancel(self, operator: Operator, export: str) -> None:
        await self.show(operator, export)
        del self.world.exports[export]

    async def download(self, operator: Operator, export: str, client: Client) -> Download:
        await self.show(operator, export)
        return Download(name="records.csv", media_type="text/csv", size=4, pieces=_pieces())


async def _pieces() -> AsyncIterator[bytes]:
    yield b"id\r\n"


@dataclass
class System:
    world: World

    async def show(self, operator: Operator, client: Client) -> SystemSays:
        if self.world.system is None:
            raise Refused("may_not_see_policies", "It is for those who see policies.")
        return self.world.system
