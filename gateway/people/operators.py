"""The people who may sign in to the gateway, and their passwords.

- id: ada
  name: Ada Okafor
  email: ada@example.com
  profile: Customer Success Manager
  accounts: [nordlicht]        # the accounts that they own
  account: hoshi               # a customer's own: the account that they work for
  partner: agency              # a partner's: the partner that they work for
  regions: [emea]              # where they act
  password: $argon2id$v=19$…   # only for those who sign in by the gateway's own form
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import argon2
from msgspec.structs import replace

from gateway.model import Operator, User
from gateway.people.document import Document, Fields
from gateway.people.lists import OperatorList
from gateway.policy.rights.profiles import SHIPPED

LONGEST_PASSWORD: Final = 1024
"""Characters; a longer one is wrong without a look, so that nobody makes us hash megabytes."""


class Operators:
    """Every operator by id; made by `read_operators`."""

    def __init__(self, operators: Mapping[str, Operator], hashes: Mapping[str, str]) -> None:
        self._operators = dict(operators)
        self._hashes = dict(hashes)
        self._names = {o.id.casefold() for o in self._operators.values()} | {
            o.email.casefold() for o in self._operators.values()
        }
        self._hasher = argon2.PasswordHasher()

    def __iter__(self) -> Iterator[Operator]:
        return iter(self._operators.values())

    @property
    def has_passwords(self) -> bool:
        """Whether anybody here can sign in by a password."""
        return bool(self._hashes)

    def get(self, operator_id: str) -> Operator | None:
        """Give an operator, or None when there is none of this id."""
        return self._operators.get(operator_id)

    def protect(self, user: User) -> User:
        """Mark a user as protected who is also an operator, by id or e-mail (threat row 46)."""
        if user.id.casefold() in self._names or user.email.casefold() in self._names:
            return replace(user, protected=True)
        return user

    def verify_password(self, operator_id: str, password: str) -> Operator | None:
        """Give the operator whose password this is, else None.

        Slow on purpose (tens of milliseconds of CPU, 64 MiB): call it in an executor. It does the
        same work whether or not the id is known, so that time tells nobody who is an operator.
        """
        known = self._hashes.get(operator_id)
        hashed = known or next(iter(self._hashes.values()), None)
        if hashed is None or len(password) > LONGEST_PASSWORD:
            return None
        try:
            self._hasher.verify(hashed, password)
        except (argon2.exceptions.Argon2Error, UnicodeEncodeError):
            return None
        return self._operators[operator_id] if known else None


def read_operators(text: str, file: str, profiles: Sequence[str] = SHIPPED) -> Operators:
    """Read the operators' file; `file` is its name in faults, `profiles` are all that there are.

    Raises:
        PeopleError: with every fault of the file.
    """
    document = Document(file, text)
    found = OperatorList(document, profiles)
    hashes: dict[str, str] = {}
    for path, value in document.items(document.root, ()):
        operator, fields = found.read(value, path, "password")
        hashed = _password(fields)
        if hashed is not None:
            hashes[operator.id] = hashed
    document.finish()
    return Operators(found.operators, hashes)


def _password(fields: Fields) -> str | None:
    hashed = fields.optional_text("password")
    if hashed is None:
        return None
    try:
        fine = argon2.extract_parameters(hashed).type is argon2.Type.ID
    except argon2.exceptions.InvalidHashError:
        fine = False
    if not fine:
        fields.fault("password", "must be an argon2id hash, never the password itself")
    return hashed
