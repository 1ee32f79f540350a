"""Which site and user an order names, for whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.console.values import StartOrder
from gateway.errors import Refused
from gateway.model import Account, Mode, Operator, User
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.sessions.finding import Finder
from gateway.store.client import connect
from tests.middleware.support import a_site

SITE = replace(
    a_site(),
    directory=MemoryDirectory(
        [Account(id="nord", name="Nord"), Account(id="wind", name="Wind")],
        [
            User(id="jonas", name="Jonas", email="j@nord.example", account="nord"),
            User(id="wilma", name="Wilma", email="w@wind.example", account="wind"),
        ],
    ),
)
ADA = Operator(id="ada", name="Ada", email="ada@x.example", profile="Administrator")
NORA = Operator(
    id="nora", name="Nora", email="n@nord.example", profile="Account Admin", account="nord"
)


@pytest.fixture
async def finder(store_url: str) -> AsyncIterator[Finder]:
    store = await connect(store_url, timeout=5)
    yield Finder({SITE.name: SITE}, Reach(PreferenceBook(store)))
    await store.aclose()


def order(subject: str, site: str = "crm", workflow: str = "") -> StartOrder:
    return StartOrder(
        site=site, subject=subject, mode=Mode.READ_ONLY, reason="Looks", workflow=workflow
    )


async def refusal(finder: Finder, operator: Operator, wanted: StartOrder) -> Refused:
    with pytest.raises(Refused) as refused:
        await finder.find(operator, wanted)
    return refused.value


async def test_a_site_and_a_user_are_found(finder: Finder) -> None:
    for operator in (ADA, NORA):
        site, user = await finder.find(operator, order("jonas"))
        assert (site.name, user.name) == ("crm", "Jonas")


async def test_what_is_not_there_is_refused_by_name(finder: Finder) -> None:
    unknown = (order("jonas", site="hr"), order("nobody"), order("jonas", workflow="none"))
    codes = [(await refusal(finder, ADA, each)).code for each in unknown]
    assert codes == ["unknown_site", "unknown_subject", "unknown_workflow"]


async def test_who_is_from_outside_is_told_the_same_of_others_as_of_nobody(finder: Finder) -> None:
    of_others = await refusal(finder, NORA, order("wilma"))
    of_nobody = await refusal(finder, NORA, order("nobody"))
    assert (of_others.code, of_others.status) == ("unknown_subject", 404)
    assert (of_others.detail, of_others.advice) == (of_nobody.detail, of_nobody.advice)
    assert (await finder.find(ADA, order("wilma")))[1].id == "wilma"
