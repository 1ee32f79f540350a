from __future__ import annotations

from tests.upstream.support import OK, PERMIT, Apps, Talk, always, request, whole


async def test_a_request_arrives_as_it_was_given_and_the_response_comes_back(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        await talk.say(
            b"HTTP/1.1 201 Made It\r\nX-One: 1\r\nx-one:2 \r\nContent-Length: 4\r\n\r\nbody"
        )

    upstream = await apps.start(script)
    head = request("POST", "/a%2e/%41?q=%27", ((b"X-Remote-User", b"mei"), (b"accept", b"*/*")))
    response = await upstream.send(PERMIT, head, b"")

    assert heard == [
        b"POST /a%2e/%41?q=%27 HTTP/1.1\r\nHost: crm.example\r\nX-Remote-User: mei\r\n"
        b"accept: */*\r\nContent-Length: 0\r\n\r\n"
    ]
    assert (response.head.status, response.head.reason, response.length) == (201, b"Made It", 4)
    assert response.head.headers == ((b"X-One", b"1"), (b"x-one", b"2"), (b"Content-Length", b"4"))
    assert await whole(response) == b"body"


async def test_requests_one_after_the_other_share_a_connection(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    for _ in range(5):
        assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 1
