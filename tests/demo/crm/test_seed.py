"""What a new CRM holds, and that a used one is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.demo.crm import seed
from gateway.demo.crm.database import Database
from gateway.demo.crm.records.deals import STAGES
from gateway.people.house_contacts import HouseTemplate
from gateway.people.yaml_source import read_directory

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("crm"))
    seed.fill(database, TODAY)
    yield database
    database.close()


def test_its_users_are_those_of_the_gateways_directory(new: Database) -> None:
    text = (resources.files("gateway.demo") / "people.yaml").read_text("utf-8")
    config = yaml.safe_load((resources.files("gateway.demo") / "gateway.yaml").read_text("utf-8"))
    template = HouseTemplate(**config["sites"][0]["house_contact"], groups=())
    directory = read_directory(text, "people.yaml", template)
    accounts = new.rows("SELECT id, name FROM accounts")
    assert {(row["id"], row["name"]) for row in accounts} == {
        (account.id, account.name) for account in directory.accounts()
    }
    users = new.rows("SELECT * FROM users")
    assert len(users) == 12
    for row in users:
        user = directory.user(row["id"])
        assert user is not None
        assert (user.name, user.email, user.account, user.status) == (
            *(row["name"], row["email"], row["account"], row["status"]),
        )
        assert user.protected == (row["role"] == "Administrator")
        assert user.house_contact == (row["role"] == "House contact")


def test_days_count_from_today(new: Database) -> None:
    (closes,) = new.rows("SELECT closes FROM deals WHERE title = 'Fjordline cold chain'")
    assert closes["closes"] == (TODAY + timedelta(days=26)).isoformat()
    past = ("SELECT max(held) FROM meetings", "SELECT max(answered) FROM surveys")
    for sql in (*past, "SELECT max(at) FROM deal_moves", "SELECT max(ordered) FROM orders"):
        (latest,) = (new.row(sql) or {}).values()
        assert latest < TODAY.isoformat()


def test_deals_are_where_they_last_moved_to(new: Database) -> None:
    for deal in new.rows("SELECT * FROM deals"):
        moves = new.rows("SELECT * FROM deal_moves WHERE deal = ? ORDER BY at", deal["id"])
        assert moves[-1]["stage"] == deal["stage"]
        assert deal["stage"] in STAGES
        if deal["stage"] in ("Won", "Lost"):
            assert deal["closes"] < TODAY.isoformat()


def test_owners_are_of_the_contacts_account(new: Database) -> None:
    strangers = new.rows(
        "SELECT 1 FROM contacts JOIN users ON users.id = owner"
        " WHERE users.account != contacts.account"
    )
    assert strangers == []


def test_every_kind_of_secret_is_in_every_account(new: Database) -> None:
    for column, source in {
        "private_notes": "contacts",
        "survey_comments": "surveys JOIN contacts ON contacts.id = surveys.contact",
        "meeting_notes": "meetings JOIN contacts ON contacts.id = meetings.contact",
    }.items():
        sql = f"SELECT DISTINCT account FROM {source} WHERE length({column}) > 9"
        assert len(new.rows(sql)) == 4


def test_it_is_the_same_every_time(new: Database, tmp_path: Path) -> None:
    other = Database(tmp_path)
    seed.fill(other, TODAY)
    for table in ("contacts", "deals", "orders", "meetings"):
        assert other.rows(f"SELECT * FROM {table}") == new.rows(f"SELECT * FROM {table}")
    other.close()


def test_a_used_one_is_left_as_it_is(tmp_path: Path) -> None:
    for phone in ("", "1"):
        database = Database(tmp_path)
        seed.fill(database, TODAY)
        database.change("UPDATE contacts SET phone = phone || '1' WHERE id = 1")
        row: Any = database.row("SELECT phone FROM contacts WHERE id = 1")
        assert row["phone"] == f"+47 22 55 01 10{phone}1"
        database.close()


def test_a_seed_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with pytest.raises(Exception, match="no such table"):
        database.build("CREATE TABLE a (b);", {"c": [(1,)]})
    database.close()
    again = Database(tmp_path)
    assert again.is_new
    again.close()
