"""Who is told that a session begins, or does more by broken glass, and how much of it."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.errors import Refused
from gateway.model import Operator, Session
from gateway.notices.notice import Notice, NoticeKind, Notices
from gateway.notices.whom import kinds_of, told
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.standings import Standings
from gateway.site import Site


class Telling:
    """Tells of starts.

    Args:
        notices: where notices are put.
        standings: what accounts want to be told.
        profiles: what each is like.
        link: the address of the console.
    """

    def __init__(
        self, notices: Notices, standings: Standings, profiles: Profiles, link: str
    ) -> None:
        self._notices = notices
        self._standings = standings
        self._profiles = profiles
        self._link = link

    async def of_start(self, operator: Operator, site: Site, session: Session) -> Notice:
        """Make the notice of a session that is about to start.

        The reason and the ticket are told of support's sessions; when the glass was broken, the
        reason is told of anybody's, and the ticket unless it is an own admin's.

        Raises:
            Refused: `cannot_tell_account`, somebody wants to be told, and nobody can be.
            StoreAway: what the account wants is not known.
        """
        kinds = kinds_of(operator, self._profiles.chain(operator.profile))
        broke = session.break_glass
        to = await self.whom(operator, site, session.subject.account, broke=broke)
        kind = NoticeKind.SESSION_BROKE_GLASS if broke else NoticeKind.SESSION_STARTED
        public = "support" in kinds
        return Notice(
            id=f"{kind}:{session.id}",
            kind=kind,
            at=session.started_at,
            to=to,
            site=site.label,
            account=session.subject.account_name,
            who=session.actor.name,
            profile=session.actor.profile,
            whom=session.subject.name,
            mode=session.mode,
            reason=session.reason if public or broke else "",
            ticket=session.ticket if public or (broke and "own_admins" not in kinds) else "",
            since=session.started_at,
            until=session.expires_at,
            link=self._link,
        )

    async def whom(
        self, operator: Operator, site: Site, account: str, *, broke: bool
    ) -> tuple[str, ...]:
        """Give the addresses of an account that are told when an operator starts there.

        Args:
            broke: by broken glass.

        Raises:
            Refused, StoreAway: as `of_start`.
        """
        lineage = await self._standings.lineage(site, account)
        kinds = kinds_of(operator, self._profiles.chain(operator.profile))
        to = told(lineage[0].preferences, kinds, broke_glass=broke) if lineage else ()
        if to and not self._notices.configured:
            raise Refused(
                "cannot_tell_account",
                "The account wants to be told of sessions, and this gateway can tell nobody.",
                "Tell the people who run the gateway: its config has no notifications any more.",
                status=503,
                title="This session cannot start",
            )
        return to

    async def of_raise(
        self, operator: Operator, site: Site, session: Session, now_ms: int
    ) -> Notice:
        """Make the notice of a session that is about to change things by broken glass.

        Args:
            session: with the mode and the reason of the raise.
            now_ms: the wall clock in milliseconds.

        Raises:
            Refused, StoreAway: as `of_start`.
        """
        notice = await self.of_start(operator, site, session)
        return replace(notice, id=f"{notice.id}:{now_ms}", at=now_ms)

    async def put(self, notice: Notice) -> None:
        """Keep it; call it before the session can be entered, or does more.

        Raises:
            StoreAway: it could not be kept.
        """
        await self._notices.put(notice)
