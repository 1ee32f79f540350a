"""What users say counts once it is on record, and what was interrupted can be said again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from gateway.console.consent_services import Recognised
from gateway.errors import Refused, StoreAway
from gateway.model import Operator, User
from gateway.people.consent_requests import ConsentRequests
from gateway.people.consents import HOUR_MS, ConsentBook
from gateway.people.preferences import PreferenceBook
from gateway.policy.reasons import Reasons
from gateway.sessions.consent_desk import ConsentDesk
from gateway.sessions.standings import Standings
from gateway.site import Site
from tests.sessions.support import CLIENT, Clock, Worker
from tests.sessions.test_lapsing import asks_first
from tests.sessions.test_review import by, review_of
from tests.sessions.test_starting import OPERATORS, crm


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return crm(tmp_path)


class Trail:
    """Notes what goes on record; `away` makes that impossible."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.away = False

    async def of_consent(self, site: str, user: Any, *_: object, **more: Any) -> None:
        if self.away:
            raise StoreAway("store_away", "The store did not answer.")
        self.said.append((user.id, more["reason"]))


def desk_of(side: Worker, site: Site, trail: Trail) -> ConsentDesk:
    return ConsentDesk(
        sites={site.name: site},
        pages={},
        book=ConsentBook(side.store),
        requests=ConsentRequests(side.store),
        standings=Standings(OPERATORS, PreferenceBook(side.store)),
        starting=cast("Any", None),
        review=review_of(side, site),
        events=cast("Any", trail),
        reasons=Reasons(),
        tell=nobody_tells,
        now=side.clock,
    )


async def nobody_tells(_site: Site, _user: User, _by: Operator, _why: str, _page: str) -> bool:
    return False


def jonas(site: Site) -> Recognised:
    user = site.directory.user("jonas")
    assert user is not None
    return Recognised(site=site.name, label=site.label, user=user)


async def test_hours_are_counted_from_now(one: Worker, clock: Clock, site: Site) -> None:
    trail = Trail()
    desk, caller = desk_of(one, site, trail), jonas(site)
    for hours in (1, 168, 2):
        await desk.allow(caller, hours, CLIENT)
        assert (await desk.of(caller)).until == clock() + hours * HOUR_MS
    for hours in (0, -1, 169):
        with pytest.raises(Refused, match="bad_hours"):
            await desk.allow(caller, hours, CLIENT)
    assert trail.said == [("jonas", "allowed")] * 3


async def test_what_cannot_go_on_record_does_not_happen(
    one: Worker, clock: Clock, site: Site
) -> None:
    trail = Trail()
    desk, caller = desk_of(one, site, trail), jonas(site)
    trail.away = True
    with pytest.raises(StoreAway):
        await desk.allow(caller, 1, CLIENT)
    assert (await desk.of(caller)).until == 0
    trail.away = False
    await desk.allow(caller, 1, CLIENT)
    trail.away = True
    with pytest.raises(StoreAway):
        await desk.withdraw(caller, CLIENT)
    assert (await desk.of(caller)).until > 0


async def test_a_withdrawal_that_was_interrupted_ends_sessions_the_second_time(
    one: Worker, clock: Clock, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asks_first(one)
    trail = Trail()
    desk, caller = desk_of(one, site, trail), jonas(site)
    await desk.allow(caller, 1, CLIENT)
    await one.start(by("ada", "jonas", clock))

    async def away(*_: object) -> None:
        raise StoreAway("store_away", "The store did not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(desk._review, "of_subject", away)
        with pytest.raises(StoreAway):
            await desk.withdraw(caller, CLIENT)
    assert len(await one.repository.live()) == 1
    await desk.withdraw(caller, CLIENT)
    assert await one.repository.live() == []
    assert trail.said == [("jonas", "allowed"), ("jonas", "withdrawn")]
