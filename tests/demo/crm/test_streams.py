"""What the CRM pushes."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse

from tests.demo.crm.conftest import Visit
from tests.demo.crm.support import Visitor


async def listen(visitor: Visitor, path: str) -> ClientResponse:
    """Open an event stream; the first tick has come, so that no event is missed."""
    stream = await visitor.client.get(f"{visitor.base}{path}", headers=visitor.headers)
    assert stream.content_type == "text/event-stream"
    assert (await event(stream))[0] == "tick"
    return stream


async def event(stream: ClientResponse) -> tuple[str, Any]:
    """The next event that is no tick, or the tick that comes first."""
    lines = (await stream.content.readuntil(b"\n\n")).decode().splitlines()
    kind, data = lines[0].removeprefix("event: "), lines[1].removeprefix("data: ")
    return kind, json.loads(data)


async def news(stream: ClientResponse) -> tuple[str, Any]:
    while (said := await event(stream))[0] == "tick":
        pass
    return said


async def open_socket(visitor: Visitor) -> ClientWebSocketResponse:
    socket = await visitor.client.ws_connect(f"{visitor.base}/ws", headers=visitor.headers)
    await socket.send_str("hello")
    assert await socket.receive_str() == "hello"
    return socket


async def test_colleagues_are_told_of_deals_and_tasks(jonas: Visitor, visit: Visit) -> None:
    stream = await listen(visit("lena.brandt"), "/events")
    await jonas.do("/deals", "/deals/1/stage", stage="Won")
    said = {"deal": 1, "title": "Fjordline cold chain", "stage": "Won", "by": "Jonas Weber"}
    assert await news(stream) == ("deal", said)
    await jonas.do("/tasks", "/tasks/1/done")
    assert await news(stream) == ("task", {"task": 1, "done": True, "by": "Jonas Weber"})
    stream.close()


async def test_notes_come_on_a_stream_of_their_own(jonas: Visitor, visit: Visit) -> None:
    work = await listen(visit("lena.brandt"), "/events")
    notes = await listen(visit("lena.brandt"), "/events/notes")
    await jonas.do("/contacts/1/edit", "", private_notes="Secret.")
    said = {"contact": 1, "private_notes": "Secret.", "by": "Jonas Weber"}
    assert await news(notes) == ("note", said)
    await jonas.do("/contacts/1", "/contacts/1/meetings", subject="Tea", meeting_notes="Quiet.")
    said = {"contact": 1, "meeting_notes": "Quiet.", "by": "Jonas Weber"}
    assert await news(notes) == ("meeting", said)
    await jonas.send("PATCH", "/api/contacts/1", {"private_notes": "Once more."})
    assert (await news(notes))[1]["private_notes"] == "Once more."
    await jonas.do("/deals", "/deals/1/stage", stage="Won")
    assert (await news(work))[0] == "deal"
    work.close()
    notes.close()


async def test_what_did_not_change_is_no_news(jonas: Visitor) -> None:
    notes = await listen(jonas, "/events/notes")
    await jonas.do("/contacts/1/edit", "", city="Bergen")
    await jonas.do("/contacts/1/edit", "", private_notes="New.")
    assert (await news(notes))[1]["private_notes"] == "New."
    notes.close()


async def test_another_account_is_told_nothing(jonas: Visitor, mei: Visitor) -> None:
    stream = await listen(mei, "/events")
    await jonas.do("/deals", "/deals/1/stage", stage="Won")
    moved = await mei.send("PATCH", "/api/deals/13", {"stage": "Won"})
    assert moved.status == 200, await moved.text()
    assert (await news(stream))[1]["deal"] == 13
    stream.close()


async def test_a_websocket_answers_and_tells_of_everything(jonas: Visitor) -> None:
    socket = await open_socket(jonas)
    await socket.send_str("deals")
    assert len((await socket.receive_json())["deals"]) == 12
    await jonas.do("/contacts/1/edit", "", private_notes="Secret.")
    said = {"event": "note", "contact": 1, "private_notes": "Secret.", "by": "Jonas Weber"}
    assert await socket.receive_json() == said
    await jonas.do("/deals", "/deals/1/stage", stage="Won")
    assert (await socket.receive_json())["event"] == "deal"
    await socket.close()
