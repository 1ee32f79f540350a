"""The people who may sign in: those of the operators file, and those who are kept in the store.

The file is a list, of which only who is disabled is kept in the store:

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
from itertools import chain
from typing import Final

import argon2
from msgspec.structs import replace

from gateway.model import Frozen, Operator, User
from gateway.people.document import Document, Fields
from gateway.people.group_operators import GroupOperators
from gateway.people.lists import OperatorList
from gateway.people.people_book import Kept, Version
from gateway.policy.rights.profiles import SHIPPED

LONGEST_PASSWORD: Final = 1024
"""Characters; a longer one is wrong without a look, so that nobody makes us hash megabytes."""
_NOBODY_S: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$8D3yzVPWYo6Fx9PVcAFnpg$"
    "ZOMklhyznwWwkUnq/AV32d6+TihwSyOcoX0KZ6UDHyg"
)
"""Compared with what is said for somebody who has no password, where the file has none either."""


class Listed(Frozen, frozen=True, kw_only=True):
    """An operator, whether they are disabled, and where they are kept.

    `version` counts their changes in the store; `epoch` as in `Kept`. `password`: the hash itself
    in the file, else the name under which it is kept.
    """

    operator: Operator
    disabled: bool = False
    in_file: bool = False
    version: int = 0
    epoch: int = 0
    password: str = ""


class Operators:
    """Everybody by id, as they are now; made by `read_operators`.

    Iterating gives everybody who is kept, also those who are disabled: what they own is theirs
    still. Those whom a group of a directory makes operators own nothing, and are not kept.
    """

    def __init__(self, operators: Mapping[str, Operator], hashes: Mapping[str, str]) -> None:
        self._file = dict(operators)
        self._hashes = dict(hashes)
        self._kept: dict[str, Version] = {}
        self._listed: dict[str, Listed] = {}
        self._names: set[str] = set()
        self._groups: GroupOperators | None = None
        self._hasher = argon2.PasswordHasher()
        self._bring_together()

    def __iter__(self) -> Iterator[Operator]:
        return (each.operator for each in self._listed.values())

    def join(self, groups: GroupOperators) -> None:
        """Count those as operators whom groups of directories make so."""
        self._groups = groups

    def enabled(self) -> Iterator[Operator]:
        """Give everybody who may sign in."""
        kept = (each.operator for each in self._listed.values() if not each.disabled)
        return chain(kept, filter(self._is_free, self._groups or ()))

    def giving_way_to(self, operator: Operator) -> Iterator[Operator]:
        """Give those whom a group makes operators, and who are none once this one is kept."""
        names = {operator.id.casefold(), operator.email.casefold()}
        for each in filter(self._is_free, self._groups or ()):
            if not names.isdisjoint((each.id.casefold(), each.email.casefold())):
                yield each

    @property
    def listed(self) -> Mapping[str, Listed]:
        """Everybody who is kept, by id."""
        return self._listed

    @property
    def has_passwords(self) -> bool:
        """Whether anybody here can sign in by a password."""
        return any(each.password and not each.disabled for each in self._listed.values())

    def get(self, operator_id: str) -> Operator | None:
        """Give an operator, or None when nobody of this id may sign in."""
        found = self._listed.get(operator_id)
        if found is not None:
            return None if found.disabled else found.operator
        one = self._groups.get(operator_id) if self._groups is not None else None
        return one if one is not None and self._is_free(one) else None

    @property
    def groups_version(self) -> int:
        """Count how often directories had other people."""
        return self._groups.version if self._groups is not None else 0

    def epoch(self, operator_id: str) -> int:
        """Give what a sign-in must have been made in to count."""
        found = self._listed.get(operator_id)
        return 0 if found is None else found.epoch

    def protect(self, user: User) -> User:
        """Mark a user as protected who is also an operator, by id or e-mail (threat row 46)."""
        names = {user.id.casefold(), user.email.casefold()}
        by_group = self._groups.names if self._groups is not None else frozenset[str]()
        if names.isdisjoint(self._names) and names.isdisjoint(by_group):
            return user
        return replace(user, protected=True)

    def take_file(self, fresh: Operators) -> None:
        """Let the file say what it says by `fresh`."""
        self._file, self._hashes = fresh._file, fresh._hashes
        self._bring_together()

    def take(self, kept: Mapping[str, Version]) -> None:
        """Let the store say this of some; what is older than what is known is passed over."""
        for name, each in kept.items():
            known = self._kept.get(name)
            if known is None or known.version <= each.version:
                self._kept[name] = each
        self._bring_together()

    def verify_password(
        self, operator_id: str, password: str, kept: str | None = None
    ) -> Operator | None:
        """Give the operator whose password this is, else None.

        Slow on purpose (tens of milliseconds of CPU, 64 MiB): call it in an executor. It does the
        same work whether or not the id is known, so that time tells nobody who is an operator.

        Args:
            operator_id: as it was typed.
            password: as it was typed.
            kept: the hash that the store keeps for them; the file's goes before it.
        """
        known = self._hashes.get(operator_id) or kept
        hashed = known or next(iter(self._hashes.values()), _NOBODY_S)
        if len(password) > LONGEST_PASSWORD:
            return None
        try:
            self._hasher.verify(hashed, password)
        except (
            argon2.exceptions.Argon2Error,
            argon2.exceptions.InvalidHashError,
            UnicodeEncodeError,
        ):
            return None
        return self.get(operator_id) if known else None

    def hashed(self, password: str) -> str:
        """Hash a password; as slow as `verify_password`."""
        return self._hasher.hash(password)

    def _is_free(self, operator: Operator) -> bool:
        """Whether nobody who is kept has the id or address of one by a group."""
        return {operator.id.casefold(), operator.email.casefold()}.isdisjoint(self._names)

    def _bring_together(self) -> None:
        nobody = Version(Kept(), 0)
        found = {
            name: _of_file(operator, self._hashes.get(name, ""), self._kept.get(name, nobody))
            for name, operator in self._file.items()
        }
        for name, version in self._kept.items():
            operator = version.kept.operator
            if operator is not None and name not in found:
                found[name] = _of_store(operator, version)
        self._listed = found
        self._names = {o.id.casefold() for o in self} | {o.email.casefold() for o in self}


def _of_file(operator: Operator, hashed: str, version: Version) -> Listed:
    return Listed(
        operator=operator,
        disabled=version.kept.disabled,
        in_file=True,
        version=version.version,
        epoch=version.kept.epoch,
        password=hashed,
    )


def _of_store(operator: Operator, version: Version) -> Listed:
    return Listed(
        operator=operator,
        disabled=version.kept.disabled,
        version=version.version,
        epoch=version.kept.epoch,
        password=version.kept.password,
    )


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
        hashed = password_hash(fields)
        if hashed is not None:
            hashes[operator.id] = hashed
    document.finish()
    return Operators(found.operators, hashes)


def password_hash(fields: Fields) -> str | None:
    """Read the hash of a password, if there is one; a fault does not show what stands there."""
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
