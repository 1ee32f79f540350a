"""Sessions of the past and live ones, as the audit's index and the store have them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.audit import marks
from gateway.audit.reading import spots
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.fields import Fields, fields_of, ms_of
from gateway.audit.reading.meaning import printable
from gateway.audit.reading.spots import LAST, Spot
from gateway.audit.record import Kind, timestamp
from gateway.console.history_values import HistoryQuestion, PastSession, PastSessions, PastSubject
from gateway.console.values import Client
from gateway.errors import ClientError, Refused
from gateway.model import Actor, Mode, Operator, Session
from gateway.sessions.audit_sight import Asking, AuditSight, is_outsider
from gateway.sessions.repository import SessionRepository
from gateway.site import Site
from gateway.store.client import Store

MOST_SESSIONS: Final = 100
"""Sessions of one page."""
MOST_LISTS: Final = 500
"""Accounts whose lists are put together; whoever may see more is shown what fits of all."""
_MOST_OUTSIDE: Final = 5000
_LOOKED_AT: Final = 2000
_AT_ONCE: Final = 100
_SECONDS: Final = 2.0
_LIFE: Final = 200
"""Changes of one session that are looked at."""
_PAGES: Final = 2
"""Pages that are read at the same time, by one worker."""


class Past:
    """Finds them. Methods raise `StoreAway`.

    Args:
        shards: how many streams there are.
    """

    def __init__(
        self,
        store: Store,
        shards: int,
        sight: AuditSight,
        repository: SessionRepository,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._shards = shards
        self._sight = sight
        self._repository = repository
        self._now = now
        self._turns = asyncio.Semaphore(_PAGES)

    async def recent(
        self, operator: Operator, question: HistoryQuestion, client: Client
    ) -> PastSessions:
        """Give sessions of others that policies let an operator see, and their own."""
        if question.subject and not question.site:
            raise site_missing("These sessions were not looked for")
        asking, before = self._sight.of(operator, client), spot_of(question.before, LAST)
        limit = min(max(question.limit, 1), MOST_SESSIONS)
        async with self._turns:
            until = asyncio.get_running_loop().time() + _SECONDS
            lists = await self._lists(asking, question)
            found: list[tuple[Spot, Fields]] = []
            place, looked_at, more, complete = before, 0, True, True
            while more and complete and len(found) <= limit:
                page = await spots.before(self._store, self._shards, lists, place, _AT_ONCE)
                more = len(page) == _AT_ONCE
                async for entry in spots.entries(self._store, page):
                    record = fields_of(entry.line)
                    if record is not None and await _fits(record, question, asking):
                        found.append((Spot.at(entry), record))
                looked_at += len(page)
                place = page[-1] if page else place
                in_time = asyncio.get_running_loop().time() < until
                complete = not more or (looked_at < _LOOKED_AT and in_time)
            told = await self.told([record for _, record in found[:limit]], asking)
        if len(found) > limit:
            return PastSessions(sessions=told, earlier=str(found[limit - 1][0]))
        return PastSessions(
            sessions=told, earlier="" if complete else str(place), complete=complete
        )

    async def told(self, starts: Sequence[Fields], asking: Asking) -> tuple[PastSession, ...]:
        """Say of starts what became of the sessions."""
        lives: dict[str, list[Fields]] = {each.get("session", ""): [] for each in starts}
        ways = [marks.life_of(session) for session in lives if session]
        places = await spots.last_of_each(self._store, self._shards, ways, _LIFE)
        async for entry in spots.entries(self._store, places):
            record = fields_of(entry.line)
            if record is not None and record.get("session") in lives:
                lives[record["session"]].append(record)
        open_ = [name for name, life in lives.items() if not _end(life)]
        found = await asyncio.gather(*map(self._repository.get, open_))
        live = {each.session.id: each.session for each in found if each and not each.ending}
        return tuple(
            self._says(start, lives[name], live.get(name), asking)
            for start in starts
            for name in (start.get("session", ""),)
        )

    def _says(
        self, start: Fields, life: Sequence[Fields], live: Session | None, asking: Asking
    ) -> PastSession:
        end, now = _end(life), self._now()
        verdicts = [each for each in life if each["kind"] == Kind.SESSION_REVIEWED]
        until = ms_of(end["at"]) if end else now
        known = end or live
        return PastSession(
            id=start.get("session", ""),
            site=start.get("site", ""),
            actor=_actor(start.get("actor", {})),
            subject=_subject(start.get("subject", {})),
            mode=Mode(start.get("mode", Mode.READ_ONLY)),
            state="ended" if end else "live" if live else "unknown",
            own=asking.is_own(start),
            reason=printable(start.get("why", "")),
            ticket=printable(start.get("ticket", "")),
            started_at=start["at"],
            ended_at=end["at"] if end else None,
            ended=end.get("reason", ""),
            seconds=max(until - ms_of(start["at"]), 0) // 1000 if known else 0,
            expires_at=timestamp(live.expires_at) if live and not end else None,
            raised=any(each["kind"] == Kind.SESSION_ELEVATED for each in life),
            break_glass=bool(start.get("break_glass")),
            verdict=verdicts[-1].get("reason", "") if verdicts else "",
        )

    async def _lists(self, asking: Asking, question: HistoryQuestion) -> Sequence[str]:
        """Give the shortest lists that hold what is asked for, and that the operator may see.

        Where they may see nothing of others these are of their own sessions alone: not even how
        long it takes tells how many others there are.
        """
        own = marks.of_actor(asking.operator.id)
        sites = self._asked(question.site)
        if question.actor == asking.operator.id:
            return (own,)
        if question.subject:
            user = sites[0].directory.user(question.subject) if sites else None
            if user is not None and await asking.rules(sites[0].name, user.account):
                return (marks.of_subject(sites[0].name, user.id),)
            return (own,)
        if question.account:
            for site in sites:
                if await asking.rules(site.name, question.account):
                    return (marks.of_account(question.account),)
            return (own,)
        horizons = [await asking.horizon(site) for site in sites]
        accounts = dict.fromkeys(each for one in horizons for each in one.accounts)
        outside = is_outsider(asking.operator)
        wide = all(each.all for each in horizons) or len(accounts) > MOST_LISTS
        if sites and wide and not outside:
            return (marks.of_actor(question.actor) if question.actor else marks.SESSIONS,)
        return (own, *map(marks.of_account, list(accounts)[:_MOST_OUTSIDE]))

    def _asked(self, name: str) -> Sequence[Site]:
        sites: Mapping[str, Site] = self._sight.sites
        return [site for site in sites.values() if name in ("", site.name)]


async def _fits(record: Fields, question: HistoryQuestion, asking: Asking) -> bool:
    wanted = Choice(site=question.site, account=question.account, kinds=(Kind.SESSION_STARTED,))
    subject, actor = record.get("subject", {}), record.get("actor", {})
    return (
        wanted.takes(record)
        and question.subject in ("", subject.get("id"))
        and question.actor in ("", actor.get("id"))
        and await asking.may_see(record)
    )


def spot_of(said: str, default: Spot) -> Spot:
    """Read a cursor; `default` where there is none.

    Raises:
        ClientError: `bad_fields`, it is none.
    """
    if not said:
        return default
    try:
        return Spot.of(said)
    except ValueError as fault:
        raise ClientError(
            "bad_fields", f"What says where to go on is not of an answer: {fault}."
        ) from None


def site_missing(title: str) -> Refused:
    """Refuse a user who is named without their site; `title` says what was not done."""
    return Refused(
        "site_missing",
        "A user is named, and not the site that they are a user of.",
        "Name the site too.",
        status=422,
        title=title,
    )


def _end(life: Sequence[Fields]) -> Fields:
    return next((each for each in life if each["kind"] == Kind.SESSION_ENDED), {})


def _actor(said: Fields) -> Actor:
    return Actor(**{name: printable(said.get(name, "")) for name in Actor.__struct_fields__})


def _subject(said: Fields) -> PastSubject:
    names = PastSubject.__struct_fields__
    return PastSubject(**{name: printable(said.get(name, "")) for name in names})
