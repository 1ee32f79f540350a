"""Changing the people who may sign in: seen, judged, put on record, and made in one step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gateway.console.values import PersonOrder
from gateway.errors import HandOverFirst, Refused
from gateway.model import Operator
from gateway.people.operators import LONGEST_PASSWORD, Listed, Operators
from gateway.people.people_book import (
    MOST,
    Kept,
    PeopleBook,
    Seen,
    Version,
    is_changed_meanwhile,
    version_of,
)
from gateway.people.person_plan import TITLE, Planned, after_of, difference
from gateway.policy.people_rules import Named, No, Someone, refusal
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.refusing import refused

SHORTEST_PASSWORD: Final = 12
"""Characters."""
_TRIES: Final = 5

NamedIn = Callable[[Operator], Awaitable[Sequence[Named]]]
"""Gives the places that name a person, beside the accounts that they own."""
May = Callable[[Sequence[Operator]], str]
"""Gives what permits managing all of these, or raises `Refused`: who is as they are before, whom a
group makes an operator and who gives way to them, and who is as they are to be."""
Record = Callable[[Planned], Awaitable[None]]
"""Puts a change on record."""


class _Asked(NamedTuple):
    seen: Seen
    people: dict[str, Someone]
    by: str
    may: May
    hashes: Mapping[str, str]


class PeopleChanges:
    """Makes changes, for operators at the desk and for the command line.

    Args:
        book: where people are kept.
        operators: everybody as this process knows them; brought up to date by each change.
        profiles: all that there are.
        named_in: what can name a person.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        book: PeopleBook,
        operators: Operators,
        profiles: Profiles,
        named_in: Sequence[NamedIn],
        now: Callable[[], int],
    ) -> None:
        self._book = book
        self._operators = operators
        self._profiles = profiles
        self._named_in = named_in
        self._now = now
        self._hashing = asyncio.Semaphore(2)

    async def faults(
        self, orders: Sequence[PersonOrder], *, may: May
    ) -> Sequence[tuple[int, Refused]]:
        """Say which of some orders could not be made one after the other, by place, and why."""
        asked, found = await self._look("", may, {}), list[tuple[int, Refused]]()
        for number, order in enumerate(orders):
            try:
                await self._plan(asked, order)
            except Refused as no:
                found.append((number, no))
        return found

    async def make(
        self,
        orders: Sequence[PersonOrder],
        *,
        by: str,
        called: str,
        may: May,
        record: Record,
        hashes: Mapping[str, str] | None = None,
    ) -> Sequence[Planned]:
        """Make changes, all or none, each on record before; give those that change something.

        Args:
            orders: what is to be; of each person one.
            by: the id of the operator who asks; empty for the command line.
            called: how the history calls who asks.
            may: asks the policies.
            record: puts each on record.
            hashes: argon2id hashes of passwords by id, of those whose password nobody knows.

        Raises:
            Refused: policies or rules are against one; nothing was done.
            StoreAway: it is not certain that it was done.
        """
        if len(orders) > MOST:
            raise Refused(
                "too_many_people",
                f"{len(orders)} people are more than can be changed in one step.",
                f"Take at most {MOST} at once.",
                status=422,
                title=TITLE,
            )
        passwords = {each.id: each.password for each in orders if each.password is not None}
        known = {**(hashes or {}), **dict.fromkeys(passwords, "")}
        told: list[str] = []
        for left in reversed(range(_TRIES)):
            asked = await self._look(by, may, known)
            planned = [await self._plan(asked, order) for order in orders]
            changes = [each for each in planned if each.detail]
            while passwords:
                name, password = passwords.popitem()
                known[name] = await self._hashed(password)
            details = [each.detail for each in changes]
            if details != told:
                await asyncio.gather(*map(record, changes))
                told = details
            try:
                await self._keep(asked, changes, called)
            except Refused as no:
                if not left or not is_changed_meanwhile(no):
                    raise
            else:
                return changes
        raise AssertionError("the last try returns or raises")

    async def _look(self, by: str, may: May, hashes: Mapping[str, str]) -> _Asked:
        seen = await self._book.seen()
        self._operators.take(seen.people)
        people = {name: self._someone(each) for name, each in self._operators.listed.items()}
        return _Asked(seen, people, by, may, hashes)

    def _someone(self, listed: Listed) -> Someone:
        return Someone(
            operator=listed.operator,
            profiles=self._profiles.chain(listed.operator.profile),
            disabled=listed.disabled,
            in_file=listed.in_file,
        )

    async def _plan(self, asked: _Asked, order: PersonOrder) -> Planned:
        """Judge one order, after those before it."""
        before = self._operators.listed.get(order.id)
        known, new_password = asked.seen.people.get(order.id), order.id in asked.hashes
        epoch = known.kept.epoch + 1 if known is not None else 0
        after = after_of(order, before, new_password=new_password, epoch=epoch)
        were = [] if before is None else [before.operator]
        gone = self._operators.giving_way_to(after.operator)
        rule = asked.may([*were, *gone, after.operator])
        if order.version not in (None, version_of(asked.seen, order.id)):
            raise Refused(
                "changed_meanwhile",
                f"{order.id} was changed by somebody else meanwhile, so nothing was done.",
                "Look at it again, and then decide.",
                status=409,
                title=TITLE,
            )
        named_in: list[Named] = []
        if order.how == "disable" and before is not None:
            for places in self._named_in:
                named_in += await places(before.operator)
        someone = self._someone(after)
        no = refusal(asked.people, order.how, someone, by=asked.by, named_in=named_in)
        if no is not None:
            raise refused_by(no)
        asked.people[order.id] = someone
        detail = difference(before, after, new_password=new_password)
        return Planned(order=order, before=before, after=after, rule=rule, detail=detail)

    async def _keep(self, asked: _Asked, changes: Sequence[Planned], called: str) -> None:
        if not changes:
            return
        kept: dict[str, Kept] = {}
        for each in changes:
            name, hashed = each.order.id, asked.hashes.get(each.order.id)
            password = await self._book.keep_password(hashed) if hashed else each.after.password
            kept[name] = _kept(each.after, password)
        why = changes[0].order.why
        renewed = [each for each in changes if each.order.id in asked.hashes]
        try:
            await self._book.change(kept, asked.seen, by=called, why=why, at_ms=self._now())
        except Refused:
            for each in renewed:
                await self._book.forget_password(kept[each.order.id].password)
            raise
        versions = {name: version_of(asked.seen, name) + 1 for name in kept}
        self._operators.take({name: Version(each, versions[name]) for name, each in kept.items()})
        for each in renewed:
            if each.before is not None:
                await self._book.forget_password(each.before.password)

    async def _hashed(self, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise Refused(
                "password_length",
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
                "Choose one of that length.",
                status=422,
                title=TITLE,
            )
        async with self._hashing:  # each takes 64 MiB and tens of milliseconds of CPU
            return await asyncio.to_thread(self._operators.hashed, password)


def refused_by(no: No) -> Refused:
    """Make an error of a refusal by the rules."""
    if not no.hand_over:
        return refused(no.deny)
    deny, listed = no.deny, tuple((each.kind, each.name) for each in no.hand_over)
    return HandOverFirst(deny.code, deny.detail, deny.advice, rule=deny.rule, hand_over=listed)


def _kept(after: Listed, password: str) -> Kept:
    """Say what the store has of somebody; of one of the file, only that they are disabled."""
    if after.in_file:
        return Kept(disabled=after.disabled, epoch=after.epoch)
    return Kept(
        operator=after.operator, disabled=after.disabled, epoch=after.epoch, password=password
    )
