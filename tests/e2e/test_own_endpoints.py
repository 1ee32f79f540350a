"""Every request by which the gateway itself changes something: who may send it, and how."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.console.api.table import ENDPOINTS
from gateway.console.guard import form_token
from tests.e2e.harness import CONSOLE, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp

GATEWAY = Path(__file__).parents[2] / "gateway"


def changes(module: str) -> list[tuple[str, str]]:
    """The routes of a table that change something, as its source names them."""
    table = re.findall(r'\("([A-Z]+)", "([^"]*)", ', (GATEWAY / module).read_text())
    assert len(table) >= 5
    return [(method, path) for method, path in table if method != "GET"]


OF_THE_CONSOLE = [
    *changes("console/views/routes.py"),
    *((each.method, f"api/{each.path}") for each in ENDPOINTS if each.method != "GET"),
]
OF_SESSIONS = changes("console/session_pages.py")


class Place:
    """A running gateway, a live session, and what an operator's browser sends by itself."""

    def __init__(self, gw: Running, session: Entered, cookies: str) -> None:
        self.gw = gw
        self.session = session
        self._cookies = cookies
        self._secret = dict(c.split("=", 1) for c in cookies.split("; "))["__Host-gateway_operator"]

    async def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *,
        inside: bool,
        proven: bool = True,
    ) -> int:
        """Send a request with all that it needs but `headers`, and the token if `proven`."""
        if inside:
            base, secret = dict(self.session.headers), self.session.cookie.partition("=")[2]
        else:
            proof = f"Bearer {self.gw.token()}"
            base = {"Host": CONSOLE, "Cookie": self._cookies, "Authorization": proof}
            secret = self._secret
        token = form_token(secret) if proven else ""
        base["Host"] = f"{base['Host']}:{self.gw.port}"
        base["X-Gateway-Token"] = token
        target = "/_gateway/" + re.sub(r"\{\w+\}", self.session.id, path)
        data = None if method == "GET" else {"token": token, "code": "0" * 32}
        answer = await self.gw.request(method, target, base | headers, data=data)
        return answer.status

    async def is_as_it_was(self) -> bool:
        listed = await (await self.gw.api("GET", "sessions")).json()
        return [each["id"] for each in listed["sessions"]] == [self.session.id]


@pytest.fixture
async def place(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        proof = {"Host": CONSOLE, "Authorization": f"Bearer {gw.token()}"}
        home = await gw.get("/_gateway/", proof)
        cookies = [field.partition(";")[0] for field in home.headers.getall("Set-Cookie")]
        yield Place(gw, session, "; ".join(cookies))


@pytest.mark.threat(44)
async def test_threat_44_nothing_changes_by_get_from_elsewhere_or_without_the_token(
    place: Place,
) -> None:
    for method, path in OF_THE_CONSOLE:
        await hold(place, method, path, inside=False)
    for method, path in OF_SESSIONS:
        await hold(place, method, path, inside=True)
    assert await place.is_as_it_was()


async def hold(place: Place, method: str, path: str, *, inside: bool) -> None:
    """See one route refuse all that is not a browser's window on our own page."""
    origin = f"http://{place.session.host if inside else CONSOLE}:{place.gw.port}"
    foreign = (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://crm.localhost:{place.gw.port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": origin, "Sec-Fetch-Site": "cross-site"},
    )
    for headers in foreign:
        assert await place.send(method, path, headers, inside=inside) == 403, (path, headers)
    if not path.startswith("api/"):  # for our own scripts too
        for more in ({"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Dest": "iframe"}):
            scripted = {"Origin": origin, "Sec-Fetch-Site": "same-origin"} | more
            assert await place.send(method, path, scripted, inside=inside) == 403, (path, more)
    # Entering needs no token: its one-time code is one.
    without = await place.send(method, path, {"Origin": origin}, inside=inside, proven=False)
    assert without == (410 if path == "enter" else 403), path
    await place.send("GET", path, {"Origin": origin}, inside=inside)


async def test_the_same_requests_work_from_our_own_pages(place: Place) -> None:
    origin = f"http://{CONSOLE}:{place.gw.port}"
    own = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    path = "sessions/{id}/end"
    assert await place.send("POST", path, own, inside=False) == 303
    assert not await place.is_as_it_was()


@pytest.mark.threat(45)
async def test_threat_45_a_refusals_way_back_is_of_its_own_origin(place: Place) -> None:
    session, gw = place.session, place.gw
    origin = f"http://{session.host}:{gw.port}"
    asks = session.headers | {"Host": f"{session.host}:{gw.port}", "Accept": "text/html"}
    for referer, back in (
        (f"{origin}/deals?page=2", f"{origin}/deals?page=2"),
        ("https://evil.example/", "/"),
        (f"{origin}.evil.example/", "/"),
        (f"{origin}@evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/%09/evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ):
        answer = await gw.request("POST", "/deals", asks | {"Referer": referer})
        assert answer.status == 403
        ways = re.findall(r'class="button primary" href="([^"]*)"', await answer.text())
        assert ways == [back], referer
