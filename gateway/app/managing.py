"""The people of a config and its store, as the command line manages them.

The rules are those of the JSON API, but for what is about oneself: the command line is nobody. Each
change is on record before it is made, with the user of the machine who made it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from gateway.app.clock import wall_clock
from gateway.app.naming import named_where_told
from gateway.app.one_off import machine_user, recording
from gateway.app.people import load_operators, load_policies, profiles_of
from gateway.app.reading import opened
from gateway.audit.record import Kind
from gateway.config import Config
from gateway.console.values import PersonOrder
from gateway.errors import Refused
from gateway.model import Operator
from gateway.people.operators import Listed, Operators
from gateway.people.people_book import Past, PeopleBook
from gateway.people.people_changes import PeopleChanges
from gateway.people.people_import import ToImport, read_people
from gateway.people.person_plan import Planned
from gateway.people.preferences import PreferenceBook
from gateway.policy.people_rules import Named, policies_naming
from gateway.store.client import Store
from gateway.yaml_file import Fault


@dataclass(frozen=True, slots=True)
class Managing:
    """Everybody as they are now, and what changes them."""

    config: Config
    store: Store
    operators: Operators
    book: PeopleBook
    changes: PeopleChanges

    def people(self) -> Sequence[Listed]:
        """List everybody, by id."""
        return sorted(self.operators.listed.values(), key=lambda each: each.operator.id)

    def person(self, name: str) -> Listed:
        """Give one.

        Raises:
            Refused: `unknown_person`, there is none of this id.
        """
        found = self.operators.listed.get(name)
        if found is None:
            raise Refused(
                "unknown_person",
                f"There is no operator {name}.",
                "`people list` has everybody.",
                status=404,
            )
        return found

    async def history(self, name: str) -> Sequence[Past]:
        """Give the last changes of one, the newest first.

        Raises:
            Refused: `unknown_person`, there is none of this id.
        """
        self.person(name)
        return await self.book.history(name)

    async def change(self, order: PersonOrder) -> bool:
        """Make a change, on record; give whether anything is other than before.

        Raises:
            Refused: the rules are against it.
        """
        return bool(await self._make([order], {}))

    async def faults_of(self, read: ToImport) -> Sequence[Fault]:
        """Say who of a file cannot be taken, and why."""
        faults = await self.changes.faults(read.orders, may=_may)
        return [Fault(read.file, read.lines[at], "", no.detail) for at, no in faults]

    async def take(self, read: ToImport) -> int:
        """Take everybody of a file, or nobody; give how many there are.

        Raises:
            Refused: the rules are against it.
        """
        return len(await self._make(read.orders, read.hashes))

    async def _make(
        self, orders: Sequence[PersonOrder], hashes: Mapping[str, str]
    ) -> Sequence[Planned]:
        user = machine_user()
        async with recording(self.config, self.store) as events:

            async def record(planned: Planned) -> None:
                await events.of_desk(
                    Kind.PEOPLE_CHANGED,
                    None,
                    None,
                    site="",
                    about=planned.order.id,
                    rule=planned.rule,
                    why=planned.order.why,
                    detail=f"{planned.detail}; by the command line, by {user} of the machine",
                )

            return await self.changes.make(
                orders,
                by="",
                called=f"command line: {user}",
                may=_may,
                record=record,
                hashes=hashes,
            )


def to_import(config: Config, text: str, file: str) -> ToImport:
    """Read a file of people.

    Raises:
        PeopleError: with every fault of the file.
    """
    return read_people(text, file, profiles_of(config).names)


@asynccontextmanager
async def managing(config: Config) -> AsyncIterator[Managing]:
    """Read the people of a config and of its store, which must be there.

    Raises:
        GatewayError: `config`, a file cannot be used.
        StoreAway: nobody answers.
    """
    profiles = profiles_of(config)
    operators, policies = load_operators(config, profiles), load_policies(config, profiles)

    async def in_policies(person: Operator) -> Sequence[Named]:
        return policies_naming(policies, person.id)

    async with opened(config) as store:
        book = PeopleBook(store)
        operators.take((await book.seen()).people)
        told = partial(named_where_told, config, PreferenceBook(store))
        changes = PeopleChanges(book, operators, profiles, [in_policies, told], wall_clock)
        yield Managing(config, store, operators, book, changes)


def _may(_people: Sequence[Operator]) -> str:
    return "command_line"
