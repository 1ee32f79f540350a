"""How the console sees an operator's shortcuts: each as the directories know them now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from gateway.app.views import person_of
from gateway.console.directory_values import Shortcut
from gateway.errors import Refused, StoreAway
from gateway.model import Operator, Session, User
from gateway.people.reach import Reach
from gateway.people.shortlists import MOST_PINNED, Listed, ShortlistBook
from gateway.site import Site

_TITLE = "This was not pinned"
_log = structlog.get_logger("console")


class ShortlistViews:
    """Implements `console.directory_services.Shortlists`.

    Args:
        sites: by name.
        reach: whose users an operator finds.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        reach: Reach,
        book: ShortlistBook,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._reach = reach
        self._book = book
        self._now = now

    async def note(self, session: Session) -> None:
        """Put whom a session is for among the recent ones; that it cannot be kept stops nothing."""
        try:
            await self._book.note(
                session.actor.id, session.site, session.subject.id, session.started_at
            )
        except StoreAway as away:
            _log.warning("recent.not_kept", session=session.id, detail=away.detail)

    async def recent(self, operator: Operator) -> Sequence[Shortcut]:
        """Give the last ten for whom they started a session."""
        return await self._shown(operator, await self._book.recent(operator.id))

    async def pinned(self, operator: Operator) -> Sequence[Shortcut]:
        """Give those whom they pinned."""
        return await self._shown(operator, await self._book.pinned(operator.id))

    async def pin(self, operator: Operator, site: str, subject: str) -> None:
        """Pin a user."""
        if await self._person(operator, site, subject) is None:
            raise Refused(
                "unknown_subject",
                "The directory of this site does not know this person.",
                "Find the person by name.",
                status=404,
                title=_TITLE,
            )
        if await self._book.pin(operator.id, site, subject, self._now()):
            return
        await self._drop_gone(operator.id)
        if not await self._book.pin(operator.id, site, subject, self._now()):
            raise Refused(
                "too_many_pinned",
                f"You have pinned {MOST_PINNED} users, and no more can be.",
                "Take a pin off one of them.",
                status=409,
                title=_TITLE,
            )

    async def unpin(self, operator: Operator, site: str, subject: str) -> None:
        """Pin them no more."""
        await self._book.unpin(operator.id, site, subject)

    async def _shown(self, operator: Operator, listed: Iterable[Listed]) -> Sequence[Shortcut]:
        found: list[Shortcut] = []
        for each in listed:
            known = await self._person(operator, each.site, each.subject)
            if known is not None:
                site, user = known
                person = person_of(site, user)
                found.append(Shortcut(site=site.name, label=site.label, person=person, at=each.at))
        return found

    async def _person(
        self, operator: Operator, site_name: str, subject: str
    ) -> tuple[Site, User] | None:
        site = self._sites.get(site_name)
        user = site.directory.user(subject) if site is not None else None
        if site is None or user is None:
            return None
        return (site, user) if await self._reach.reaches(operator, site, user.account) else None

    async def _drop_gone(self, operator: str) -> None:
        for each in await self._book.pinned(operator):
            site = self._sites.get(each.site)
            if site is None or site.directory.user(each.subject) is None:
                await self._book.unpin(operator, each.site, each.subject)
