"""What operators do with the people who may sign in: see, add, change, disable and enable them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gateway.audit.record import Kind
from gateway.console.values import (
    Client,
    OperatorChange,
    OperatorList,
    OperatorSays,
    PersonOrder,
)
from gateway.errors import Refused
from gateway.model import Deny, Operator
from gateway.people.operators import Listed, Operators
from gateway.people.people_book import PeopleBook
from gateway.people.people_changes import PeopleChanges
from gateway.people.person_plan import TITLE, Planned
from gateway.policy.rights.desk import Asker, Desk, Permitted
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.events import Events
from gateway.sessions.refusing import refused
from gateway.sessions.review import Review

MOST_FOUND: Final = 100
_LONGEST_SEARCH: Final = 200
_AT_ONCE: Final = 20
"""Questions to the policies before others get their turn."""


class PeopleDesk:
    """Implements `console.people_services.OperatorDesk`."""

    def __init__(
        self,
        *,
        operators: Operators,
        profiles: Profiles,
        desk: Desk,
        book: PeopleBook,
        changes: PeopleChanges,
        review: Review,
        events: Events,
        now: Callable[[], int],
    ) -> None:
        self._operators = operators
        self._profiles = profiles
        self._desk = desk
        self._book = book
        self._changes = changes
        self._review = review
        self._events = events
        self._now = now

    async def search(self, operator: Operator, text: str, client: Client) -> OperatorList:
        """Find those whom an operator may manage, and the operator."""
        words, found = text[:_LONGEST_SEARCH].casefold().split(), list[OperatorSays]()
        for number, listed in enumerate(_by_id(self._operators)):
            if not all(word in _searched(listed.operator) for word in words):
                continue
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            if self._sees(operator, listed.operator, client) is None:
                found.append(_says(listed))
            if len(found) > MOST_FOUND:
                break
        return OperatorList(people=tuple(found[:MOST_FOUND]), more=len(found) > MOST_FOUND)

    async def show(self, operator: Operator, person: str, client: Client) -> OperatorSays:
        """Give one of them, or oneself."""
        return _says(self._seen(operator, person, client))

    async def history(
        self, operator: Operator, person: str, client: Client
    ) -> Sequence[OperatorChange]:
        """Give the last changes of one, the newest first."""
        self._seen(operator, person, client)
        return [
            OperatorChange(
                operator=past.kept.operator,
                disabled=past.kept.disabled,
                by=past.by,
                why=past.why,
                at=past.at,
                version=past.version,
            )
            for past in await self._book.history(person)
        ]

    async def change(self, operator: Operator, order: PersonOrder, client: Client) -> OperatorSays:
        """Add, update, disable or enable somebody; then look at every session that hangs on it."""

        def may(people: Sequence[Operator]) -> str:
            asker = self._still(operator)
            answers = [self._may(asker, each, client) for each in people]
            for answer in answers:
                if isinstance(answer, Deny):
                    raise refused(answer)
            allowed = (name for each in answers if not isinstance(each, Deny) for name in each)
            return ",".join(dict.fromkeys(allowed))

        async def record(planned: Planned) -> None:
            await self._events.of_desk(
                Kind.PEOPLE_CHANGED,
                operator,
                client,
                site="",
                about=planned.order.id,
                rule=planned.rule,
                why=planned.order.why,
                detail=planned.detail,
            )

        changed = await self._changes.make(
            [order], by=operator.id, called=operator.id, may=may, record=record
        )
        if changed and order.how == "disable":
            await self._review.of_actor(order.id)
        elif changed and order.how != "enable":
            # Their accounts and their own user's protection may concern the sessions of others.
            await self._review.look(lambda _: True)
        return _says(self._operators.listed[order.id])

    def _still(self, operator: Operator) -> Operator:
        """Give who asks as they are by now: of two who disable each other, one does."""
        now = self._operators.get(operator.id)
        if now is None:
            raise Refused(
                "not_an_operator",
                "You were disabled at this moment, so nothing was done.",
                "Ask an administrator of the gateway to enable you again.",
                title=TITLE,
            )
        return now

    def _seen(self, operator: Operator, person: str, client: Client) -> Listed:
        listed = self._operators.listed.get(person)
        nobody = Operator(id=person, name="", email="", profile="")
        deny = self._sees(operator, listed.operator if listed else nobody, client)
        if deny is not None:
            raise refused(deny)
        if listed is None:
            raise Refused(
                "unknown_person",
                f"There is no operator {person}.",
                "Name one by their id, as the list has it.",
                status=404,
                title=TITLE,
            )
        return listed

    def _sees(self, operator: Operator, person: Operator, client: Client) -> Deny | None:
        if person.id == operator.id:
            return None
        answer = self._may(operator, person, client)
        return answer if isinstance(answer, Deny) else None

    def _may(self, operator: Operator, person: Operator, client: Client) -> Permitted | Deny:
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        return self._desk.on_person(asker, person, self._profiles.chain(person.profile))


def _by_id(operators: Operators) -> Sequence[Listed]:
    return sorted(operators.listed.values(), key=lambda each: each.operator.id)


def _searched(operator: Operator) -> str:
    said = (operator.id, operator.name, operator.email, operator.profile)
    return "\n".join(said).casefold()


def _says(listed: Listed) -> OperatorSays:
    return OperatorSays(
        operator=listed.operator,
        disabled=listed.disabled,
        in_file=listed.in_file,
        version=listed.version,
    )
