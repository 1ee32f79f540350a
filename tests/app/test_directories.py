"""A site's directory, in the form that its file has."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app.directories import load_directory
from gateway.people.document import PeopleError

ONE_FILE = "id,name,email,account,account_name\njonas,Jonas,j@nord.example,nord,Nordlicht\n"


def test_yaml_and_csv_give_the_same_directory(tmp_path: Path) -> None:
    yaml, one, two = (tmp_path / name for name in ("people.yaml", "one.csv", "two/users.csv"))
    yaml.write_text(
        "accounts: [{id: nord, name: Nordlicht}]\n"
        "users: [{id: jonas, name: Jonas, email: j@nord.example, account: nord}]"
    )
    one.write_text(ONE_FILE)
    two.parent.mkdir()
    two.write_text(ONE_FILE)  # its accounts are in the file beside it
    (two.parent / "accounts.csv").write_text("id,name\nnord,Nordlicht\n")
    read = [load_directory(path) for path in (yaml, one, two)]
    assert len({each.user("jonas") for each in read}) == 1
    assert len({each.account("nord") for each in read}) == 1


def test_a_directory_with_a_bad_line_is_none(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(f"{ONE_FILE}mei,Mei,,nord,Nordlicht\n")
    with pytest.raises(PeopleError, match=r"users\.csv:3: email: is missing"):
        load_directory(path)
