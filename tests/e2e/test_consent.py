"""Users allow acting on their behalf, and take it back: as themselves, and nobody in their name."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import ClientError, ClientResponse

from gateway.app.clock import wall_clock
from gateway.people.consents import ConsentBook
from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Administrator}
"""
BY_APP: dict[str, Any] = {
    "recognise": {"path": "/api/me", "field": "$.user.id", "is": "id"},
    "preferences": {"ask_first": True, "support_may_act": True},
}
BY_HEADER: dict[str, Any] = BY_APP | {
    "recognise": {"header": "X-Remote-Email", "is": "email"},
    "identity": {
        "headers": {"X-Remote-Email": "{subject.email}", "X-Acting": "{actor.id}"},
        "trusted_from": ["127.0.0.1/32"],
    },
}
PAGE, API = "/_gateway/consent", "/_gateway/api/consent"


def of_app(app: RecorderApp) -> None:
    """Let the app know its users by a cookie that holds their id."""

    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        cookie = re.search(rb"login=([a-z.]+)", b";".join(seen.all("Cookie")))
        if not seen.target.startswith("/api/me"):
            writer.write(http(b"<p>hello", type_="text/html"))
        elif cookie is None:
            writer.write(http(b"{}", status="401 Unauthorized", type_="application/json"))
        else:
            said = b'{"user": {"id": "%b"}}' % cookie[1]
            writer.write(http(said, type_="application/json"))

    app.answer = answer


class Person:
    """An ordinary user's browser on the app's own host."""

    def __init__(self, gw: Running, cookie: str = "login=jonas", **headers: str) -> None:
        self.gw = gw
        self.origin = f"http://{HOST}:{gw.port}"
        host = {"Host": f"{HOST}:{gw.port}", "Accept": "text/html"}
        self.headers = host | ({"Cookie": cookie} if cookie else {}) | headers

    async def get(self, path: str = PAGE) -> ClientResponse:
        return await self.gw.get(path, self.headers)

    async def token(self) -> str:
        page = await (await self.get()).text()
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found is not None, page
        return found[1]

    async def send(self, path: str, data: dict[str, str], **headers: str) -> ClientResponse:
        of_browser = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        }
        said = self.headers | of_browser | headers
        return await self.gw.request("POST", path, said, data=data)

    async def allow(self, hours: str = "24", **more: str) -> ClientResponse:
        data = {"token": await self.token(), "hours": hours, **more}
        return await self.send(PAGE, data)

    async def withdraw(self) -> ClientResponse:
        return await self.send(f"{PAGE}/withdraw", {"token": await self.token()})


@asynccontextmanager
async def consenting(
    app: RecorderApp, folder: Path, store_url: str, **more: Any
) -> AsyncIterator[Running]:
    of_app(app)
    said = site(app.port, **(BY_APP | more))
    async with running(folder, store_url, said, people=OPERATORS) as gw:
        yield gw


async def code_of(answer: ClientResponse) -> tuple[int, str]:
    page = await answer.text()
    found = re.search(r"(?:Code <code>|\"code\":\")([a-z_]+)", page)
    return answer.status, found[1] if found else page[:300]


async def test_a_user_allows_it_sees_who_came_and_takes_it_back(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        jonas = Person(gw)
        refused = await (await gw.start()).json()
        assert refused["rule"] == "users_are_asked_first"
        page = await (await jonas.get()).text()
        assert "You have not allowed it" in page
        assert "asks you first" in page
        assert "Nobody has acted on your behalf" in page

        done = await jonas.allow("4")
        assert (done.status, done.headers["Location"]) == (303, f"{PAGE}?done=allowed")
        assert "You allow it until" in await (await jonas.get(f"{PAGE}?done=allowed")).text()
        assert (await gw.start(subject="priya")).status == 403, "it is theirs alone"
        session = await gw.enter(reason="Sees <why> the board is empty")
        assert (await gw.get("/a?x=secret", session.headers)).status == 200
        assert (await gw.request("POST", "/b", session.headers)).status == 403
        page = await (await jonas.get()).text()
        assert "Ada Okafor" in page
        assert "Sees &lt;why&gt; the board is empty" in page
        assert "not ended yet" in page

        done = await jonas.withdraw()
        assert done.status == 303
        seen = len(app.seen)
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        assert len(app.seen) == seen
        page = await (await jonas.get(done.headers["Location"])).text()
        assert "it was no longer allowed" in page
        assert "1 page or request; 1 refused" in page
        assert "secret" not in page
        assert (await gw.start()).status == 403

        records = await gw.records()
        changed = [each for each in records if each["kind"] == "consent.changed"]
        assert [each["reason"] for each in changed] == ["allowed", "withdrawn"]
        for each in changed:
            assert (each["subject"]["id"], each["about"], "actor" in each) == (
                "jonas",
                "jonas",
                False,
            )
        assert "for 4 hours" in changed[0]["detail"]
        [end] = [each for each in records if each["kind"] == "session.ended"]
        assert (end["session"], end["reason"]) == (session.id, "no_longer_allowed")
        assert records.index(changed[1]) < records.index(end)


async def test_it_ends_by_itself_within_a_second(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        book, now = ConsentBook(gw.store), wall_clock()
        until = now + 2_500
        await book.allow("crm", "jonas", until, at_ms=now)
        session = await gw.enter()
        assert (await gw.get("/a", session.headers)).status == 200
        async with asyncio.timeout(15):
            with contextlib.suppress(ClientError, OSError):  # what is under way is cut
                while (await gw.get("/a", session.headers)).status == 200:
                    pass
            assert 0 <= wall_clock() - until < 1_500, "a second, and what a busy machine adds"
            ended: list[dict[str, Any]] = []
            while not ended:
                ended = [each for each in await gw.records() if each["kind"] == "session.ended"]
        assert ended[0]["reason"] == "no_longer_allowed"


async def test_what_the_app_is_asked_is_asked_once_with_the_users_credentials_alone(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        more = {"X-Remote-User": "root", "X-Other": "1", "User-Agent": "x"}
        person = Person(gw, "a=1; login=jonas", Authorization="Bearer abc", **more)
        assert (await person.get()).status == 200
        [asked] = app.seen
        assert asked.line == b"GET /api/me HTTP/1.1"
        names = {line.partition(b":")[0].lower() for line in asked.head.split(b"\r\n")[1:]}
        assert names == {
            b"host",
            b"accept",
            b"accept-encoding",
            b"cookie",
            b"authorization",
            b"x-forwarded-for",
            b"x-forwarded-host",
            b"x-forwarded-proto",
        }
        assert asked.all("Cookie") == [b"a=1; login=jonas"]


def token_of(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "k" * 32, "HS256")


@pytest.mark.threat(46)
@pytest.mark.parametrize("isolation", ["host", "cookie"])
async def test_row_46_an_operator_never_consents_in_the_subjects_name(
    app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    async with consenting(app, tmp_path, store_url, isolation=isolation) as gw:
        jonas = Person(gw)
        token = await jonas.token()
        assert (await jonas.allow()).status == 303
        session = await gw.enter()
        here = Person(gw, f"login=jonas; {session.cookie}")
        there = Person(gw, session.cookie)
        there.headers["Host"] = f"{session.host}:{gw.port}"
        there.origin = f"http://{session.host}:{gw.port}"
        seen = len(app.seen)
        for operator in (here, there):
            assert await code_of(await operator.get()) == (403, "consent_in_session")
            for path in (PAGE, f"{PAGE}/withdraw"):
                sent = await operator.send(path, {"token": token, "hours": "168"})
                assert await code_of(sent) == (403, "consent_in_session")
            for method in ("GET", "POST", "DELETE"):
                headers = operator.headers | {"Origin": operator.origin, "X-Gateway-Token": token}
                sent = await gw.request(method, API, headers)
                assert await code_of(sent) == (403, "consent_in_session")
        assert len(app.seen) == seen, "the app is not even asked"
        await gw.api("DELETE", f"sessions/{session.id}")
        assert await code_of(await here.get()) == (403, "consent_in_session"), "nor afterwards"
        refused = [each for each in await gw.records() if each["kind"] == "request.refused"]
        assert {each["reason"] for each in refused} == {"consent_in_session"}
        in_it = [each for each in refused if "session" in each]
        assert {each["actor"]["id"] for each in in_it} == {"ada"}
        assert in_it


@pytest.mark.threat(46)
async def test_row_46_nor_who_proves_to_be_one_or_says_that_somebody_acts(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        acting = token_of({"sub": "jonas", "act": {"sub": "ada"}})
        for cookie, headers in (
            ("login=jonas", {"Authorization": f"Bearer {gw.token('ada')}"}),
            ("login=jonas", {"Authorization": f"Bearer {acting}"}),
            ("login=jonas", {"X-Remote-Actor": "ada"}),
            ("login=jonas", {"X-Any": acting}),
            (f"login=jonas; jwt={acting}", {}),
            (f'login=jonas; jwt="{acting}"', {}),
        ):
            answer = await Person(gw, cookie, **headers).get()
            assert await code_of(answer) == (403, "consent_by_operator"), (cookie, headers)
        for name in ("operator", "form", "jar", "session", "Session", "app|x|%2F|y"):
            answer = await Person(gw, f"login=jonas; __Host-gateway_{name}={'x' * 24}").get()
            assert await code_of(answer) == (403, "consent_in_session"), name
        assert app.seen == []
        harmless = token_of({"sub": "jonas"})
        headers = {"Authorization": f"Bearer {harmless}"}
        assert (await Person(gw, f"login=jonas; jwt={harmless}", **headers).get()).status == 200


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("", (403, "not_recognised")),
        ("other=1", (403, "not_recognised")),
        ("login=nobody", (403, "not_recognised")),
        ("login=gone", (403, "not_recognised")),
    ],
)
async def test_who_is_not_known_gets_a_page_that_says_what_to_do(
    app: RecorderApp,
    tmp_path: Path,
    store_url: str,
    cookie: str,
    expected: tuple[int, str],
) -> None:
    of_app(app)
    people = tmp_path / "own.yaml"
    people.write_text(
        "accounts: [{id: n, name: N}]\n"
        "users:\n"
        "  - {id: gone, name: G, email: g@n.example, account: n, status: deactivated}\n"
    )
    said = site(app.port, **BY_APP, directory=str(people))
    async with running(tmp_path / "gw", store_url, said, people=OPERATORS) as gw:
        answer = await Person(gw, cookie).get()
        page = await answer.text()
        assert await code_of(answer) == expected
        assert 'href="/">Sign in</a>' in page
        assert f'href="{PAGE}">Try again</a>' in page


@pytest.mark.parametrize(
    "reply",
    [
        http(b'{"user": {"id": "jonas"}}', type_="text/json"),
        http(b'{"user": {"id": "jonas"}}', type_=None),
        http(b'{"user": {"id": "jonas"}}', type_="application/json", status="500 Oops"),
        http(b'{"user": {"id": "jonas"}}', type_="application/json", status="203 Other"),
        http(b'{"user": {"id": "jonas", "id": "priya"}}', type_="application/json"),
        http(b'{"user": {"id": true}}', type_="application/json"),
        http(b'{"user": {"id": ["jonas"]}}', type_="application/json"),
        http(b'{"user": {"id": "jonas"}', type_="application/json"),
        http(b'{"user": {"id": "jonas"}}' + b" " * 70_000, type_="application/json"),
        http(
            b'{"user": {"id": "jonas"}}',
            type_="application/json",
            headers=("Content-Encoding: gzip",),
        ),
        http(b'{"user": {"id": "jonas"}}', type_="application/json; charset=utf-7"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Type: application/json\r\n\r\n{}",
    ],
    ids=range(12),
)
async def test_an_answer_in_doubt_recognises_nobody(
    app: RecorderApp, tmp_path: Path, store_url: str, reply: bytes
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        if reply.endswith(b"{}"):  # which is cut

            async def cut(seen: Seen, writer: asyncio.StreamWriter) -> None:
                writer.write(reply)
                writer.close()

            app.answer = cut
        else:
            app.answer, app.reply = None, reply
        status, code = await code_of(await Person(gw).get())
        assert (status, code) in ((502, "recognition_failed"), (502, "upstream_cut_short"))


async def test_nothing_is_done_for_a_page_of_another_site_a_script_or_another_user(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        jonas, priya = Person(gw), Person(gw, "login=priya")
        token = await jonas.token()
        form = {"token": token, "hours": "24"}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Mode": "cors"},
            {"Sec-Fetch-Dest": "iframe"},
        ):
            answer = await jonas.send(PAGE, form, **headers)
            assert await code_of(answer) == (403, "cross_site"), headers
        bare = await gw.request("POST", PAGE, jonas.headers, data=form)
        assert await code_of(bare) == (403, "cross_site")
        assert await code_of(await priya.send(PAGE, form)) == (403, "form_token")
        for bad in ("", token[:-1], token.replace(".", "1."), f"1{token}", "0." + "0" * 64):
            answer = await jonas.send(PAGE, form | {"token": bad})
            assert await code_of(answer) == (403, "form_token")
        for hours in ("0", "169", "-1", "1.5", "", "1e1", "\u0661", "9" * 400):
            answer = await jonas.send(PAGE, {"token": token, "hours": hours})
            assert await code_of(answer) == (422, "bad_hours"), hours
        assert (await gw.start()).status == 403
        assert (await jonas.send(PAGE, form | {"own": "169"})).status == 422
        assert (await jonas.send(PAGE, form | {"own": "168"})).status == 303
        page = await jonas.get()
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert page.headers["Cache-Control"] == "no-store"
        changed = [each for each in await gw.records() if each["kind"] == "consent.changed"]
        assert len(changed) == 1


async def test_an_app_may_have_a_page_of_its_own(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        jonas = Person(gw)
        script = jonas.headers | {
            "Origin": jonas.origin,
            "Sec-Fetch-Site": "same-origin",
            "Accept": "*/*",
        }
        said = await (await gw.get(API, script)).json()
        token = {"X-Gateway-Token": said.pop("token")}
        assert said == {
            "user": {"id": "jonas", "name": "Jonas Weber", "email": "jonas@nordlicht.example"},
            "asks_first": True,
            "until": None,
            "asked": [],
            "sessions": [],
            "earlier": False,
        }
        json = {"Content-Type": "application/json"}
        for headers, expected in (
            (script | json, (403, "form_token")),
            (jonas.headers | json | token, (403, "cross_site")),
            (script | json | token | {"Origin": "https://evil.example"}, (403, "cross_site")),
            (script | token, (415, "media_type")),
        ):
            answer = await gw.request("POST", API, headers, data=b'{"hours": 1}')
            assert await code_of(answer) == expected
        answer = await gw.request("POST", API, script | json | token, data=b'{"hours": "1"}')
        assert answer.status == 400
        answer = await gw.request("POST", API, script | json | token, data=b'{"hours": 1}')
        assert (await answer.json())["until"].endswith("Z")
        session = await gw.enter()
        said = await (await gw.get(API, script)).json()
        [came] = said["sessions"]
        assert (came["who"], came["reason"], came["ended"]) == ("Ada Okafor", "Looks into it", "")
        answer = await gw.request("DELETE", API, script | token)
        assert (answer.status, (await answer.json())["until"]) == (200, None)
        assert (await gw.get("/a", session.headers)).status in (401, 403)


async def test_a_listed_proxy_names_the_user(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url, **BY_HEADER) as gw:
        jonas = Person(gw, "", **{"X-Remote-Email": "Jonas@Nordlicht.example"})
        assert (await jonas.allow()).status == 303
        assert app.seen == [], "the proxy vouches: nobody else is asked"
        assert (await gw.start()).status == 201
        for headers, expected in (
            ({}, (403, "not_recognised")),
            ({"X-Remote-Email": "jonas@nordlicht"}, (403, "not_recognised")),
            ({"X-Remote-Email": ""}, (403, "not_recognised")),
            ({"X_Remote_Email": "jonas@nordlicht.example"}, (400, "ambiguous_header")),
            (
                {"X-Remote-Email": "jonas@nordlicht.example", "X.Remote-Email": "x"},
                (400, "ambiguous_header"),
            ),
            (
                {"X-Remote-Email": "jonas@nordlicht.example", "X-Acting": "ada"},
                (403, "consent_by_operator"),
            ),
        ):
            assert await code_of(await Person(gw, "", **headers).get()) == expected, headers
        twice = (
            f"GET {PAGE} HTTP/1.1\r\nHost: {HOST}:{gw.port}\r\nConnection: close\r\n"
            "X-Remote-Email: jonas@nordlicht.example\r\nX-Remote-Email: a@b.example\r\n\r\n"
        )
        assert b"ambiguous_header" in await gw.raw(twice.encode())


async def test_nobody_else_names_the_user(app: RecorderApp, tmp_path: Path, store_url: str) -> None:
    identity = BY_HEADER["identity"] | {"trusted_from": ["10.9.9.9/32"]}
    more = BY_HEADER | {"identity": identity}
    async with consenting(app, tmp_path, store_url, **more) as gw:
        person = Person(gw, "login=jonas", **{"X-Remote-Email": "jonas@nordlicht.example"})
        assert await code_of(await person.get()) == (403, "not_recognised")
        assert app.seen == []


async def test_an_address_that_two_have_is_nobodys(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    people = tmp_path / "own.yaml"
    people.write_text(
        "accounts: [{id: n, name: N}]\n"
        "users:\n"
        "  - {id: a, name: A, email: same@n.example, account: n}\n"
        "  - {id: b, name: B, email: SAME@n.example, account: n}\n"
        "  - {id: c, name: C, email: one@n.example, account: n}\n"
    )
    said = site(app.port, **(BY_APP | BY_HEADER), directory=str(people))
    async with running(tmp_path / "gw", store_url, said, people=OPERATORS) as gw:
        for email, status in (
            ("same@n.example", 403),
            ("one@n.example", 200),
            ("one@n.exampl", 403),
            ("one@n.example status:active", 403),
        ):
            assert (await Person(gw, "", **{"X-Remote-Email": email}).get()).status == status


async def test_without_recognise_there_is_no_page(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port), people=OPERATORS) as gw:
        assert await code_of(await Person(gw).get()) == (404, "consent_not_here")
        asked = await gw.api("POST", "consents", site="crm", subject="jonas", why="Look at it")
        assert (await asked.json())["code"] == "consent_not_asked_for"


async def test_an_operator_asks_and_the_user_sees_who_and_why(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with consenting(app, tmp_path, store_url) as gw:
        jonas = Person(gw)

        async def ask(operator: str = "ada", **more: str) -> tuple[int, Any]:
            said = {"site": "crm", "subject": "jonas", "why": "The board is empty"} | more
            answer = await gw.api("POST", "consents", operator=operator, **said)
            body = await answer.json()
            return answer.status, body.get("code", body)

        refused = await (await gw.start()).json()
        assert refused["rule"] == "users_are_asked_first"
        assert await ask(why="x") == (422, "reason_missing")
        assert await ask(subject="nobody") == (404, "unknown_subject")
        assert await ask(subject="root") == (409, "consent_no_help")
        page = f"{jonas.origin}{PAGE}"
        assert await ask() == (201, {"page": page, "told": False})
        assert await ask() == (429, "asked_already")
        assert (await ask("sam"))[0] == 201
        text = await (await jonas.get()).text()
        assert "Ada Okafor asks you to allow it" in text
        assert "Sam Rivera asks you" in text
        assert "The board is empty" in text
        assert (await jonas.allow()).status == 303
        assert "asks you to allow it" not in await (await jonas.get()).text()
        assert await ask() == (409, "consent_no_help")
        changed = [each for each in await gw.records() if each["kind"] == "consent.changed"]
        assert [(each["reason"], each.get("actor", {}).get("id")) for each in changed] == [
            ("asked", "ada"),
            ("asked", "sam"),
            ("allowed", None),
        ]
        assert (changed[0]["why"], changed[0]["subject"]["id"]) == ("The board is empty", "jonas")


async def test_while_the_store_is_away_nothing_is_allowed(
    app: RecorderApp, tmp_path: Path, store_server: Any
) -> None:
    async with consenting(app, tmp_path, store_server.url) as gw:
        jonas = Person(gw)
        token = await jonas.token()
        store_server.kill()
        answer = await jonas.send(PAGE, {"token": token, "hours": "24"})
        assert answer.status == 503
