"""Users are imported from files: what is told, what is done, and what is refused."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.people.population import Population
from gateway.people.stored import ledger_of, read_all
from gateway.store.client import connect
from gateway.store.ledger import Ledger
from tests.e2e.harness import site, written

ACCOUNTS = "id,name,parent,region\nnord,Nordlicht GmbH,,dach\nberlin,Nordlicht Berlin,nord,\n"
HEADER = "id,name,email,account,status,groups,protected,house_contact\n"
JONAS = "jonas,Jonas Weber,jonas@nord.example,berlin,active,sales;emea,false,\n"
PRIYA = "priya,Priya Nair,priya@nord.example,nord,,,TRUE,\n"
MEI = "mei,Mei Tanaka,mei@nord.example,nord,,,,\n"

CONTACT = MEI.replace(",,,,", ",,,,true")


class Place:
    """A config with a site whose users are in the store, and files beside it."""

    def __init__(self, folder: Path, store_url: str, **more: Any) -> None:
        self.folder, self.url = folder, store_url
        of_crm = site(1, directory="store", **more)
        self.config, _ = written(
            folder, store_url, 1, of_crm, site(1, name="files", hosts=["f.localhost"])
        )
        self.accounts(ACCOUNTS)

    def accounts(self, text: str) -> None:
        (self.folder / "accounts.csv").write_text(text)

    def run(self, *users: str, options: tuple[str, ...] = (), of: str = "crm") -> Result:
        (self.folder / "users.csv").write_text(HEADER + "".join(users))
        return self.users("import", of, str(self.folder / "users.csv"), *options)

    def users(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["users", *words, "-c", str(self.config)])

    def people(self) -> Population:
        async def read() -> Population:
            store = await connect(self.url, timeout=5)
            try:
                return (await read_all(Ledger(store, ledger_of("crm")), None))[0]
            finally:
                await store.aclose()

        return asyncio.run(read())

    def ids(self) -> set[str]:
        return {user.id for user in self.people()}

    def records(self) -> list[bytes]:
        with redis.Redis.from_url(self.url) as client:
            rows: Any = client.xrange("gateway:audit:0")
        return [
            fields[b"record"] for _, fields in rows if b'"directory.changed"' in fields[b"record"]
        ]


@pytest.fixture
def place(tmp_path: Path, store_url: str) -> Place:
    return Place(tmp_path, store_url)


def test_users_are_taken_with_their_accounts_on_record_and_with_a_history(place: Place) -> None:
    first = place.run(JONAS, PRIYA)
    assert first.exit_code == 0, first.output
    assert first.output == (
        "4 lines: 4 good, 0 bad\naccounts: 2 added; users: 2 added; 0 users as before\n"
    )
    jonas = place.people().user("jonas")
    assert jonas is not None
    assert (jonas.account, jonas.groups, jonas.status) == ("berlin", ("sales", "emea"), "active")
    second = place.run(JONAS.replace("active", "deactivated"), PRIYA, MEI)
    assert second.output.endswith("users: 1 added, 1 changed; 1 users as before\n")
    again = place.run(JONAS.replace("active", "deactivated"))
    assert again.output.endswith("nothing is other; 3 users as before\n")
    one, two = (json.loads(line) for line in place.records())
    assert one["about"] == "crm"
    assert one["detail"].startswith("accounts: 2 added; users: 2 added; imported by ")
    assert {Path(each["file"]).name for each in one["config"]} == {"users.csv", "accounts.csv"}
    assert two["detail"].startswith("users: 1 added, 1 changed; imported by ")
    now, before = place.users("history", "crm", "jonas").output.splitlines()
    assert "deactivated" in now
    assert "by command line: " in now
    assert ": imported from users.csv" in now
    assert "Jonas Weber, jonas@nord.example, account berlin, active, in sales and emea" in before


def test_bad_lines_are_told_and_change_nobody(place: Place) -> None:
    place.run(JONAS, PRIYA)
    told = place.run(JONAS.replace("active", "gone"), "x,X,,nord,,,,\n", MEI)
    assert told.exit_code == 3
    assert "users.csv:2: status: must be one of active" in told.output
    assert "users.csv:3: email: is missing" in told.output
    jonas = place.people().user("jonas")
    assert jonas is not None
    assert jonas.status == "active"
    assert place.ids() == {"jonas", "priya", "mei"}


@pytest.mark.parametrize(
    ("files", "options", "why"),
    [
        (
            (JONAS, "x,X,,nord,,,,\n"),
            ("--complete",),
            "it cannot be known who is gone",
        ),
        ((JONAS,), ("--complete",), "More than a third would go: users: 2 gone"),
        (("jonas",), (), "2 fields"),
        (
            (MEI.replace(",,,,", ",,,,true"), PRIYA.replace("TRUE,", "TRUE,true")),
            (),
            "is 'mei' already",
        ),
    ],
    ids=["bad lines", "too many", "no columns", "two house contacts"],
)
def test_what_cannot_be_done_wholly_removes_nobody(
    place: Place, files: tuple[str, ...], options: tuple[str, ...], why: str
) -> None:
    assert place.run(JONAS, PRIYA, MEI).exit_code == 0
    told = place.run(*files, options=options)
    assert told.exit_code != 0
    assert why in told.output or why == "2 fields"
    assert place.ids() == {"jonas", "priya", "mei"}


def test_whoever_is_in_no_line_of_a_complete_file_goes(place: Place) -> None:
    place.run(JONAS, PRIYA, MEI)
    place.accounts(ACCOUNTS.replace("berlin,Nordlicht Berlin,nord,\n", "hamburg,Hamburg,nord,\n"))
    dry = place.run(PRIYA, MEI, options=("--complete", "--yes", "--dry-run"))
    assert dry.output.endswith("users: 1 gone; 2 users as before; nothing was done\n")
    assert place.ids() == {"jonas", "priya", "mei"}
    told = place.run(PRIYA, MEI, options=("--complete", "--yes"))
    assert "accounts: 1 added, 1 gone; users: 1 gone" in told.output
    people = place.people()
    assert {each.id for each in people.accounts()} == {"nord", "hamburg"}
    assert place.ids() == {"priya", "mei"}
    assert "removed; by" in place.users("history", "crm", "jonas").output


def test_accounts_that_are_there_already_keep_what_no_line_says(place: Place) -> None:
    place.run(JONAS)
    (place.folder / "accounts.csv").unlink()
    told = place.run(MEI.replace("mei", "ken"))
    assert told.exit_code == 0, told.output
    nord = place.people().account("nord")
    assert nord is not None
    assert nord.region == "dach"


def test_large_imports_go_in_steps_each_on_record(place: Place) -> None:
    told = place.run(*(MEI.replace("mei", f"mei{n}") for n in range(1100)))
    assert told.exit_code == 0
    assert len(place.ids()) == 1100
    details = [json.loads(line)["detail"] for line in place.records()]
    assert [each.rpartition(", ")[2] for each in details] == [f"step {n} of 3" for n in (1, 2, 3)]


def test_only_sites_whose_users_are_in_the_store_take_them(place: Place) -> None:
    assert "has its users from" in place.run(JONAS, of="files").output
    assert "There is no site 'nosite'" in place.run(JONAS, of="nosite").output


def test_a_house_contact_that_would_be_made_is_nobody_elses(tmp_path: Path, store_url: str) -> None:
    contact = {"id": "house-{account.id}", "email": "house+{account.id}@x.example"}
    place = Place(tmp_path, store_url, house_contact=contact)
    for taken in (
        JONAS.replace("jonas,", "house-nord,"),
        JONAS.replace("jonas@nord.example", "House+berlin@x.example"),
    ):
        told = place.run(taken)
        assert told.exit_code == 1
        assert "of the house contact 'house-" in told.output
    assert place.ids() == set()


def test_what_is_exported_is_what_is_imported(place: Place) -> None:
    place.run(JONAS, PRIYA, MEI.replace("Mei Tanaka", "=Mei Tanaka").replace(",,,,", ",,,,true"))
    folder = place.folder / "out"
    folder.mkdir()
    assert place.users("export", "crm", str(folder / "users.csv")).output == "3 users\n"
    again = place.users("import", "crm", str(folder / "users.csv"), "--complete")
    assert again.output.endswith("nothing is other; 3 users as before\n")
    assert place.users("export", "crm", str(folder / "users.csv")).exit_code == 1


def test_what_a_command_put_on_record_proves_itself(place: Place) -> None:
    place.run(JONAS)
    told = CliRunner().invoke(main, ["audit", "verify", "-c", str(place.config)])
    assert told.exit_code == 0, told.output


def test_policies_are_asked_about_users_in_the_store(place: Place) -> None:
    place.run(JONAS, MEI)
    config = ("-c", str(place.config))
    told = CliRunner().invoke(main, ["policy", "who-can", "jonas", "--site", "crm", *config])
    assert "ada: " in told.output
    told = CliRunner().invoke(main, ["policy", "lint", *config])
    assert told.exit_code == 0, told.output
