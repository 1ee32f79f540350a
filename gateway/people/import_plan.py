"""What an import comes to: who is new, who is otherwise, who goes, and the steps in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gateway.model import Account, User
from gateway.people.csv_source import Imported
from gateway.people.difference import Difference, T, difference
from gateway.people.population import Population
from gateway.people.stored import edit_of
from gateway.store.ledger import Edit


class Plan(NamedTuple):
    """The differences and the edits that make them, in an order in which nobody is ever lost:
    accounts from the top, then users, then who goes.
    """

    accounts: Difference[Account]
    users: Difference[User]
    edits: tuple[Edit, ...]

    def goes_beyond(self, share: float) -> bool:
        """Whether more than this share of the users, or of the accounts, would go."""
        return any(
            len(each.gone) > share * (len(each.gone) + len(each.changed) + each.unchanged)
            for each in (self.accounts, self.users)
        )


def plan(
    before: Population,
    versions: Mapping[str, int],
    found: Imported,
    *,
    users_go: bool,
    accounts_go: bool,
) -> Plan:
    """Compare what there is with what files say.

    Args:
        before: who is there now.
        versions: of what is there, by its key in the ledger.
        found: the good lines.
        users_go: who is in no line goes.
        accounts_go: an account that is in no line goes.
    """
    accounts = difference({each.id: each for each in before.said_accounts}, found.accounts)
    users = difference({each.id: each for each in before.said}, found.users)
    if not accounts_go:
        accounts = accounts._replace(gone=(), unchanged=accounts.unchanged + len(accounts.gone))
    if not users_go:
        users = users._replace(gone=(), unchanged=users.unchanged + len(users.gone))

    def edit(each: Account | User, *, gone: bool = False) -> Edit:
        made = edit_of(each, gone=gone)
        return made._replace(expected=versions.get(made.key, 0))

    new = {each.id: each for each in _new(accounts)}
    lowest_first = sorted(accounts.gone, key=lambda each: -len(before.lineage(each.id)))
    return Plan(
        accounts,
        users,
        (
            *(edit(each) for each in _from_the_top(new)),
            *(edit(each) for each in _new(users)),
            *(edit(each, gone=True) for each in users.gone),
            *(edit(each, gone=True) for each in lowest_first),
        ),
    )


def after(before: Population, made: Plan) -> Population:
    """Give who is there when a plan has been carried out."""
    return before.but(_as_then(made.accounts), _as_then(made.users))


def _as_then(found: Difference[T]) -> dict[str, T | None]:
    gone: dict[str, T | None] = {each.id: None for each in found.gone}
    return gone | {each.id: each for each in _new(found)}


def _new(found: Difference[T]) -> Iterator[T]:
    yield from found.added
    yield from (now for _, now in found.changed)


def _from_the_top(accounts: Mapping[str, Account]) -> Iterator[Account]:
    """Give accounts, each after those above it that are among them; they form no circle."""
    done: set[str] = set()
    for start in accounts:
        way: list[str] = []
        at: str | None = start
        while at is not None and at in accounts and at not in done:
            done.add(at)
            way.append(at)
            at = accounts[at].parent
        yield from (accounts[each] for each in reversed(way))
