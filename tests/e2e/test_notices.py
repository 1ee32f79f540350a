"""Accounts are told when a session begins: once, whatever is away or killed meanwhile."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.audit.forward.webhook import secret_in, signature
from gateway.notices import courier
from gateway.notices.outbox import Outbox
from gateway.policy.rights.ready import DEFAULT
from gateway.store.keys import notices_of
from tests.e2e.harness import Running, running, site, until
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.served import served
from tests.notices.inbox import Inbox, serving
from tests.servers import unused_port

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Support}
  - {id: nina, name: Nina, email: nina@nordlicht.example, profile: Account Admin,
     account: nordlicht}
"""
SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
NOTIFY = [
    {"to": "nina@nordlicht.example", "about": ["support"]},
    {"to": "all@nordlicht.example"},
    {"to": "admins@nordlicht.example", "about": ["own_admins"]},
]


def mailing(port: int) -> dict[str, Any]:
    mail = {"host": "127.0.0.1", "port": port, "security": "none", "from": "gw@example.com"}
    return {"mail": mail, "approvals": ["boss@example.com"]}


async def prefer(gw: Running, **preferences: Any) -> None:
    said = {"site": "crm", "account": "nordlicht", "preferences": preferences}
    answer = await gw.api("PUT", "preferences", operator="nina", **said)
    assert answer.status == 200, await answer.text()


async def settled(gw: Running, **expected: int) -> None:
    await until(lambda: outbox_is(gw, **expected), 20)


async def test_an_account_is_told_what_it_wants_to_know_and_no_more(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    inbox, port = Inbox(), unused_port()
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(port)}
    with serving(inbox, port):
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            await prefer(gw, support_may_act=True, admins_may_act=True, notify=NOTIFY)
            session = await gw.enter("sam", ticket="CS-7", reason="Import of <b>May</b>")
            await settled(gw, waiting=0, delivered=2)
            assert inbox.to == ["all@nordlicht.example", "nina@nordlicht.example"]
            mail = inbox.mails[0][1]
            assert mail["Subject"] == "Sam Rivera acts on behalf of Jonas Weber"
            plain, html = (str(part.get_content()) for part in mail.iter_parts())
            for said in ("Sam Rivera", "Support", "Jonas Weber", "Nordlicht", "CS-7", "looks only"):
                assert said in plain
                assert said in html
            assert "Import of <b>May</b>" in plain
            assert "<b>" not in html
            for hidden in (session.id, "jonas@nordlicht.example", "sam@gateway.example"):
                assert hidden not in plain

            async with gw.client.get(f"http://127.0.0.1:{gw.ops_port}/metrics") as told:
                assert 'gateway_notices{state="dead"} 0.0' in await told.text()

            await gw.enter("nina", subject="priya", ticket="CS-8", reason="Helps Priya out")
            await settled(gw, waiting=0, delivered=4)
            assert inbox.to[:2] == ["admins@nordlicht.example", "all@nordlicht.example"]
            own = str(inbox.mails[-1][1].get_body(("plain",)))
            assert "Nina" in own
            assert "CS-8" not in own
            assert "Helps" not in own

            refused = await gw.start("nina", subject="root")
            assert refused.status == 403
            left = await Outbox(gw.store).counts()
            assert left["waiting"] == 0, "nobody is told of what did not start"


async def test_who_is_told_of_broken_glass_is_told_again_when_it_changes_things(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    inbox, port = Inbox(), unused_port()
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(port)}
    more["policies"] = {"ready": [*DEFAULT, "second_approver", "break_glass"]}
    with serving(inbox, port):
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            await prefer(gw, support_may_act=True)
            session = await gw.enter("sam", break_glass=True, reason="The shop is down")
            await settled(gw, waiting=0, delivered=1)
            raised, why = f"sessions/{session.id}/elevation", "It has to be mended at once"
            for number in (2, 3):
                answer = await gw.api("POST", raised, operator="sam", reason=why)
                assert answer.status == 200
                await settled(gw, waiting=0, delivered=number)
        mails = [str(next(mail.iter_parts()).get_content()) for _, mail in inbox.mails]
        subjects = {mail["Subject"] for _, mail in inbox.mails}
    assert inbox.to == ["boss@example.com"] * 3
    assert subjects == {"Emergency: Sam Rivera acts on behalf of Jonas Weber"}
    assert ["looks only" in each for each in mails] == [True, False, False]
    assert ["looks and changes" in each and why in each for each in mails] == [False, True, True]


async def test_a_mail_server_that_is_away_holds_nothing_up_and_gets_all_later(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    inbox, port = Inbox(), unused_port()
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(port)}
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        await prefer(gw, support_may_act=True, notify=NOTIFY)
        session = await gw.enter("sam")
        assert (await gw.get("/a", session.headers)).status == 200
        assert (await Outbox(gw.store).counts())["waiting"] == 2
    async with running(tmp_path, store_url, site(app.port), **more) as gw:  # another process
        with serving(inbox, port):
            await settled(gw, waiting=0, delivered=2)
    assert inbox.to == ["all@nordlicht.example", "nina@nordlicht.example"]


async def test_two_gateways_on_one_store_deliver_once(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    inbox, port = Inbox(), unused_port()
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(port)}
    with serving(inbox, port):
        async with (
            running(tmp_path / "a", store_url, site(app.port), **more) as one,
            running(tmp_path / "b", store_url, site(app.port), **more) as two,
        ):
            await prefer(one, support_may_act=True, notify=NOTIFY)
            await one.enter("sam")
            await two.enter("sam", subject="priya")
            await settled(one, waiting=0, delivered=4)
    names = [mail["Message-ID"] for _, mail in inbox.mails]
    assert len(names) == len(set(names)) == 4


async def test_an_address_that_does_not_exist_is_given_up_and_the_others_are_told(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    inbox, port = Inbox(), unused_port()
    inbox.refuses = {"nina@nordlicht.example": "550 No such user"}
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(port)}
    with serving(inbox, port):
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            await prefer(gw, support_may_act=True, notify=NOTIFY)
            await gw.enter("sam")
            await settled(gw, waiting=0, delivered=1, dead=1)
            [dead] = await Outbox(gw.store).dead()
            assert (dead.item.to, dead.why) == ("nina@nordlicht.example", "550 No such user")
            inbox.refuses.clear()
            await Outbox(gw.store).revive(dead, 0)
            await settled(gw, waiting=0, delivered=2, dead=0)
    assert inbox.to == ["all@nordlicht.example", "nina@nordlicht.example"]


async def test_a_webhook_is_posted_what_was_signed(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    posted: list[tuple[bytes, dict[str, str]]] = []
    statuses = [503, 204]

    async def take(request: web.Request) -> web.Response:
        posted.append((await request.read(), dict(request.headers)))
        return web.Response(status=statuses.pop(0))

    receiver = web.Application()
    receiver.router.add_post("/hook", take)
    runner = web.AppRunner(receiver)
    await runner.setup()
    port = unused_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    (tmp_path / "secret").write_text(SECRET)
    hook = {"url": f"http://127.0.0.1:{port}/hook", "secret_file": str(tmp_path / "secret")}
    more: dict[str, Any] = {"people": OPERATORS, "notifications": {"webhook": hook}}
    try:
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            await prefer(gw, support_may_act=True, notify=NOTIFY)
            await gw.enter("sam")
            await settled(gw, waiting=0, delivered=1)
    finally:
        await runner.cleanup()
    (first, before), (again, headers) = posted
    assert first == again
    assert before["webhook-id"] == headers["webhook-id"]
    assert headers["Content-Type"] == "application/json"
    made = signature(
        headers["webhook-id"], int(headers["webhook-timestamp"]), again, secret_in(SECRET)
    )
    assert headers["webhook-signature"] == made
    said = json.loads(again)
    assert said["type"] == "session_started"
    assert said["data"]["to"] == ["nina@nordlicht.example", "all@nordlicht.example"]
    assert (said["data"]["who"], said["data"]["whom"]) == ("Sam Rivera", "Jonas Weber")


async def test_whom_nobody_can_tell_is_not_named_and_what_cannot_be_told_does_not_start(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    more: dict[str, Any] = {"people": OPERATORS}
    said: dict[str, Any] = {"site": "crm", "account": "nordlicht"}
    told = more | {"notifications": mailing(unused_port())}
    async with running(tmp_path, store_url, site(app.port), **told) as gw:
        for wrong, code in (
            ([{"to": "x@y.example\r\nBcc: all@y.example"}], "bad_address"),
            ([{"to": f"a{number}@y.example"} for number in range(21)], "too_many_told"),
        ):
            body = {"preferences": {"notify": wrong}}
            answer = await gw.api("PUT", "preferences", operator="nina", **said, **body)
            assert (answer.status, (await answer.json())["code"]) == (422, code)
        await prefer(gw, support_may_act=True, notify=NOTIFY)
        changed = [each for each in await gw.records() if each["kind"] == "preferences.changed"]
        assert "nina@nordlicht.example (support)" in changed[0]["detail"]
        shown = await (await gw.api("GET", "preferences?site=crm&account=nordlicht")).json()
        assert shown["said"]["notify"][0] == NOTIFY[0]
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        refused = await gw.start("sam")
        assert (refused.status, (await refused.json())["code"]) == (503, "cannot_tell_account")
        answer = await gw.api(
            "PUT", "preferences", operator="nina", **said, preferences={"notify": NOTIFY}
        )
        assert (answer.status, (await answer.json())["code"]) == (422, "no_notifications")


async def test_what_is_not_taken_for_a_day_is_given_up(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "GIVE_UP_MS", 1)
    more: dict[str, Any] = {"people": OPERATORS, "notifications": mailing(unused_port())}
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        await prefer(gw, support_may_act=True, notify=NOTIFY)
        await gw.enter("sam")
        await settled(gw, waiting=0, delivered=0, dead=2)
        kinds = {dead.why.partition(" ")[0] for dead in await Outbox(gw.store).dead()}
        assert kinds == {"SMTPConnectError"}


async def test_a_worker_that_is_killed_before_it_heard_that_a_mail_was_taken_is_no_loss(
    app: RecorderApp, short_folder: Path
) -> None:
    inbox, port = Inbox(), unused_port()
    inbox.hangs = True
    preferences = {"notify": [{"to": "all@nordlicht.example"}]}
    with serving(inbox, port):
        more = {"notifications": mailing(port)}
        with served(short_folder, app.port, 2, {"preferences": preferences}, **more) as one:
            async with one.client() as gw:
                await gw.enter("ada")
                await until(lambda: arrived(inbox, 1), 20)
                inbox.hangs = False
                [holder] = await holders(gw)
                os.kill(holder, signal.SIGKILL)
                await until(lambda: arrived(inbox, 2), 40)
                await until(lambda: outbox_is(gw, waiting=0, delivered=1), 20)
    (_, first), (_, second) = inbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


async def arrived(inbox: Inbox, count: int) -> bool:
    await asyncio.sleep(0.02)
    return len(inbox.mails) >= count


async def outbox_is(gw: Running, **expected: int) -> bool:
    await asyncio.sleep(0.02)
    return (await Outbox(gw.store).counts()).items() >= expected.items()


async def holders(gw: Running) -> list[int]:
    """The processes that deliver."""
    held: Any = await gw.store.redis.get(notices_of("lease_mail"))
    return [int(held.decode().split(":")[1])]
