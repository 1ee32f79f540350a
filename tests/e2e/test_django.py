"""An app that nobody here wrote, Django's admin, by HTTP: each way to hold a session."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientResponse

from gateway.sessions.repository import SessionRepository
from tests.e2e.django_app.process import DjangoApp
from tests.e2e.harness import Entered, Running


def form_token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"', page)
    assert found is not None
    return found[1]


async def send_form(
    django_gw: Running, session: Entered, path: str, token: str, name: str
) -> ClientResponse:
    """Send the form as a browser would from the session's own page."""
    origin = f"http://{session.host}:{django_gw.port}"
    headers = {
        "Host": f"{session.host}:{django_gw.port}",
        "Cookie": session.cookie,
        "Origin": origin,
        "Referer": f"{origin}{path}",
        "Accept": "text/html",
        "Sec-Fetch-Mode": "navigate",
    }
    fields = {"csrfmiddlewaretoken": token, "name": name}
    return await django_gw.request("POST", path, headers, data=fields)


async def test_the_admin_is_the_subjects_and_carries_the_bar(django_gw: Running) -> None:
    session = await django_gw.enter()
    page = await django_gw.get("/admin/", session.headers)
    text = await page.text()
    assert page.status == 200
    assert "<strong>Jonas</strong>" in text
    assert "/_gateway/bar.js" in text
    assert "/admin/auth/group/" in text
    assert "/admin/auth/user/" not in text
    assert {"sessionid", "csrftoken"}.isdisjoint(page.cookies)


async def test_read_only_stops_a_form_and_the_database_stays(
    django_gw: Running, django: DjangoApp
) -> None:
    group, name = django.add_group()
    session = await django_gw.enter()
    path = f"/admin/auth/group/{group}/change/"
    page = await django_gw.get(path, session.headers)
    answer = await send_form(django_gw, session, path, form_token(await page.text()), "x")
    assert answer.status == 403
    text = await answer.text()
    assert "Jonas Weber" in text
    assert f'href="http://{session.host}:{django_gw.port}{path}">Go back' in text
    assert django.group(group) == name
    refused = [each for each in await django_gw.records() if each["kind"] == "request.refused"]
    assert [(each["method"], each["target"]) for each in refused] == [("POST", path)]


async def test_read_write_sends_a_form_and_the_app_changes_its_database(
    django_gw: Running, django: DjangoApp
) -> None:
    group, name = django.add_group()
    session = await django_gw.enter(mode="read_write")
    path = f"/admin/auth/group/{group}/change/"
    page = await django_gw.get(path, session.headers)
    answer = await send_form(django_gw, session, path, form_token(await page.text()), f"{name}!")
    assert answer.status == 302, await answer.text()
    assert answer.headers["Location"] == "/admin/auth/group/"
    assert django.group(group) == f"{name}!"
    assert django.changed_by(group) == ["jonas"]
    said = await django_gw.get("/admin/auth/group/", session.headers)
    assert "was changed successfully" in await said.text()


async def test_the_apps_own_csrf_check_still_holds_in_a_session(
    django_gw: Running, django: DjangoApp
) -> None:
    group, name = django.add_group()
    session = await django_gw.enter(mode="read_write")
    path = f"/admin/auth/group/{group}/change/"
    await django_gw.get(path, session.headers)
    answer = await send_form(django_gw, session, path, "x" * 64, "x")
    assert answer.status == 403
    assert "CSRF" in await answer.text()
    assert django.group(group) == name


async def test_a_user_header_that_a_client_sends_signs_nobody_in(django_gw: Running) -> None:
    dropped = await django_gw.get("/admin/", {"Host": "crm.localhost", "X-Remote-User": "jonas"})
    assert dropped.headers["Location"].startswith("/admin/login/")
    for name in ("X_Remote_User", "x-remote_user"):
        refused = await django_gw.get("/admin/", {"Host": "crm.localhost", name: "jonas"})
        assert refused.status == 400


@pytest.mark.threat(40)
async def test_row_40_the_subjects_login_dies_with_the_session(
    django_gw: Running,
) -> None:
    """Django signs the subject in with a cookie of its own, which would hold without us."""
    session = await django_gw.enter()
    page = await django_gw.get("/admin/", session.headers)
    _, jar = await SessionRepository(django_gw.store).jar(session.id)
    cookies = jar.values()
    login, token = (
        next(each.value for each in cookies if each.name == name)
        for name in ("sessionid", "csrftoken")
    )
    assert login.encode() in await django_gw.stored()
    told = repr(page.headers).encode() + await page.read()
    assert login.encode() not in told
    assert token.encode() in told  # which Django's own scripts read
    await django_gw.api("DELETE", f"sessions/{session.id}")
    held = await django_gw.stored()
    assert login.encode() not in held
    assert token.encode() not in held
    # What is left in the browser is worth nothing: neither here nor on the operator's own host.
    left = "; ".join(field.partition(";")[0] for field in page.headers.getall("Set-Cookie"))
    for cookie in (f"{session.cookie}; {left}", left):
        after = await django_gw.get("/admin/", {"Host": "crm.localhost", "Cookie": cookie})
        assert "Jonas" not in await after.text()
