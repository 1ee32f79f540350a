"""The page of approvals: what waits, what one asked for, and emergencies to review."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.console.approval_values import BrokenGlass, Whom
from gateway.model import Mode
from tests.console.characters import ADA, JONAS, MEI, NOW, SAM, make_actor
from tests.console.support import World
from tests.console.visitor import Visitor

PAGE = "/_gateway/approvals"


async def test_what_others_asked_for_is_approved_or_refused_with_a_reason(
    ada: Visitor, world: World
) -> None:
    world.ask(SAM, JONAS.id, "Deal board empty")
    world.ask(SAM, MEI.id, "Billing address")
    page = await ada.get(PAGE)
    assert "Sam Rivera for Jonas Weber look and change CRM · n “Deal board empty”" in page.words
    approve = {"token": page.token, "state": "approved", "why": "Go on"}
    done = await ada.post(f"{PAGE}/a1", approve)
    assert (done.status, done.headers["Location"]) == (303, f"{PAGE}?done=approved")
    refused = await ada.post(f"{PAGE}/a2", {"token": page.token, "state": "refused"})
    assert (refused.status, world.attempts[0].code) == (422, "reason_missing")
    assert "A refusal says why." in refused.words
    await ada.post(f"{PAGE}/a2", {"token": page.token, "state": "refused", "why": "Not today"})
    assert [each.state for each in world.approvals.values()] == ["approved", "refused"]
    after = (await ada.get(done.headers["Location"])).words
    assert "It is approved. Who asked may use it once." in after
    assert "Mei Tanaka Billing address refused Ada Okafor: Not today" in after


async def test_ones_own_request_is_withdrawn_or_used(ada: Visitor, world: World) -> None:
    world.ask(ADA, JONAS.id, "Deal board empty")
    world.approvals["a2"] = replace(
        world.ask(ADA, MEI.id, "Billing address"), id="a2", state="approved", by=make_actor(SAM)
    )
    world.approvals["a3"] = replace(world.approvals["a2"], id="a3", session="s1")
    page = await ada.get(PAGE)
    assert "Nothing waits for you." in page.words
    link = "/_gateway/start?site=crm&amp;subject=mei.tanaka&amp;mode=read_write&amp;approval=a2"
    assert f'href="{link}&amp;return_to=' in page.text
    assert 'href="/_gateway/sessions/s1/raise?approval=a3"' in page.text
    await ada.post(f"{PAGE}/a1", {"token": page.token, "state": "withdrawn"})
    assert world.approvals["a1"].state == "withdrawn"


async def test_a_decision_that_there_is_not_is_refused(ada: Visitor, world: World) -> None:
    world.ask(SAM, JONAS.id, "Deal board empty")
    page = await ada.get(PAGE)
    for state in ("", "used", "pending"):
        sent = {"token": page.token, "state": state}
        assert (await ada.post(f"{PAGE}/a1", sent)).status == 400
    assert (await ada.post(f"{PAGE}/a1", {"state": "approved"})).status == 403
    assert world.approvals["a1"].state == "pending"


async def test_an_emergency_is_reviewed_by_somebody_else(ada: Visitor, world: World) -> None:
    whom = Whom(id=JONAS.id, name=JONAS.name, email=JONAS.email, account="n")
    first = BrokenGlass(
        session="s1",
        operator=make_actor(SAM),
        site="crm",
        subject=whom,
        mode=Mode.READ_WRITE,
        reason="Orders are lost",
        at=NOW,
    )
    world.broken = {"s1": first, "s2": replace(first, session="s2", operator=make_actor(ADA))}
    page = await ada.get(PAGE)
    assert 'action="/_gateway/reviews/s1"' in page.text
    assert 'action="/_gateway/reviews/s2"' not in page.text
    assert "Somebody else has to review it." in page.words
    found = {"token": page.token, "verdict": "justified", "why": "They were"}
    assert (await ada.post("/_gateway/reviews/s1", found)).status == 303
    assert world.broken["s1"].verdict == "justified"
    assert (await ada.post("/_gateway/reviews/s1", {**found, "verdict": "x"})).status == 400
    assert "Sam Rivera Jonas Weber justified They were Ada Okafor" in (await ada.get(PAGE)).words
