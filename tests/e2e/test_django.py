"""An app that nobody here wrote, Django's admin, by HTTP: each way to hold a session."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from tests.e2e.django_app.process import DjangoApp, running_django
from tests.e2e.harness import Entered, Running, running, site


@pytest.fixture(scope="module")
def django(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoApp]:
    with running_django(tmp_path_factory.mktemp("django")) as app:
        yield app


@pytest.fixture(params=["host", "cookie"])
async def gw(
    request: pytest.FixtureRequest, django: DjangoApp, tmp_path: Path, store_url: str
) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(django.port, isolation=request.param)) as gateway:
        yield gateway


def form_token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"', page)
    assert found is not None
    return found[1]


async def send_form(gw: Running, session: Entered, path: str, token: str) -> ClientResponse:
    """Send the form as a browser would from the session's own page."""
    origin = f"http://{session.host}:{gw.port}"
    headers = {
        "Host": f"{session.host}:{gw.port}",
        "Cookie": session.cookie,
        "Origin": origin,
        "Referer": f"{origin}{path}",
        "Accept": "text/html",
        "Sec-Fetch-Mode": "navigate",
    }
    fields = {"csrfmiddlewaretoken": token, "name": f"after {gw.port}"}
    return await gw.request("POST", path, headers, data=fields)


async def test_the_admin_is_the_subjects_and_carries_the_bar(gw: Running) -> None:
    session = await gw.enter()
    page = await gw.get("/admin/", session.headers)
    text = await page.text()
    assert page.status == 200
    assert "<strong>Jonas</strong>" in text
    assert "/_gateway/bar.js" in text
    assert "/admin/auth/group/" in text
    assert "/admin/auth/user/" not in text
    assert {"sessionid", "csrftoken"}.isdisjoint(page.cookies)


async def test_read_only_stops_a_form_and_the_database_stays(
    gw: Running, django: DjangoApp
) -> None:
    group = django.add_group(f"before {gw.port}")
    session = await gw.enter()
    path = f"/admin/auth/group/{group}/change/"
    page = await gw.get(path, session.headers)
    answer = await send_form(gw, session, path, form_token(await page.text()))
    assert answer.status == 403
    assert "Jonas Weber" in await answer.text()
    assert django.group(group) == f"before {gw.port}"
    refused = [each for each in await gw.records() if each["kind"] == "request.refused"]
    assert [(each["method"], each["target"]) for each in refused] == [("POST", path)]


async def test_read_write_sends_a_form_and_the_app_changes_its_database(
    gw: Running, django: DjangoApp
) -> None:
    group = django.add_group(f"before {gw.port}")
    session = await gw.enter(mode="read_write")
    path = f"/admin/auth/group/{group}/change/"
    page = await gw.get(path, session.headers)
    answer = await send_form(gw, session, path, form_token(await page.text()))
    assert answer.status == 302, await answer.text()
    assert answer.headers["Location"] == "/admin/auth/group/"
    assert django.group(group) == f"after {gw.port}"
    assert django.changed_by(group) == ["jonas"]
    said = await gw.get("/admin/auth/group/", session.headers)
    assert "was changed successfully" in await said.text()


async def test_the_apps_own_csrf_check_still_holds_in_a_session(
    gw: Running, django: DjangoApp
) -> None:
    group = django.add_group(f"before {gw.port}")
    session = await gw.enter(mode="read_write")
    path = f"/admin/auth/group/{group}/change/"
    await gw.get(path, session.headers)
    answer = await send_form(gw, session, path, "x" * 64)
    assert answer.status == 403
    assert "CSRF" in await answer.text()
    assert django.group(group) == f"before {gw.port}"


async def test_a_user_header_that_a_client_sends_signs_nobody_in(gw: Running) -> None:
    for name in ("X-Remote-User", "X_Remote_User", "x-remote_user"):
        answer = await gw.get("/admin/", {"Host": "crm.localhost", name: "jonas"})
        assert answer.headers.get("Location", "").startswith("/admin/login/"), name
