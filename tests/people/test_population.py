"""Who is there at one moment, and what comes of it when some of it is other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account, User
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory, index_of
from gateway.people.population import Population

NAMES = st.sampled_from(["a", "b", "c", "d"])
USERS = NAMES | st.sampled_from(["h-a", "h-b"])
TEMPLATE = HouseTemplate(
    id="h-{account.id}", name="{account.name}", email="h-{account.id}@x.example", groups=()
)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    return Account(id=draw(NAMES), name="N", parent=draw(st.none() | NAMES))


@st.composite
def users(draw: st.DrawFn) -> User:
    return User(
        id=draw(USERS),
        name="N",
        email=draw(st.sampled_from(["h-A@x.example", "h-b@x.example", "n@x.example"])),
        account=draw(NAMES),
        house_contact=draw(st.booleans()),
    )


Changes = tuple[dict[str, Account | None], dict[str, User | None]]


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    some_accounts = {each.id: each for each in draw(st.lists(accounts(), max_size=3))}
    some_users = {each.id: each for each in draw(st.lists(users(), max_size=3))}
    return (
        {**some_accounts, **dict.fromkeys(draw(st.sets(NAMES, max_size=1)))},
        {**some_users, **dict.fromkeys(draw(st.sets(USERS, max_size=2)))},
    )


def seen(people: Population) -> object:
    return (
        sorted(people, key=lambda each: each.id),
        sorted(people.faults),
        {name: (people.lineage(name), people.house_contact(name)) for name in "abcd"},
    )


@given(st.lists(changes(), max_size=6))
def test_changed_step_by_step_it_is_as_read_at_once(steps: list[Changes]) -> None:
    people = Population(template=TEMPLATE)
    for some_accounts, some_users in steps:
        people = people.but(some_accounts, some_users)
        again = Population(people.said_accounts, people.said, TEMPLATE)
        assert seen(people) == seen(again)


@given(st.lists(accounts(), max_size=4), st.lists(users(), max_size=4))
def test_the_way_up_is_whole_or_the_account_is_not_there(
    all_accounts: list[Account], all_users: list[User]
) -> None:
    people = Population(all_accounts, all_users, TEMPLATE)
    for name in "abcd":
        lineage = people.lineage(name)
        assert (people.account(name) is None) == (lineage == ())
        assert not lineage or lineage[-1].parent is None
        contact = people.house_contact(name)
        assert contact is None or people.user(contact.id) == contact
    addresses = [each.email.casefold() for each in people]
    said = set(people.said)
    assert all(addresses.count(each.email.casefold()) == 1 for each in set(people) - said)


def test_who_gives_an_id_back_lets_the_house_contact_be_there() -> None:
    nord, taken = Account(id="a", name="A"), User(id="h-a", name="X", email="x", account="a")
    people = Population([nord], [taken], TEMPLATE)
    assert people.house_contact("a") is None
    contact = people.but({}, {"h-a": None}).house_contact("a")
    assert contact is not None
    assert contact.id == "h-a"


def test_a_search_in_an_older_index_shows_people_as_they_are() -> None:
    nord = Account(id="nord", name="Nord")

    def user(name: str, **more: object) -> User:
        said = {"id": name, "name": f"Weber {name}", "email": name, "account": "nord", **more}
        return User(**said)  # type: ignore[arg-type]

    directory = MemoryDirectory([nord], [user("a"), user("b"), user("c")])
    now = directory.people.but(
        {}, {"a": None, "b": user("b", status="invited"), "new": user("new")}
    )
    directory.swap(now)
    assert not directory.is_indexed
    assert directory.user("a") is None
    assert [each.status for each in directory.search("weber", 9).users] == ["invited", "active"]
    assert [each.id for each in directory.search("weber", 9, status="active").users] == ["c"]
    assert [each.id for each in directory.search("new", 9).users] == ["new"]
    directory.swap_index(index_of(now), now)
    assert directory.is_indexed
    assert {each.id for each in directory.search("weber", 9).users} == {"b", "c", "new"}
