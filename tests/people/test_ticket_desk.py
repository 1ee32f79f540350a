"""A desk over HTTP: it gets one GET as the template says, and takes a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.people.ticket_desk import TicketDesk
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.lookup import LARGEST, Answer, Unchecked
from tests.people.desk import Desk, Reply, a_desk
from tests.policy.tickets.support import facts
from tests.servers import unused_port


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk({"CS-1": {"status": "open"}}) as running:
        yield running


def client(timeout: float = 5) -> TicketDesk:
    return TicketDesk({"Authorization": "Bearer s3cret"}, timeout)


async def test_the_desk_gets_the_address_as_it_is_and_the_fields_of_the_config(desk: Desk) -> None:
    where = Address(desk.url + "/tickets/{ticket}?site={site}&of={user.email}")
    url = where.url(facts(ticket="CS-1:~'(\u00e4)"))
    answer = await client().get(url)
    assert answer == Answer(status=404, media_type="application/json", body=b"null")
    assert desk.asked == [f"GET {url.removeprefix(desk.url)}"]
    (sent,) = desk.headers
    sent.pop("Host")
    assert sent == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": "Bearer s3cret",
        "User-Agent": "impersonation-gateway",
    }


@pytest.mark.threat(50)
async def test_no_redirect_and_no_proxy_of_the_environment_is_followed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")

    async def elsewhere(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/tickets/CS-1", "Set-Cookie": "a=b"})

    desk.reply = elsewhere
    assert (await client().get(f"{desk.url}/a")).status == 302
    assert desk.asked == ["GET /a"]


async def broken(request: web.BaseRequest) -> web.StreamResponse:
    """Promise more than comes."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"status": "open"}')
    assert request.transport is not None
    request.transport.close()
    return response


async def huge(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while request.transport is not None:
        await response.write(bytes(65536))
    return response


async def large(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=bytes(LARGEST))


@pytest.mark.parametrize(
    ("reply", "why"), [(broken, "ClientPayloadError"), (huge, "more than 262144 bytes")]
)
async def test_an_answer_that_breaks_off_or_does_not_end_is_none(
    desk: Desk, reply: Reply, why: str
) -> None:
    desk.reply = reply
    with pytest.raises(Unchecked, match=why):
        await client().get(f"{desk.url}/tickets/CS-1")


async def test_an_answer_of_many_parts_is_read_whole(desk: Desk) -> None:
    desk.reply = large
    assert len((await client().get(f"{desk.url}/tickets/CS-1")).body) == LARGEST


async def test_a_desk_that_is_away_or_slow_does_not_say(desk: Desk) -> None:
    with pytest.raises(Unchecked, match="ClientConnectorError"):
        await client().get(f"http://127.0.0.1:{unused_port()}/tickets/CS-1")
    desk.may_answer.clear()
    with pytest.raises(Unchecked, match="TimeoutError"):
        await client(0.05).get(f"{desk.url}/tickets/CS-1")


async def test_no_more_than_eight_are_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: set[str] = set()
    most = 0

    async def answering(_self: TicketDesk, url: str) -> Answer:
        nonlocal most
        under_way.add(url)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(url)
        return Answer(status=200, media_type="application/json", body=b"{}")

    monkeypatch.setattr(TicketDesk, "_get", answering)
    asking = client()
    await asyncio.gather(*(asking.get(f"/{number}") for number in range(30)))
    assert most == 8
