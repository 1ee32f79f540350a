"""Which live sessions an operator may see, and end: their own, and those that policy lets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from gateway.console.values import Client
from gateway.model import Deny, Operator, Session, User
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.facts import Standing
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.standings import Standings
from gateway.site import Site


class Sight:
    """Asks policy for `end_any_session`: who may see a session may end it. Raises `StoreAway`."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        standings: Standings,
        profiles: Profiles,
        desk: Desk,
        now: Callable[[], int],
    ) -> None:
        self._sites = sites
        self._standings = standings
        self._profiles = profiles
        self._desk = desk
        self._now = now

    async def among(
        self, operator: Operator, sessions: Iterable[Session], client: Client
    ) -> Sequence[Session]:
        """Give those sessions that an operator may see; each subject is asked about once."""
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        lineages: dict[tuple[str, str], Sequence[Standing]] = {}
        may: dict[tuple[str, str], bool] = {}
        seen = []
        for session in sessions:
            if session.actor.id == operator.id:
                seen.append(session)
                continue
            subject = (session.site, session.subject.id)
            if subject not in may:
                may[subject] = await self._may_see(asker, session, lineages)
            if may[subject]:
                seen.append(session)
        return seen

    async def may_see(self, operator: Operator, session: Session, client: Client) -> bool:
        """Say whether an operator may see a session."""
        return bool(await self.among(operator, (session,), client))

    async def _may_see(
        self,
        asker: Asker,
        session: Session,
        lineages: dict[tuple[str, str], Sequence[Standing]],
    ) -> bool:
        site = self._sites.get(session.site)
        if site is None:
            return False
        user = site.directory.user(session.subject.id) or _as_it_was(session)
        account = (site.name, user.account)
        if account not in lineages:
            lineages[account] = await self._standings.lineage(site, user.account)
        answer = self._desk.on_session_of(
            "end_any_session", asker, site.name, user, lineages[account]
        )
        return not isinstance(answer, Deny)


def _as_it_was(session: Session) -> User:
    """Give the subject of a session whom the directory does not have any more."""
    subject = session.subject
    return User(
        id=subject.id,
        name=subject.name,
        email=subject.email,
        account=subject.account,
        status=subject.status,
        groups=subject.groups,
    )
