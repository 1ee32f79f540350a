"""No page says anything that translators did not get: each text is marked, and all are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import get_args

import pytest
from msgspec.structs import replace

from gateway import texts
from gateway.console.export_values import ExportOrder, ExportSays, ExportState
from gateway.policy.rights.profiles import SHIPPED
from tests.console.characters import ACCOUNTS, ADA, JONAS, SAM, make_actor, make_session
from tests.console.looking_back import AT, STEPS, past_session
from tests.console.support import World, serving
from tests.console.visitor import Visitor

PAGES = [
    "sign-in",
    "",
    "?site=crm&q=hoshi",
    "?site=crm&q=nobody",
    "start?site=crm&subject=jonas.weber&mode=read_write",
    "approvals",
    "settings/team",
    "settings/team/new",
    "settings/team/person?id=sam",
    "settings/team/person?id=ada",
    "settings/profiles",
    "settings/policies?subject=jonas.weber&mode=read_write",
    "settings/policies?subject=jonas.weber&ask=who",
    "preferences?site=crm&account=n",
    "accounts",
    "accounts?q=nobody",
    "account?site=crm&id=h",
    "account?site=crm&id=h&status=deactivated",
    "account?site=crm&id=h&tab=sessions",
    "users",
    "user?site=crm&id=root",
    "user?site=crm&id=jonas.weber",
    "sessions",
    "sessions?account=nothing",
    "sessions?notice=all_ended",
    "sessions/p1",
    "sessions/p2",
    "sessions/p1?only=refused",
    "exports",
    "exports?format=json",
    "settings/system",
    "sessions/s1/raise",
    "sessions/s1/extend",
]
OF_SERVICES = """Changes need a ticket that the customer opened Add ticket’s number sign out
password and API key pages every change Edit prices Private notes Survey comments Meeting Salaries
own cedar Not now Wait one two UTC September emea
ms kB SHA CSV"""


class Marked(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Shown(HTMLParser):
    """Collects what a reader of a page is told, each with what it is of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.texts += [
            value or "" for name, value in attrs if name in ("aria-label", "data-label", "alt")
        ]

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style", "code", "pre"):
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


def unmarked(page: str) -> Iterator[str]:
    for text in Shown(page).texts:
        bare = text
        while bare != (bare := re.sub(r"⟦[^⟦⟧]*⟧", " ", bare)):
            pass
        yield from re.findall(r"[A-Za-z’]{2,}", bare)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Marked()
    monkeypatch.setattr(texts, "texts", lambda: words)


@pytest.mark.usefixtures("marked")
async def test_every_text_of_every_page_is_one_that_translators_get() -> None:
    world = World()
    world.helps = (("approval",), ("consent", "fresh_sign_in"), ("break_glass",))
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    world.past = (
        past_session("p1", ADA, JONAS, raised=True, break_glass=True),
        past_session("p2", SAM, JONAS, state="live", ended_at=None, ended="", own=False),
        past_session(
            "p3", SAM, JONAS, state="unknown", ended_at=None, ended="", verdict="justified"
        ),
    )
    for state in get_args(ExportState):
        order = ExportOrder(format="csv", since="7d")
        world.exports[state] = ExportSays(id=state, state=state, order=order, asked_at=AT)
    world.ask(SAM, JONAS.id, "Billing address")
    world.approvals["a2"] = replace(
        world.ask(ADA, JONAS.id, "Billing address"), id="a2", state="approved", by=make_actor(SAM)
    )
    values = re.findall(
        r"""("[^"]*"|'[^']*')""", f"{world!r} {STEPS!r} {SAM!r} {ACCOUNTS!r} {SHIPPED!r}"
    )
    known = set(re.findall(r"[A-Za-z’]{2,}", " ".join([*values, OF_SERVICES])))
    async with serving(world) as port:
        ada = Visitor(port)
        await ada.sign_in()
        for path in PAGES:
            page = await ada.get(f"/_gateway/{path}")
            assert page.status == 200, path
            assert [word for word in unmarked(page.text) if word not in known] == [], path
