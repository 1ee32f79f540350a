"""Who the CRM takes somebody for, and how its pages answer."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestServer

from gateway.demo.crm.web import DB
from tests.demo.crm.conftest import Visit
from tests.demo.crm.support import Forms, Visitor

PAGES = (
    *("/", "/contacts", "/contacts/new", "/contacts/1", "/contacts/1/edit", "/deals", "/deals/1"),
    *("/tasks", "/surveys", "/report", "/team", "/settings", "/settings/password"),
    "/team/jonas.weber",
    *("/settings/api-key", "/contacts/999", "/nowhere"),
)


def test_every_page_is_listed_here(crm: TestServer) -> None:
    served = {
        route.resource.canonical.replace("{number}", "1").replace("{user}", "jonas.weber")
        for route in crm.app.router.routes()
        if route.method == "GET" and route.resource is not None
    }
    not_pages = ("/static", "/api/", "/events", "/ws", "/export/", "/sign-in")
    assert {path for path in served if not path.startswith(not_pages)} <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_says_who_is_signed_in(jonas: Visitor, path: str) -> None:
    page = await (await jonas.get(path)).text()
    assert 'Signed in as <a id="who" href="/settings">Jonas Weber</a>' in page
    assert "Nordlicht GmbH" in page


async def test_nobody_is_sent_to_the_sign_in(visit: Visit) -> None:
    answer = await visit(None).get("/contacts")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")


@pytest.mark.parametrize("path", ["/api/contacts", "/events", "/events/notes", "/ws"])
async def test_a_program_without_a_user_is_told_in_json(visit: Visit, path: str) -> None:
    answer = await visit(None).get(path)
    assert (answer.status, await answer.json()) == (401, {"error": "Not signed in."})


async def test_the_cookie_of_a_user_that_a_proxy_named_goes_on_without_the_proxy(
    jonas: Visitor,
) -> None:
    await jonas.page("/")
    jonas.headers = {}
    assert ">Jonas Weber</a>" in await jonas.page("/")


async def test_the_proxy_beats_the_cookie(jonas: Visitor) -> None:
    await jonas.page("/")
    jonas.headers = {"X-Remote-User": "mei.tanaka"}
    assert ">Mei Tanaka</a>" in await jonas.page("/")
    jonas.headers = {}
    assert ">Mei Tanaka</a>" in await jonas.page("/")


async def test_a_user_whom_nobody_knows_is_nobody_even_with_a_cookie(jonas: Visitor) -> None:
    await jonas.page("/")
    jonas.headers = {"X-Remote-User": "jonas"}
    answer = await jonas.get("/")
    assert answer.status == 403
    assert "Jonas Weber" not in await answer.text()


async def test_a_login_is_made_once_and_not_per_request(jonas: Visitor) -> None:
    assert "crm_session" in (await jonas.get("/")).cookies
    assert "crm_session" not in (await jonas.get("/")).cookies


async def test_an_expired_login_is_none(crm: TestServer, jonas: Visitor) -> None:
    await jonas.page("/")
    jonas.headers = {}
    crm.app[DB].change("UPDATE logins SET expires = '2020-01-01'")
    assert (await jonas.get("/")).status == 303


@pytest.mark.parametrize("token", ["", "guess", "ü"])
async def test_a_form_without_its_token_changes_nothing(jonas: Visitor, token: str) -> None:
    answer = await jonas.post("/deals/1/stage", stage="Won", csrf=token)
    assert answer.status == 403
    assert (await jonas.json("/api/deals/1"))["stage"] == "Proposal"


async def test_a_token_of_another_login_is_no_good(jonas: Visitor, visit: Visit) -> None:
    theirs = Forms(await visit("jonas.weber").page("/settings")).found[-1].fields["csrf"]
    assert (await jonas.post("/deals/1/stage", stage="Won", csrf=theirs)).status == 403


async def test_what_was_done_is_said_once(jonas: Visitor) -> None:
    said = '<p class="flash" role="status">Profile saved.</p>'
    assert said in await jonas.do("/settings", "/settings", phone="1")
    assert said not in await jonas.page("/settings")


async def test_what_is_not_there_is_a_page_or_json(jonas: Visitor) -> None:
    page = await jonas.get("/nowhere")
    assert (page.status, page.content_type) == (404, "text/html")
    program = await jonas.get("/api/contacts/999")
    assert (program.status, program.content_type) == (404, "application/json")


@pytest.mark.parametrize("path", ["/contacts/1", "/api/contacts"])
async def test_answers_are_compressed_for_who_accepts_that(jonas: Visitor, path: str) -> None:
    asked = await jonas.get(path, **{"Accept-Encoding": "gzip"})
    assert asked.headers["Content-Encoding"] == "gzip"
    plain = await jonas.get(path, **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


async def test_what_people_write_is_text_and_never_markup(jonas: Visitor) -> None:
    page = await jonas.do("/contacts/1/edit", "", private_notes="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
