"""Search among the users of a site: the best first, within milliseconds for 100,000 of them.

Each word of a query must begin a word of the user's: of their name, e-mail address, id, account's
name or account's id. When that finds less than a handful, words may have a typo; when nobody is
found, they may stand inside words.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, islice
from operator import and_
from typing import cast

from gateway.model import Account, User
from gateway.people.search.folding import fold, parts_of, plain
from gateway.people.search.kinds import (
    ACCOUNT,
    ACCOUNT_ID,
    EMAIL,
    HERE,
    ID,
    STATUS,
    WORD,
    of_account,
    of_domain,
    of_user,
)
from gateway.people.search.postings import Bits, Postings, bits_in
from gateway.people.search.query import Parts, Query
from gateway.people.search.spot import Spot, read_spot, written
from gateway.people.search.typos import almost
from gateway.people.search.vocabulary import Span
from gateway.people.source import Found, FoundPage

_PLAIN = (WORD, EMAIL, ID)
"""The kinds of words that plain words of a query mean."""
_HANDFUL = 5
_GUESSED = 2
"""How many words of a query may have a typo: those that the fewest users have."""
_ONE_EDIT, _TWO_EDITS, _INSIDE = 4, 8, 3
"""How many letters a word needs to have one typo, to have two, to stand inside others."""
_FEW, _MOST_MASKS = 64, 64
"""Accounts whose users are looked up one by one; sets of more whose users are remembered."""
_MOST_WORDS, _MOST_USERS = 500, 20_000
"""How many words, and users of them, are marked for a word that is guessed."""


class UserSearch:
    """An index of users.

    Args:
        users: in any order.
        lineage: gives the account of an id and those above it.
    """

    def __init__(self, users: Iterable[User], lineage: Callable[[str], Sequence[Account]]) -> None:
        # A user's number is their place among equally good ones, so the least bits come first.
        self._users = sorted(users, key=_presented)
        self._postings = Postings(map(of_user, self._users), _shared(self._users, lineage))
        self._words = self._postings.words
        self._masks: dict[frozenset[str], Bits] = {}

    def taken_apart(self) -> Iterator[object]:
        """Give what another process needs to have the same index, in pieces; users only by id."""
        yield [user.id for user in self._users]
        yield from self._postings.taken_apart()

    @classmethod
    def put_together(cls, users: Callable[[str], User], pieces: Iterator[object]) -> UserSearch:
        """Make the index whose pieces these are."""
        made = cls.__new__(cls)
        made._users = [users(each) for each in cast("list[str]", next(pieces))]
        made._postings = Postings.put_together(pieces)
        made._words = made._postings.words
        made._masks = {}
        return made

    def find(self, query: Query, limit: int, within: frozenset[str] | None = None) -> Found:
        """Give at most `limit` users, the best first.

        Whose id or address this is; who has the whole words; who has words that begin so; typos.
        Among equals active users are first, then it goes by name.

        Args:
            within: only users of these very accounts, by id; None: of all.
        """
        hits = list(islice(self._hits(query, within, None), limit + 1))
        return Found(tuple(self._users[each] for _, each in hits[:limit]), len(hits) > limit)

    def page(
        self, query: Query, limit: int, after: str, within: frozenset[str] | None = None
    ) -> FoundPage:
        """Give the users behind those of the page before, in the same order.

        Raises:
            ClientError: `bad_fields`, `after` is of no page.
        """
        hits = list(islice(self._hits(query, within, read_spot(after)), limit + 1))
        users = tuple(self._users[each] for _, each in hits[:limit])
        if len(hits) <= limit:
            return FoundPage(users)
        fit, last = hits[limit - 1]
        return FoundPage(users, written(Spot(fit, *_presented(self._users[last]))))

    def _hits(
        self, query: Query, within: frozenset[str] | None, after: Spot | None
    ) -> Iterator[tuple[int, int]]:
        """Give the numbers of those who are found, each with how well they fit; 0 is the best."""
        allowed = self._allowed(query)
        if within is not None:
            allowed &= self._of_these(within)
        begin = -1 if after is None else after.fit
        seen: Bits = 0
        for fit, users in enumerate(self._by_fit(query, allowed) if query.words else (allowed,)):
            fresh, seen = users & ~seen, seen | users
            if after is not None and fit == begin:
                shown = bisect_right(self._users, after.presented, key=_presented)
                fresh = fresh >> shown << shown
            if fit >= begin:
                yield from ((fit, number) for number in bits_in(fresh))

    def _of_these(self, accounts: frozenset[str]) -> Bits:
        """Give the users of these very accounts; of many it is remembered."""
        if len(accounts) <= _FEW:
            return self._postings.users(self._words.equal(HERE + each) for each in accounts)
        mask = self._masks.get(accounts)
        if mask is None:
            there = (n for n, user in enumerate(self._users) if user.account in accounts)
            if len(self._masks) >= _MOST_MASKS:
                self._masks.clear()
            mask = self._masks[accounts] = self._postings.bits(there)
        return mask

    def _allowed(self, query: Query) -> Bits:
        """Give the users whom the filters let through."""
        if not (query.words or query.says_nothing):
            return 0
        allowed = self._postings.everyone
        if query.status:
            allowed &= self._begun(STATUS, query.status.lower())
        if query.email:
            allowed &= self._begun(EMAIL, "@" * query.email.startswith("@") + plain(query.email))
        if query.account:
            allowed &= self._of_account(query.account)
        return allowed

    def _of_account(self, said: str) -> Bits:
        """Give the users of the account of this id, or else of those whose id or name begins so."""
        account_id = said.casefold()
        exactly = self._equal(account_id, ACCOUNT_ID)
        if exactly:
            return exactly
        named = [self._begun(ACCOUNT, part) for part in parts_of(said)]
        return self._begun(ACCOUNT_ID, account_id) | (reduce(and_, named) if named else 0)

    def _by_fit(self, query: Query, allowed: Bits) -> Iterator[Bits]:
        joined = ["".join(parts) for parts in query.words]
        them = allowed & self._equal("".join(joined), EMAIL, ID)
        yield them
        yield reduce(and_, (self._equal(word, *_PLAIN) for word in joined), allowed)
        hits = [self._beginning(parts) for parts in query.words]
        found = reduce(and_, hits, allowed)
        yield found
        rare = sorted(range(len(hits)), key=lambda word: hits[word].bit_count())
        if them or not all(hits[word] for word in rare[_GUESSED:]):
            return
        for edits, words, least in ((1, rare[:_GUESSED], _ONE_EDIT), (2, rare[:1], _TWO_EDITS)):
            if found.bit_count() >= _HANDFUL:
                return
            for word in words:
                if len(joined[word]) >= least and joined[word].isalpha():
                    hits[word] |= self._almost(joined[word], edits)
            found = reduce(and_, hits, allowed)
            yield found
        if not found:
            hits[rare[0]] |= self._inside(joined[rare[0]])
            yield reduce(and_, hits, allowed)

    def _begun(self, kind: str, word: str) -> Bits:
        return self._postings.users([self._words.beginning(kind + word)] if word else ())

    def _beginning(self, parts: Parts) -> Bits:
        """Give who has words that begin like `jeanluc`, or like both `jean` and `luc`."""
        if len(parts) > 1:
            apart = (self._beginning((part,)) for part in parts)
            return self._beginning(("".join(parts),)) | reduce(and_, apart)
        spans = (self._words.beginning(kind + parts[0]) for kind in _PLAIN)
        return self._postings.users(spans)

    def _equal(self, word: str, *kinds: str) -> Bits:
        return self._postings.users(self._words.equal(kind + word) for kind in kinds)

    def _almost(self, word: str, edits: int) -> Bits:
        return self._some(almost(self._words, WORD, word, edits))

    def _inside(self, word: str) -> Bits:
        if len(word) < _INSIDE:
            return 0
        kinds = map(self._words.beginning, _PLAIN)
        return self._some(chain.from_iterable(self._words.containing(word, each) for each in kinds))

    def _some(self, spans: Iterable[Span]) -> Bits:
        """Give the users of some spans, which are as many as can be marked in a short time."""
        some, left = set[Span](), _MOST_USERS
        for span in islice(spans, _MOST_WORDS):
            if span not in some:
                left -= self._postings.size(span)
                if left < 0:
                    break
                some.add(span)
        return self._postings.users(some)


def _presented(user: User) -> tuple[bool, str, str]:
    return user.status != "active", fold(user.name), user.id


def _numbers() -> defaultdict[str, array[int]]:
    return defaultdict(lambda: array("I"))


def _shared(
    users: Sequence[User], lineage: Callable[[str], Sequence[Account]]
) -> Iterator[tuple[Iterable[str], array[int]]]:
    """Give the words of each account, each domain and each status, with the users there."""
    accounts, domains, statuses = _numbers(), _numbers(), _numbers()
    for number, user in enumerate(users):
        accounts[user.account].append(number)
        domains[user.email.rpartition("@")[2]].append(number)
        statuses[user.status].append(number)
    yield from ((of_account(lineage(account)), there) for account, there in accounts.items())
    yield from ((of_domain(domain), there) for domain, there in domains.items())
    yield from (([STATUS + status], there) for status, there in statuses.items())
