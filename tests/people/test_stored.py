"""Users as the store has them: the newest counts, and who cannot be read is not there."""

from __future__ import annotations

from gateway.model import Account, User
from gateway.people.stored import Gathered, edit_of
from gateway.store.ledger import Held

ADA = User(id="ada:1", name="Ada", email="a@x.example", account="nord", groups=("sales",))
NORD = Account(id="nord", name="Nord", region="dach")


def test_what_is_kept_is_what_comes_back() -> None:
    gathered = Gathered()
    for each in (ADA, NORD):
        edit = edit_of(each)
        gathered.take(edit.key, Held(edit.value, 1))
    assert gathered.taken() == ({"nord": NORD}, {"ada:1": ADA})
    assert gathered.taken() == ({}, {})


def test_what_is_older_than_what_is_known_is_passed_over() -> None:
    gathered = Gathered()
    gathered.take("user:ada:1", Held(b"", 3))
    gathered.take("user:ada:1", Held(edit_of(ADA).value, 2))
    gathered.take("user:ada:1", Held(edit_of(ADA).value, 3))
    assert gathered.taken() == ({}, {"ada:1": None})
    gathered.take("user:ada:1", Held(edit_of(ADA).value, 4))
    assert gathered.taken() == ({}, {"ada:1": ADA})


def test_who_cannot_be_read_is_gone() -> None:
    gathered = Gathered()
    for number, value in enumerate((edit_of(ADA).value, b"{", b'{"id": 1}', b"\xff"), 1):
        gathered.take("user:ada:1", Held(value, number))
        _, users = gathered.taken()
        assert users == {"ada:1": ADA if number == 1 else None}


def test_a_removal_says_which_version_was_seen() -> None:
    assert edit_of(ADA, gone=True, expected=4) == ("user:ada:1", b"", 4)
