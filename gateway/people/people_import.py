"""A file of people that are to be kept in the store, written as the operators file is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.console.values import PersonOrder
from gateway.people.document import Document
from gateway.people.lists import OperatorList
from gateway.people.operators import password_hash


class ToImport(NamedTuple):
    """Who is to be added: an order each, its line in the file; hashes of passwords by id."""

    file: str
    orders: Sequence[PersonOrder]
    lines: Sequence[int]
    hashes: dict[str, str]


def read_people(text: str, file: str, profiles: Sequence[str]) -> ToImport:
    """Read a file of people; `file` is its name in faults, `profiles` are all that there are.

    Raises:
        PeopleError: with every fault of the file.
    """
    document = Document(file, text)
    found = OperatorList(document, profiles)
    orders, lines, hashes = list[PersonOrder](), list[int](), dict[str, str]()
    for path, value in document.items(document.root, ()):
        operator, fields = found.read(value, path, "password")
        orders.append(PersonOrder(how="add", id=operator.id, operator=operator, why="Imported"))
        lines.append(document.line(path))
        hashed = password_hash(fields)
        if hashed is not None:
            hashes[operator.id] = hashed
    document.finish()
    return ToImport(file, orders, lines, hashes)
