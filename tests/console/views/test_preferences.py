"""The page of what an account allows."""

from __future__ import annotations

from gateway.model import Preferences, Recipient
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/preferences?site=crm&account=n"
SAID = {
    "site": "crm",
    "account": "n",
    "version": "0",
    "admins_may_act": "yes",
    "ask_first": "yes",
    "see-salaries": "yes",
    "see-nothing": "yes",
    "notify": "boss@n.example\n\n it@n.example support, partners\r\n",
    "partners": "acme, delta",
    "why": "The board wants it",
}


async def test_what_is_allowed_is_changed_and_told(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    assert "The account has said nothing itself" in page.words
    assert "Nothing was changed yet." in page.words
    done = await ada.post("/_gateway/preferences", {"token": page.token, **SAID})
    assert (done.status, done.headers["Location"]) == (303, f"{PAGE}&done=changed")
    (order,) = world.orders
    assert (order.version, order.why) == (0, "The board wants it")
    assert order.preferences == Preferences(
        admins_may_act=True,
        ask_first=True,
        support_may_see=("salaries",),
        partners=("acme", "delta"),
        notify=(
            Recipient(to="boss@n.example"),
            Recipient(to="it@n.example", about=("support", "partners")),
        ),
    )
    after = await ada.get(done.headers["Location"])
    assert "It holds from now on." in after.words
    assert "its admins act; support only with a ticket; each user is asked first" in after.words
    assert "it@n.example support partners" in after.text
    assert 'name="see-salaries" value="yes" checked' in after.text
    assert 'name="see-private_notes" value="yes" checked' not in after.text


async def test_an_account_does_as_the_one_above_again(ada: Visitor, world: World) -> None:
    world.preferences["n"] = Preferences(support_may_act=True)
    page = await ada.get(PAGE)
    sent = {"token": page.token, **SAID, "how": "inherit"}
    assert (await ada.post("/_gateway/preferences", sent)).status == 303
    assert world.orders[0].preferences is None
    assert "as the account above" in (await ada.get(PAGE)).words


async def test_who_is_told_of_whom_is_read_strictly(ada: Visitor, world: World) -> None:
    page = await ada.get(PAGE)
    sent = {"token": page.token, **SAID, "notify": "boss@n.example everybody"}
    refused = await ada.post("/_gateway/preferences", sent)
    assert refused.status == 400
    assert "After boss@n.example stands something else than support" in refused.words
    assert not world.orders
