"""A directory in CSV files."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account, User
from gateway.people import csv_report
from gateway.people.csv_source import File, Imported, read_directory
from gateway.people.document import PeopleError

ACCOUNTS = """\
id,name,parent,region
berlin,Nordlicht Berlin,nord,
nord,Nordlicht GmbH,,dach
"""
USERS = """\
id,name,email,account,status,groups,protected
jonas,Jonas Weber,jonas@nord.example,berlin,,,
mei,Mei 田中,mei@nord.example,nord,deactivated,sales;admins,TRUE
"""
JONAS = User(id="jonas", name="Jonas Weber", email="jonas@nord.example", account="berlin")
MEI = User(
    id="mei",
    name="Mei 田中",
    email="mei@nord.example",
    account="nord",
    status="deactivated",
    groups=("sales", "admins"),
    protected=True,
)


def file(name: str, text: str) -> File:
    return File(name, io.BytesIO(text.encode()))


def read(users: str, accounts: str | None = ACCOUNTS) -> Imported:
    beside = file("a.csv", accounts) if accounts is not None else None
    return read_directory(file("u.csv", users), beside)


def faults(users: str, accounts: str | None = ACCOUNTS) -> list[str]:
    return [str(fault) for fault in read(users, accounts).report.faults]


def test_a_directory_is_read() -> None:
    found = read(USERS)
    assert found.users == {"jonas": JONAS, "mei": MEI}
    assert found.accounts == {
        "berlin": Account(id="berlin", name="Nordlicht Berlin", parent="nord"),
        "nord": Account(id="nord", name="Nordlicht GmbH", region="dach"),
    }
    report = found.report
    assert (report.read, report.good, report.bad, report.faults) == (4, 4, 0, [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_stand_in_any_order_between_any_delimiters(delimiter: str) -> None:
    text = io.StringIO()
    rows = [[*reversed(row)] for row in csv.reader(USERS.splitlines())]
    rows[0] = [f" {name.upper()}" for name in rows[0]]
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    users = text.getvalue().replace("sales;admins", "sales|admins")
    assert read("\ufeff" + users).users == {"jonas": JONAS, "mei": MEI}


def test_one_file_may_name_the_accounts_too() -> None:
    users = """\
email,account,account_name,id,name
jonas@nord.example,berlin,Berlin,jonas,Jonas Weber
a@nord.example,berlin,Other,a,A
b@nord.example,,Other,b,B
c@nord.example,c,,c,C
"""
    found = read(users, None)
    assert found.users == {"jonas": JONAS}
    assert found.accounts == {"berlin": Account(id="berlin", name="Berlin")}
    assert [str(fault) for fault in found.report.faults] == [
        "u.csv:3: account_name: account 'berlin' was 'Berlin' before",
        "u.csv:4: account: is missing",
        "u.csv:5: account_name: is missing",
    ]


def test_every_bad_line_is_named_with_its_column_and_left_out_whole() -> None:
    accounts = """\
id,name,parent
nord,Nord,
nord,Again,
a,A,b
b,B,a
c,C,b
d,D,nowhere
e,,
"""
    users = """\
id,name,email,account,status,groups,protected,note
u,U,u@x,nord,,,,
u,Again,u@x,nord,,,,
,No Id,v@x,nord,Active,,1,
w, W,w@x,c,,a;,,
x,"X\x07",x@x,nord,,,,
y,Y,y@x,nord
"""
    found = read(users, accounts)
    assert [*found.accounts] == ["nord"]
    assert [*found.users] == ["u"]
    assert [str(fault) for fault in found.report.faults] == [
        "a.csv:3: id: account 'nord' is there twice",
        "a.csv:4: parent: leads back to this account",
        "a.csv:5: parent: leads back to this account",
        "a.csv:6: parent: there is no account 'b'",
        "a.csv:7: parent: there is no account 'nowhere'",
        "a.csv:8: name: is missing",
        "u.csv:3: id: user 'u' is there twice",
        "u.csv:4: id: is missing",
        "u.csv:4: status: must be one of active, invited, pre_onboarding, deactivated",
        "u.csv:4: protected: must be true or false",
        "u.csv:5: name: must have 1 to 256 characters and no space at its ends",
        "u.csv:5: groups: must have 1 to 256 characters and no space at its ends",
        "u.csv:5: account: there is no account 'c'",
        "u.csv:6: name: must not contain control characters",
        "u.csv:7: has 4 fields, and the header 8",
    ]
    assert (found.report.read, found.report.good, found.report.bad) == (13, 2, 11)
    assert found.report.ignored == [("u.csv", "note")]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@sum", "O'Neil; Jr, “x”"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_name(name: str) -> None:
    users = f'id,name,email,account\nu,"{name}",u@x,nord\n'
    assert read(users).users["u"].name == name


@pytest.mark.parametrize(
    ("users", "fault"),
    [
        ("", "u.csv: there is no header"),
        ("id,name,account\n", "u.csv:1: the column 'email' is missing"),
        ("id,name,email,account,ID\n", "u.csv:1: the column 'id' is there twice"),
        ('"id,name\n', "u.csv:1: this is not CSV: unexpected end of data"),
        ("\u0130d,name,email,account\n", "u.csv:1: the column 'id' is missing"),
    ],
)
def test_a_file_without_its_columns_is_not_read(users: str, fault: str) -> None:
    with pytest.raises(PeopleError) as error:
        read(users)
    assert str(error.value) == fault


def test_very_many_faults_are_counted_but_not_all_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_report, "MOST_FAULTS", 2)
    report = read("id,name,email,account\n" + "u,,u@x,nord\n" * 5).report
    assert (report.bad, len(report.faults), report.unlisted) == (5, 2, 3)


def test_memory_is_that_of_the_result_alone() -> None:
    def lines() -> Iterator[bytes]:
        yield b"id,name,email,account,account_name,note\n"
        yield b"u,U,u@x,nord,Nord,\n"
        for _ in range(20_000):
            yield b"u,U,u@x,nord,Nord," + b"x" * 1000 + b"\n"

    tracemalloc.start()
    read_directory(File("u.csv", lines()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000  # of 20 MB that were read


values = st.text('ab=;,"\n\t é', max_size=4)


@given(st.lists(st.tuples(values, values, values, st.sampled_from(["nord", "berlin", "x"]))))
def test_who_is_left_out_has_a_fault_and_nobody_else(lines: list[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("id", "name", "email", "account"), *lines])
    found = read(text.getvalue())

    fine: dict[str, User] = {}
    for line in lines:
        is_text = all(value and value == value.strip() for value in line)
        plain = not any(c in "\n\t" for value in line for c in value)
        if is_text and plain and line[3] != "x" and line[0] not in fine:
            fine[line[0]] = User(id=line[0], name=line[1], email=line[2], account=line[3])
    assert found.users == fine
    assert found.report.bad == len(lines) - len(fine)
    assert (found.report.faults == []) == (found.report.bad == 0)


KNOWN = {
    "nord": Account(id="nord", name="Nordlicht", region="dach"),
    "berlin": Account(id="berlin", name="Berlin", parent="nord"),
}


def test_users_may_be_in_accounts_that_are_known() -> None:
    lines = "id,name,email,account\nmei,Mei,m@x.example,nord\nken,Ken,k@x.example,south\n"
    found = read_directory(file("u.csv", lines), known=KNOWN)
    assert list(found.users) == ["mei"]
    assert found.accounts == {}
    [fault] = found.report.faults
    assert (fault.line, fault.key) == (3, "account_name")


def test_an_account_that_is_known_keeps_what_no_line_says() -> None:
    lines = "id,name,email,account,account_name\nmei,Mei,m@x.example,berlin,Berlin Office\n"
    found = read_directory(file("u.csv", lines), known=KNOWN)
    assert found.accounts == {"berlin": Account(id="berlin", name="Berlin Office", parent="nord")}


def test_accounts_may_be_below_known_ones_and_in_no_circle_with_them() -> None:
    accounts = "id,name,parent\nhamburg,Hamburg,nord\nnord,Nordlicht,berlin\n"
    users = "id,name,email,account\nmei,Mei,m@x.example,hamburg\nken,Ken,k@x.example,nord\n"
    found = read_directory(file("u.csv", users), file("a.csv", accounts), KNOWN)
    assert set(found.accounts) == {"hamburg"}
    [fault] = found.report.faults
    assert (fault.line, fault.message) == (3, "leads back to this account")
    assert set(found.users) == {"mei", "ken"}


def test_an_account_has_one_house_contact() -> None:
    lines = (
        "id,name,email,account,account_name,house_contact\n"
        "a,A,a@x.example,nord,Nord,TRUE\nb,B,b@x.example,nord,Nord,true\n"
    )
    found = read_directory(file("u.csv", lines))
    assert found.users["a"].house_contact
    [fault] = found.report.faults
    assert str(fault) == "u.csv:3: house_contact: that of account 'nord' is 'a' already"
