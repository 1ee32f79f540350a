"""What an operator may see and decide of others' sessions, by policy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from gateway.console.approval_values import Approval, BrokenGlass
from gateway.console.values import Client
from gateway.model import Deny, Operator, Session, User
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.facts import Standing
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.standings import Standings
from gateway.site import Site

Whom = tuple[str, User]
"""A site's name and one of its users, as they were when the directory has them no more."""


class Sight:
    """Asks policy. Methods raise `StoreAway`."""

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
        self, operator: Operator, sessions: Sequence[Session], client: Client
    ) -> Sequence[Session]:
        """Give those sessions that an operator may see and end: their own, and by policy."""
        whom = {each.id: _whom(each) for each in sessions if each.actor.id != operator.id}
        may = await self._permitted("end_any_session", operator, whom, client)
        return [each for each in sessions if each.id not in whom or each.id in may]

    async def may_see(self, operator: Operator, session: Session, client: Client) -> bool:
        """Say whether an operator may see and end a session."""
        return bool(await self.among(operator, (session,), client))

    async def may_approve(
        self, operator: Operator, asked: Iterable[Approval], client: Client
    ) -> Collection[str]:
        """Give the ids of those requests that an operator may decide about."""
        whom = {each.id: (each.site, _user(each)) for each in asked}
        return await self._permitted("approve", operator, whom, client)

    async def may_review(
        self, operator: Operator, broken: Iterable[BrokenGlass], client: Client
    ) -> Collection[str]:
        """Give the ids of those sessions that broke the glass into which an operator may look."""
        whom = {each.session: (each.site, _user(each)) for each in broken}
        return await self._permitted("approve", operator, whom, client)

    async def _permitted(
        self, action: str, operator: Operator, whom: Mapping[str, Whom], client: Client
    ) -> Collection[str]:
        """Give the keys of those whom it is permitted for; each user is asked about once."""
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        lineages: dict[tuple[str, str], Sequence[Standing]] = {}
        known: dict[tuple[str, str], bool] = {}
        for site_name, was in whom.values():
            site = self._sites.get(site_name)
            if site is None or (site_name, was.id) in known:
                continue
            user = site.directory.user(was.id) or was
            account = (site_name, user.account)
            if account not in lineages:
                lineages[account] = await self._standings.lineage(site, user.account)
            answer = self._desk.on_session_of(action, asker, site_name, user, lineages[account])
            known[site_name, was.id] = not isinstance(answer, Deny)
        return {key for key, (site, user) in whom.items() if known.get((site, user.id))}


def _whom(session: Session) -> Whom:
    subject = session.subject
    return session.site, User(
        id=subject.id,
        name=subject.name,
        email=subject.email,
        account=subject.account,
        status=subject.status,
        groups=subject.groups,
    )


def _user(about: Approval | BrokenGlass) -> User:
    of = about.subject
    return User(id=of.id, name=of.name, email=of.email, account=of.account)
