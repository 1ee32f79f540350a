"""Finding users among very many: by id, as a start does, and by words, as the console does.

Names are made of few syllables, so that any beginning is the beginning of many: real people's names
are further apart. Some queries are those that have most to look at.
"""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import partial

from gateway.model import Account, User
from gateway.people.memory import MemoryDirectory
from tests.bench.figure import Figure
from tests.bench.growth_in_process import Call, flat

_SYLLABLES = (
    "ka lo mi ra ne to sha ber gen hof mann stein ill ow ski ova son ez ar do li na wei be sch "
    "ter hu ang yu cz ek th om as jo ha an ma ri pe"
)
_MOST_MS = 20.0


def of_directories(most: int, rounds: int) -> Iterator[Figure]:
    """Measure a directory of so many users in a hundredth as many accounts."""
    accounts, users = _people(most)
    started = time.thread_time()
    many = MemoryDirectory(accounts, users)
    took = time.thread_time() - started
    yield Figure(7, f"indexing {most:,} users", (took,), "s", 3.0)
    yield Figure(7, f"index of {most:,} users", (_index_of(accounts, users),), "MiB", 40.0)

    last = users[-1]
    few = MemoryDirectory(accounts, [last])
    one, another = partial(few.user, last.id), partial(many.user, last.id)
    yield flat(f"one of {most:,} users by id", one, another, rounds)
    first, family = last.name.split()
    queries = {
        "a name": last.name,
        "an address": last.email,
        "the beginning of a name": family[:3],
        "one letter": "a",
        "four beginnings": "an be ar so",
        "a typo": f"{first} {family[1:]}",
        "two typos": f"{family[:2]}{family[3:]}x",
        "two typos in nobody's name": "kalommira",
        "two words with typos": "jonhaanna shtombersteinn",
        "the same letter, 20 times": "e" * 20,
        "200 letters": "x" * 200,
        "50 words": f"{_SYLLABLES} {_SYLLABLES[::-1]}",
        "what stands inside names": "ermanns",
        "a filter": "a status:invited account:acc1",
        "nobody of this name": "nobody of this name",
    }
    for name, text in queries.items():
        values = tuple(_ms(partial(many.search, text, 12)) for _ in range(rounds))
        yield Figure(7, f"{name}, among {most:,} users", values, "ms", _MOST_MS)


def _people(most: int) -> tuple[list[Account], list[User]]:
    chance, syllables = random.Random(1), _SYLLABLES.split()

    def names(count: int, longest: int) -> list[str]:
        return [
            "".join(chance.choices(syllables, k=chance.randint(2, longest))).capitalize()
            for _ in range(count)
        ]

    firsts, families, companies = names(5000, 3), names(60_000, 5), names(800, 3)
    accounts = [
        Account(
            id=f"acc{n}",
            name=f"{chance.choice(companies)} {chance.choice(('GmbH', 'Ltd', 'Berlin'))}",
            parent=f"acc{n // 10}" if n >= 10 else None,
        )
        for n in range(most // 100)
    ]
    users = []
    for n in range(most):
        first, family = chance.choice(firsts), chance.choice(families)
        account = chance.choice(accounts)
        host = account.name.partition(" ")[0].lower()
        users.append(
            User(
                id=f"emp-{n:06}",
                name=f"{first} {family}",
                email=f"{first}.{family}{n}@{host}.example".lower(),
                account=account.id,
                status=chance.choice(("active", "active", "active", "invited", "deactivated")),
            )
        )
    return accounts, users


def _index_of(accounts: Sequence[Account], users: Sequence[User]) -> float:
    """Give the MiB that a directory takes beside its users."""
    gc.collect()
    tracemalloc.start()
    directory = MemoryDirectory(accounts, users)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert directory.user(users[0].id)
    return taken / (1 << 20)


def _ms(call: Call) -> float:
    started = time.thread_time()
    call()
    return (time.thread_time() - started) * 1000
