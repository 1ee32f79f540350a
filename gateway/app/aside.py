"""Reads and indexes large directories in a process beside, so that this one goes on serving.

Run as `python -m gateway.app.aside`, it reads what it is to do from standard input and writes what
came of it to standard output: pickles, none of which takes long to read.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from gateway.app.directories import files_of, load_directory
from gateway.errors import GatewayError
from gateway.model import Account, User
from gateway.people.document import PeopleError
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory, index_of
from gateway.people.population import Population
from gateway.people.search.users import UserSearch

SMALL_FILE: Final = 256 * 1024
"""Bytes of files that are read in a thread: a tenth of a second."""
SMALL: Final = 3000
"""Users who are indexed in a thread."""
_AT_ONCE: Final = 500

_Result = TypeVar("_Result")
_command: Final = (sys.executable, "-P", "-m", "gateway.app.aside")


async def read_aside(path: Path, template: HouseTemplate | None) -> MemoryDirectory:
    """Read a directory as `load_directory` does.

    Raises:
        GatewayError: `config`, with every fault.
    """
    try:
        if await asyncio.to_thread(_size_of, path) <= SMALL_FILE:
            return await asyncio.to_thread(load_directory, path, template)
    except (PeopleError, OSError) as fault:
        raise _unreadable(fault) from fault

    def take(pieces: Iterator[Any]) -> MemoryDirectory:
        fault = next(pieces)
        if fault:
            raise _unreadable(fault)
        accounts: list[Account] = next(pieces)
        users: list[User] = [user for _ in range(next(pieces)) for user in next(pieces)]
        people = Population(accounts, users, template)
        return MemoryDirectory.of(people, UserSearch.put_together(_known(people), pieces))

    return await _ask(("read", path, template), take)


async def index_aside(people: Population) -> UserSearch:
    """Index users as `index_of` does.

    Raises:
        GatewayError: `aside`, it could not be done.
    """
    if len(people) <= SMALL:
        return await asyncio.to_thread(index_of, people)
    return await _ask(
        ("index", people), lambda pieces: UserSearch.put_together(_known(people), pieces)
    )


def _known(people: Population) -> Callable[[str], User]:
    def known(user_id: str) -> User:
        user = people.user(user_id)
        if user is None:
            raise GatewayError("aside", f"There is no user {user_id!r}, whom the index names.", "")
        return user

    return known


def _size_of(path: Path) -> int:
    return sum(each.stat().st_size for each in files_of(path) if each.exists())


def _unreadable(fault: object) -> GatewayError:
    return GatewayError("config", f"The directory cannot be read: {fault}.", "Mend the file.")


async def _ask(order: tuple[Any, ...], take: Callable[[Iterator[Any]], _Result]) -> _Result:
    """Have another process do something; it ends when nobody waits for it any more."""
    child = await asyncio.to_thread(_start)
    try:
        return await asyncio.to_thread(_talk, child, order, take)
    finally:
        child.kill()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        _command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _talk(
    child: subprocess.Popen[bytes],
    order: tuple[Any, ...],
    take: Callable[[Iterator[Any]], _Result],
) -> _Result:
    with child:
        try:
            assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - asked for
            for piece in _said(order):
                pickle.dump(piece, child.stdin)
            child.stdin.close()
            return take(_pieces(child.stdout))
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as fault:
            raise GatewayError(
                "aside",
                "The process that reads directories ended before it was done.",
                "See whether this machine has memory left.",
            ) from fault
        finally:
            child.kill()


def _said(order: tuple[Any, ...]) -> Iterator[object]:
    if order[0] == "read":
        yield order
        return
    people: Population = order[1]
    yield ("index",)
    yield list(people.accounts())
    yield from _in_pieces(people)


def _in_pieces(users: Iterable[User]) -> Iterator[object]:
    coming = iter(users)
    pieces = list(iter(lambda: list(islice(coming, _AT_ONCE)), []))
    yield len(pieces)
    yield from pieces


def _pieces(stream: IO[bytes]) -> Iterator[Any]:
    while True:
        yield pickle.load(stream)  # noqa: S301 - our own child's words


def _done(pieces: Iterator[Any]) -> Iterator[object]:
    """Do what was asked, in the process beside."""
    match next(pieces):
        case ("read", path, template):
            try:
                directory = load_directory(path, template)
            except (PeopleError, OSError) as fault:
                yield str(fault)
                return
            yield ""
            yield list(directory.people.accounts())
            yield from _in_pieces(directory.people.said)
            yield from directory.index.taken_apart()
        case ("index",):
            accounts: list[Account] = next(pieces)
            users = [user for _ in range(next(pieces)) for user in next(pieces)]
            yield from index_of(Population(accounts, users)).taken_apart()


def main() -> None:
    """Do what standard input says."""
    os.nice(10)  # whoever serves goes first
    for piece in _done(_pieces(sys.stdin.buffer)):
        pickle.dump(piece, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
