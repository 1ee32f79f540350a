"""Accounts, users and places as pages and the API get them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as but

from gateway.app.directory_views import MOST, DirectoryViews
from gateway.console.directory_values import AccountCard, Owner
from gateway.errors import Refused
from gateway.model import Account, Operator, User
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.store.client import connect
from tests.middleware.support import a_site

ADA = Operator(id="ada", name="Ada", email="ada@x.example", profile="Administrator")
MIA = but(ADA, id="mia", name="Mia", accounts=("nord",))
OUT = but(ADA, id="out", name="Out", account="nord")
JONAS = User(id="jonas", name="Jonas Weber", email="jonas@nord.example", account="nord")
PRIYA = User(
    id="priya", name="Priya Nair", email="p@nord.example", account="berlin", status="invited"
)
HOUSE = User(id="house", name="Nord", email="h@nord.example", account="nord", house_contact=True)
WIND = User(id="w1", name="Jonas Wind", email="w@wind.example", account="wind")
CRM = MemoryDirectory(
    [
        Account(id="world", name="World", region="emea"),
        Account(id="nord", name="Nordlicht GmbH", parent="world"),
        Account(id="berlin", name="Berlin", parent="nord", region="dach"),
        Account(id="wind", name="Wind AG"),
    ],
    [JONAS, PRIYA, HOUSE, WIND],
)
SHOP = MemoryDirectory(
    [Account(id="s", name="Shop")],
    [
        User(id="jonas", name="Jonas W.", email="JONAS@nord.example", account="s"),
        User(id="77", name="Priya", email="p@nord.example", account="s"),
        User(id="w1", name="Somebody Else", email="else@x.example", account="s"),
        User(id="t1", name="Twin", email="h@nord.example", account="s"),
        User(id="t2", name="Twin", email="h@nord.example", account="s"),
    ],
)
SITES = {
    "crm": replace(a_site(), directory=CRM),
    "shop": replace(a_site(), name="shop", label="Shop", directory=SHOP),
}


@pytest.fixture
async def views(store_url: str) -> AsyncIterator[DirectoryViews]:
    store = await connect(store_url, timeout=5)
    yield DirectoryViews(SITES, [ADA, MIA, OUT], Reach(PreferenceBook(store)))
    await store.aclose()


async def test_an_account_has_its_users_owners_region_and_house_contact(
    views: DirectoryViews,
) -> None:
    page = await views.accounts(ADA, "crm", "nordl", "", 10)
    assert page.accounts == (
        AccountCard(
            id="nord",
            name="Nordlicht GmbH",
            parent="world",
            users=2,
            owners=(Owner(id="mia", name="Mia"),),
            region="emea",
            house_contact="house",
            house_contact_status="active",
        ),
    )
    sheet = await views.account(ADA, "crm", "nord")
    assert sheet.account == page.accounts[0]
    assert [each.id for each in sheet.ancestors] == ["world"]
    assert [(each.id, each.region) for each in sheet.children] == [("berlin", "dach")]
    assert sheet.children[0].house_contact is None
    assert not sheet.more_children


async def test_accounts_come_page_by_page(views: DirectoryViews) -> None:
    first = await views.accounts(ADA, "crm", "", "", 3)
    rest = await views.accounts(ADA, "crm", "", first.after, 3)
    assert [each.id for each in (*first.accounts, *rest.accounts)] == [
        "berlin",
        "nord",
        "wind",
        "world",
    ]
    assert (bool(first.after), rest.after) == (True, "")


async def test_users_of_an_account_are_its_very_own(views: DirectoryViews) -> None:
    async def ids(account: str = "", text: str = "", status: str = "") -> list[str]:
        page = await views.users(ADA, "crm", account=account, text=text, status=status)
        return [each.user.id for each in page.people]

    assert await ids(account="nord") == ["jonas", "house"]
    assert await ids(account="nord", text="jonas") == ["jonas"]
    assert await ids(account="world") == []
    assert await ids(text="jonas") == ["jonas", "w1"]
    assert await ids(status="invited") == ["priya"]
    assert await ids(account="nord", text="account:wind") == []


async def test_who_is_from_outside_sees_what_concerns_them(views: DirectoryViews) -> None:
    page = await views.accounts(OUT, "crm", "", "", 10)
    assert [(each.id, each.owners) for each in page.accounts] == [("berlin", ()), ("nord", ())]
    sheet = await views.account(OUT, "crm", "nord")
    assert sheet.ancestors == ()
    assert [each.user.id for each in (await views.users(OUT, "crm")).people] == [
        "jonas",
        "house",
        "priya",
    ]
    for account in ("wind", "world", "nowhere"):
        with pytest.raises(Refused, match="unknown_account"):
            await views.account(OUT, "crm", account)
        with pytest.raises(Refused, match="unknown_account"):
            await views.users(OUT, "crm", account=account)
    assert (await views.accounts(OUT, "shop", "", "", 10)).accounts == ()
    assert await views.places(OUT, "crm", "w1") == ()
    assert [each.site for each in await views.places(OUT, "crm", "jonas")] == ["crm"]


async def test_a_user_of_several_sites_is_the_same_or_perhaps_the_same(
    views: DirectoryViews,
) -> None:
    async def places(subject: str) -> list[tuple[str, str, bool]]:
        found = await views.places(ADA, "crm", subject)
        return [(each.site, each.person.user.id, each.sure) for each in found]

    assert await places("jonas") == [("crm", "jonas", True), ("shop", "jonas", True)]
    assert await places("priya") == [("crm", "priya", True), ("shop", "77", False)]
    assert await places("w1") == [("crm", "w1", True), ("shop", "w1", False)]
    assert await places("house") == [("crm", "house", True)]
    assert await places("nobody") == []


async def test_accounts_that_change_are_found_as_they_are(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    directory = MemoryDirectory([Account(id="a", name="Alpha")])
    sites = {"crm": replace(a_site(), directory=directory)}
    views = DirectoryViews(sites, [], Reach(PreferenceBook(store)))
    assert len((await views.accounts(ADA, "crm", "alpha", "", 5)).accounts) == 1
    new = {f"b{n}": Account(id=f"b{n}", name="Beta", parent="a") for n in range(MOST + 1)}
    directory.swap(directory.people.but({"a": Account(id="a", name="Omega"), **new}, {}))
    assert (await views.accounts(ADA, "crm", "alpha", "", 5)).accounts == ()
    assert len((await views.accounts(ADA, "crm", "omega", "", 5)).accounts) == 1
    sheet = await views.account(ADA, "crm", "a")
    assert (len(sheet.children), sheet.more_children) == (MOST, True)
    await store.aclose()


async def test_a_site_that_there_is_not_is_refused(views: DirectoryViews) -> None:
    for asked in (
        views.accounts(ADA, "nosite", "", "", 5),
        views.account(ADA, "nosite", "a"),
        views.users(ADA, "nosite"),
        views.places(ADA, "nosite", "jonas"),
    ):
        with pytest.raises(Refused, match="unknown_site"):
            await asked
