"""Sessions that broke the glass: kept until somebody else has looked into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from gateway.audit.record import Kind
from gateway.console.approval_values import BrokenGlass, Verdict, Whom
from gateway.console.values import Client
from gateway.errors import Refused, StoreAway
from gateway.model import Operator, Session, User
from gateway.policy.rights.facts import same_person
from gateway.sessions.events import Events, actor_of
from gateway.sessions.glass_book import GlassBook
from gateway.sessions.sight import Sight
from gateway.store.ledger import changed_meanwhile

PATIENCE_MS: Final = 72 * 3_600_000
"""How long who broke the glass may do so again while nobody has looked into it."""
_NOT_DONE: Final = "This was not reviewed"


class Glass:
    """Implements `console.approval_services.BrokenGlasses`.

    Methods raise `StoreAway` and `Refused`.
    """

    def __init__(
        self, book: GlassBook, sight: Sight, events: Events, now: Callable[[], int]
    ) -> None:
        self._book = book
        self._sight = sight
        self._events = events
        self._now = now

    async def check(self, operator: Operator) -> None:
        """See that an operator may break the glass once more.

        Raises:
            Refused: 403 `glass_unreviewed`.
        """
        since = self._now() - PATIENCE_MS
        for broken in await self._book.unreviewed():
            if broken.operator.id == operator.id and broken.at < since:
                raise Refused(
                    "glass_unreviewed",
                    "You broke the glass more than 72 hours ago, and nobody has looked into it.",
                    "Ask somebody who may approve sessions to review it.",
                    title="This session cannot start",
                )

    async def broken(self, session: Session) -> None:
        """Keep that a session breaks the glass, or does more by it, before it does.

        Somebody is to look into it then, also who has done so before.
        """
        subject = session.subject
        await self._book.add(
            BrokenGlass(
                session=session.id,
                operator=session.actor,
                site=session.site,
                subject=Whom(
                    id=subject.id, name=subject.name, email=subject.email, account=subject.account
                ),
                mode=session.mode,
                reason=session.reason,
                ticket=session.ticket,
                at=session.started_at,
            )
        )

    async def not_broken(self, session_id: str) -> None:
        """Forget one whose session did not come to be; where that fails, it is reviewed."""
        with suppress(StoreAway):
            await self._book.remove(session_id)

    async def listed(self, operator: Operator, client: Client) -> Sequence[BrokenGlass]:
        """Give those that the operator may review, and their own; open ones first."""
        found = {each.session: each for each in await self._book.unreviewed()}
        found |= {each.session: each for each in await self._book.latest()}
        may = await self._sight.may_review(operator, found.values(), client)
        seen = [
            each
            for each in found.values()
            if each.session in may or each.operator.id == operator.id
        ]
        return sorted(seen, key=lambda each: (each.verdict is not None, -each.at))

    async def review(
        self, operator: Operator, session_id: str, verdict: Verdict, why: str, client: Client
    ) -> BrokenGlass:
        """Say what one found who looked into a session.

        Raises:
            Refused: 404 `no_such_review`; 403 `own_review`; 409 `reviewed_already`,
                `changed_meanwhile`; 422 `reason_missing`.
        """
        seen = await self._book.look(session_id)
        if seen is None or session_id not in await self._sight.may_review(
            operator, (seen.broken,), client
        ):
            raise Refused(
                "no_such_review",
                "There is no such session among those that you may review.",
                "Reload the list.",
                status=404,
                title=_NOT_DONE,
            )
        broken = seen.broken
        of = broken.operator
        acted = User(id=of.id, name=of.name, email=of.email, account="")
        if same_person(operator, acted):
            raise Refused(
                "own_review",
                "Nobody reviews what they did themselves.",
                "Ask another person who may approve sessions.",
                title=_NOT_DONE,
            )
        if not why:
            raise Refused(
                "reason_missing",
                "A review says what was found.",
                "Write some words; they stay on record.",
                status=422,
                title=_NOT_DONE,
            )
        if broken.verdict is not None:
            raise _reviewed_already(broken)
        of_subject = broken.subject
        await self._events.of_desk(
            Kind.SESSION_REVIEWED,
            operator,
            client,
            site=broken.site,
            about=session_id,
            rule="",
            why=why,
            detail=f"{of.name} acted: {broken.reason}",
            subject=User(
                id=of_subject.id,
                name=of_subject.name,
                email=of_subject.email,
                account=of_subject.account,
            ),
            mode=broken.mode,
            ticket=broken.ticket,
            session=session_id,
            reason=verdict,
        )
        reviewed = replace(
            broken, verdict=verdict, by=actor_of(operator), why=why, reviewed_at=self._now()
        )
        if not await self._book.review(seen, reviewed):
            now = await self._book.get(session_id) or broken
            raise changed_meanwhile(session_id) if now.verdict is None else _reviewed_already(now)
        return reviewed


def _reviewed_already(broken: BrokenGlass) -> Refused:
    by = f" {broken.by.name} did." if broken.by else ""
    return Refused(
        "reviewed_already",
        f"Somebody has looked into this session.{by}",
        "Reload the list.",
        status=409,
        title=_NOT_DONE,
    )
