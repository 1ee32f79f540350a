"""What keeps a worker's operators as their file and the store have them, wired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.app.file_watch import Look
from gateway.app.operators_reload import OperatorsReload
from gateway.app.people import operators_of
from gateway.config import Config
from gateway.model import Operator
from gateway.people.operators import Operators
from gateway.people.people_book import PeopleBook
from gateway.people.people_changes import NamedIn, PeopleChanges
from gateway.policy.people_rules import Named, policies_naming
from gateway.policy.rights.desk import Desk
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.events import Events
from gateway.sessions.people_desk import PeopleDesk
from gateway.sessions.people_follow import PeopleFollow
from gateway.sessions.review import Review
from gateway.store.client import Store


@dataclass(frozen=True, slots=True)
class PeopleUpkeep:
    """Reads the file again, and follows the store."""

    file: OperatorsReload
    store: PeopleFollow

    @property
    def stale(self) -> bool:
        """Whether the file cannot be used, and what it said before holds."""
        return self.file.stale

    async def load(self) -> None:
        """Read those who are in the store: before anything looks at sessions.

        Raises:
            StoreAway: nobody knows how they are.
        """
        await self.store.load()

    def start(self) -> None:
        """Begin to keep them up to date."""
        self.store.start()
        self.file.start()

    async def stop(self) -> None:
        """Stop."""
        await self.file.stop()
        await self.store.stop()


def people_of(
    config: Config,
    store: Store,
    operators: Operators,
    held: Look,
    *,
    profiles: Profiles,
    policies: InForce,
    named_in: Sequence[NamedIn],
    review: Review,
    events: Events,
    now: Callable[[], int],
) -> tuple[PeopleDesk, PeopleUpkeep]:
    """Wire where operators are managed, and what keeps them up to date.

    Args:
        config: names their file, if there is one.
        store: where the others are kept.
        operators: as the file has them.
        held: how the file looked before it was read.
        profiles: all that there are.
        policies: say who may manage whom, and may name people.
        named_in: what else can name a person.
        review: looks at sessions again.
        events: puts changes on record.
        now: the wall clock in milliseconds.
    """
    book = PeopleBook(store)
    places: list[NamedIn] = [partial(_in_policies, policies), *named_in]
    desk = PeopleDesk(
        operators=operators,
        profiles=profiles,
        desk=Desk(policies),
        book=book,
        changes=PeopleChanges(book, operators, profiles, places, now),
        review=review,
        events=events,
        now=now,
    )
    parse = partial(operators_of, config.operators or Path(), profiles)
    file = OperatorsReload(config.operators, held, parse, operators, review, events)
    return desk, PeopleUpkeep(file, PeopleFollow(store, book, operators, review))


async def _in_policies(policies: InForce, person: Operator) -> Sequence[Named]:
    return policies_naming(policies.policies, person.id)
