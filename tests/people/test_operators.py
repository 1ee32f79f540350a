"""Operators: their file, their passwords, and users who are operators too."""

from __future__ import annotations

import argon2
import pytest
from msgspec.structs import replace

from gateway.model import Operator, User
from gateway.people.document import PeopleError
from gateway.people.operators import LONGEST_PASSWORD, Operators, read_operators
from gateway.people.people_book import Kept, Version

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
HASH = CHEAP.hash("correct horse")
FILE = f"""
- id: ada
  name: Ada Okafor
  email: Ada@Example.com
  profile: Customer Success Manager
  accounts: [nord]
  password: {HASH}
- {{id: sam, name: Sam Rivera, email: sam@example.com, profile: Administrator}}
"""


def operators() -> Operators:
    return read_operators(FILE, "operators.yaml")


def faults(text: str) -> str:
    with pytest.raises(PeopleError) as error:
        read_operators(text, "o.yaml")
    return str(error.value)


def test_operators_are_read() -> None:
    assert operators().get("ada") == Operator(
        id="ada",
        name="Ada Okafor",
        email="Ada@Example.com",
        profile="Customer Success Manager",
        accounts=("nord",),
    )
    assert [operator.id for operator in operators()] == ["ada", "sam"]
    assert operators().get("nobody") is None


def test_the_right_password_gives_its_operator() -> None:
    assert operators().verify_password("ada", "correct horse") == operators().get("ada")


@pytest.mark.parametrize(
    ("operator_id", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        pytest.param("ada", HASH, id="its hash"),  # which is another in each process
        ("ada", "correct horse\0"),
        ("ada", "\ud800"),
        ("Ada", "correct horse"),
        ("sam", "correct horse"),
        ("sam", ""),
        ("nobody", "correct horse"),
        ("", "correct horse"),
    ],
)
def test_everything_else_gives_nobody(operator_id: str, password: str) -> None:
    assert operators().verify_password(operator_id, password) is None


def test_an_unknown_id_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def count(self: argon2.PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", count)
    for operator_id in ("ada", "sam", "nobody"):
        operators().verify_password(operator_id, "wrong")
    assert checked == [HASH] * 3


def test_a_password_of_megabytes_is_never_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(argon2.PasswordHasher, "verify")
    assert operators().verify_password("ada", "x" * (LONGEST_PASSWORD + 1)) is None


def test_without_any_password_nobody_signs_in_by_one() -> None:
    people = read_operators("- {id: a, name: A, email: a@a, profile: Developer}", "o.yaml")
    assert not people.has_passwords
    assert operators().has_passwords
    assert people.verify_password("a", "") is None


@pytest.mark.threat(46)
@pytest.mark.parametrize(
    ("user_id", "email", "protected"),
    [
        ("ada", "x@nord.example", True),
        ("ADA", "x@nord.example", True),
        ("x", "ada@example.COM", True),
        ("x", "x@nord.example", False),
    ],
)
def test_row_46_a_user_who_is_an_operator_is_protected(
    user_id: str, email: str, protected: bool
) -> None:
    user = User(id=user_id, name="X", email=email, account="nord")
    assert operators().protect(user).protected is protected


def test_protection_is_never_taken_away() -> None:
    user = User(id="x", name="X", email="x@nord.example", account="nord", protected=True)
    assert operators().protect(user).protected


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{id: a, name: A, email: a@a, profile: Admin}", "must be one of Administrator"),
        ("{id: a, name: A, email: a@a}", "profile: is missing"),
        (
            "{id: a, name: A, email: a@a, profile: Developer, passwort: x}",
            "(did you mean password?)",
        ),
        ("{id: a, name: A, email: a@a, profile: Developer, accounts: nord}", "must be a list"),
    ],
)
def test_faults_are_named(entry: str, fault: str) -> None:
    assert fault in faults(f"- {entry}")


def test_ids_and_addresses_are_unique() -> None:
    one = "- {id: a, name: A, email: a@a, profile: Developer}"
    assert "operator 'a' is there twice" in faults(f"{one}\n{one}")
    assert "another operator has this address" in faults(one + "\n" + one.replace("a@a", "A@a"))


@pytest.mark.parametrize(
    "password",
    [
        "hunter2",
        "$argon2i$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
        "$argon2id$v=19$m=65536,t=3,p=4$",
        "$2b$12$abcdefghijklmnopqrstuv",
    ],
)
def test_a_password_that_is_no_argon2id_hash_is_a_fault_that_does_not_show_it(
    password: str,
) -> None:
    entry = f"- {{id: a, name: A, email: a@a, profile: Developer, password: '{password}'}}"
    assert "argon2id" in faults(entry)
    assert password not in faults(entry)


BEN = Operator(id="ben", name="Ben", email="ben@x.example", profile="Support", accounts=("hoshi",))


def kept(version: int = 1, **more: object) -> Version:
    return Version(Kept(**{"operator": BEN, **more}), version)  # type: ignore[arg-type]


def test_those_of_the_store_stand_beside_those_of_the_file() -> None:
    people = operators()
    people.take({"ben": kept(password="x")})
    assert people.get("ben") == BEN
    assert {each.id for each in people} == {"ada", "sam", "ben"}
    listed = people.listed["ben"]
    assert (listed.in_file, listed.disabled, listed.version, listed.password) == (
        False,
        False,
        1,
        "x",
    )
    assert people.listed["ada"].in_file


def test_who_is_disabled_is_nobody_and_owns_and_protects_still() -> None:
    people = operators()
    people.take({"ben": kept(disabled=True), "ada": kept(disabled=True, operator=None, epoch=3)})
    assert people.get("ben") is None
    assert people.get("ada") is None
    assert people.verify_password("ada", "correct horse") is None
    assert [each.id for each in people.enabled()] == ["sam"]
    assert "hoshi" in {account for each in people for account in each.accounts}
    user = User(id="BEN", name="Ben", email="x@x.example", account="n")
    assert people.protect(user).protected
    assert (people.epoch("ada"), people.epoch("ben"), people.epoch("nobody")) == (3, 0, 0)


def test_what_is_older_than_what_is_known_is_passed_over() -> None:
    people = operators()
    people.take({"ben": kept(2, disabled=True)})
    people.take({"ben": kept(1)})
    assert people.get("ben") is None
    people.take({"ben": kept(3)})
    assert people.get("ben") == BEN


def test_the_file_goes_before_the_store_but_who_is_disabled_stays_so() -> None:
    people = operators()
    other = replace(BEN, id="ada", profile="Administrator")
    people.take({"ada": kept(operator=other, disabled=True, password="x")})
    assert people.get("ada") is None
    assert people.listed["ada"].operator.profile == "Customer Success Manager"
    people.take_file(read_operators("[]", "o.yaml"))
    assert people.listed["ada"].operator == other
    assert people.get("sam") is None
    people.take_file(operators())
    assert people.get("sam") is not None
    assert people.get("ada") is None


def test_a_kept_password_counts_like_one_of_the_file() -> None:
    people = read_operators("[]", "o.yaml")
    people.take({"ben": kept(password="x")})
    assert people.has_passwords
    assert people.verify_password("ben", "correct horse", HASH) == BEN
    assert people.verify_password("ben", "wrong", HASH) is None
    assert people.verify_password("ben", "correct horse", None) is None
    people.take({"ben": kept(2, password="x", disabled=True)})
    assert not people.has_passwords
    assert people.verify_password("ben", "correct horse", HASH) is None
