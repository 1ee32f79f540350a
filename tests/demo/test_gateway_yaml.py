"""The demo's rules before the demo's CRM: nothing that is hidden comes through, in any answer."""

from __future__ import annotations

import gzip
import json
import re
import string
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer

from gateway.demo.crm.app import create_crm
from gateway.demo.crm.web import DB
from tests.demo.crm.support import Forms
from tests.e2e.harness import Entered, Running, running

PACKAGE = resources.files("gateway.demo")
REFUSED = {
    "/settings/password": 403,
    "/settings/api-key": 403,
    "/export/contacts.csv": 502,
}


def the_site(crm: str) -> dict[str, Any]:
    """The site of the demo's config, as the demo fills it in, with the CRM at this address."""
    template = string.Template((PACKAGE / "gateway.yaml").read_text("utf-8"))
    names = dict.fromkeys(template.get_identifiers(), "x") | {"crm": crm}
    (site,) = yaml.safe_load(template.substitute(names))["sites"]
    assert isinstance(site, dict)
    return site


def secrets() -> set[str]:
    """Everything in the seed that people wrote for few eyes."""
    accounts = yaml.safe_load((PACKAGE / "crm" / "seed.yaml").read_text("utf-8"))
    found = set()
    for contact in (contact for account in accounts for contact in account["contacts"]):
        found.add(contact["private_notes"])
        found |= {survey["comments"] for survey in contact.get("surveys", ())}
        found |= {meeting["notes"] for meeting in contact.get("meetings", ())}
    return {text for text in found if text}


def words(body: bytes) -> str:
    return body.decode().replace("&#39;", "'").replace("&#34;", '"').replace("\\n", "\n")


@asynccontextmanager
async def before_the_crm(folder: Path, store_url: str) -> AsyncIterator[tuple[Running, TestServer]]:
    server = TestServer(create_crm(folder / "crm"))
    async with server:
        site = the_site(str(server.make_url("")).rstrip("/"))
        people = folder / "people-of-relata.yaml"
        people.write_text((PACKAGE / "people.yaml").read_text("utf-8"))
        site["directory"] = str(people)
        async with running(folder, store_url, site) as gateway:
            yield gateway, server


def paths_of(crm: web.Application, who: str, first_contact: int, first_deal: int) -> list[str]:
    """Every address that answers GET, but the streams that never end, and the socket."""
    found = set()
    for route in crm.router.routes():
        if route.method == "GET" and route.resource is not None:
            path = route.resource.canonical
            number = first_deal if "/deals/" in path else first_contact
            found.add(path.replace("{number}", str(number)).replace("{user}", who))
    return sorted(found - {"/static", "/events", "/events/notes", "/ws", "/sign-in"})


async def body_of(answer: ClientResponse) -> bytes:
    body = await answer.read()
    coding = answer.headers.get("Content-Encoding", "identity")
    assert coding in ("identity", "gzip", "deflate")
    if coding == "identity":
        return body
    return gzip.decompress(body) if coding == "gzip" else zlib.decompress(body)


@pytest.mark.parametrize(
    ("who", "contact", "deal"),
    [("jonas.weber", 1, 1), ("mei.tanaka", 12, 13), ("priya.nair", 19, 20)],
)
async def test_no_answer_holds_a_secret(
    tmp_path: Path, store_url: str, who: str, contact: int, deal: int
) -> None:
    hidden = secrets()
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        session = await gateway.enter(subject=who)
        told = set()
        for path in paths_of(crm.app, who, contact, deal):
            answer = await gateway.get(path, session.headers)
            text = words(await body_of(answer))
            assert answer.status == REFUSED.get(path, 200), path
            assert [secret for secret in hidden if secret in text] == [], path
            if answer.content_type == "text/html":
                assert "/_gateway/bar.js" in text, path
            own = await gateway.client.get(
                crm.make_url(path), headers={"X-Remote-User": who, "Accept-Encoding": ""}
            )
            plain = words(await body_of(own))
            if any(secret in plain for secret in hidden):
                told.add(path)
        assert len(told) == 11, "the CRM itself tells them all"


async def test_where_something_is_hidden_a_sign_says_so(tmp_path: Path, store_url: str) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        session = await gateway.enter(subject="jonas.weber")
        for path in ("/contacts/1", "/surveys", "/deals/1"):
            page = words(await body_of(await gateway.get(path, session.headers)))
            assert "•••" in page, path
        contact = words(await body_of(await gateway.get("/contacts/1", session.headers)))
        for name in ("private-notes", "survey-comments", "meeting-notes"):
            shown = re.findall(rf'class="{name}"[^>]*>([^<]*)<', contact)
            assert set(shown) == {"•••"}, name


async def test_a_search_is_let_through_and_holds_no_secret(tmp_path: Path, store_url: str) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        session = await gateway.enter(subject="jonas.weber")
        json_body = session.headers | {"Content-Type": "application/json"}
        answer = await gateway.request("POST", "/api/search", json_body, data=b'{"q": "karin"}')
        text = words(await body_of(answer))
        assert "Karin Holm" in text
        assert [secret for secret in secrets() if secret in text] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/deals/1/stage"),
        ("PATCH", "/api/deals/1"),
        ("POST", "/contacts/1/edit"),
        ("POST", "/sign-out"),
    ],
)
async def test_looking_only_changes_nothing(
    tmp_path: Path, store_url: str, method: str, path: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        before = crm.app[DB].rows("SELECT * FROM deals")
        session = await gateway.enter(subject="jonas.weber")
        assert (await gateway.request(method, path, session.headers, data=b"x")).status == 403
        assert crm.app[DB].rows("SELECT * FROM deals") == before


@pytest.mark.parametrize("path", ["/settings/password", "/settings/api-key", "/sign-out"])
async def test_some_things_are_never_done_for_another(
    tmp_path: Path, store_url: str, path: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        session = await gateway.enter(subject="jonas.weber", mode="read_write", ticket="#1")
        assert (await gateway.request("POST", path, session.headers, data=b"x")).status == 403


ALIASED = """
query Notes($id: Int!) {
  contact(id: $id) { who: name hint: private_notes ...More }
}
fragment More on Contact {
  surveys { score said: survey_comments }
  meetings { ... on Meeting { subject id: meeting_notes } }
}
"""


async def ask(
    gateway: Running, session: Entered, query: str, **variables: Any
) -> tuple[int, dict[str, Any]]:
    headers = session.headers | {"Content-Type": "application/json"}
    body = json.dumps({"query": query, "variables": variables})
    answer = await gateway.request("POST", "/graphql", headers, data=body)
    said = json.loads(await body_of(answer))
    assert isinstance(said, dict)
    return answer.status, said


@pytest.mark.threat(29)
async def test_row_29_a_query_that_renames_what_is_hidden_gets_signs_in_its_place(
    tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        session = await gateway.enter(subject="jonas.weber")
        _, said = await ask(gateway, session, ALIASED, id=1)
        contact = said["data"]["contact"]
        assert contact["who"]
        assert contact["hint"] == "•••"
        assert contact["surveys"]
        assert {each["said"] for each in contact["surveys"]} == {"•••"}
        assert {each["id"] for each in contact["meetings"]} == {"•••"}
        assert all(each["score"] and each["said"] == "•••" for each in contact["surveys"])


@pytest.mark.threat(27)
async def test_row_27_a_mutation_runs_only_where_changes_may_be_made(
    tmp_path: Path, store_url: str
) -> None:
    change = 'mutation Win { moved: setStage(deal: 1, stage: "Won") { stage } }'
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        looking = await gateway.enter(subject="jonas.weber")
        before = crm.app[DB].rows("SELECT * FROM deals")
        status, said = await ask(gateway, looking, change)
        assert (status, said["errors"][0]["extensions"]["code"]) == (403, "graphql_changes")
        status, said = await ask(gateway, looking, "{ __schema { types { name } } }")
        assert (status, said["errors"][0]["extensions"]["code"]) == (403, "graphql_introspection")
        assert crm.app[DB].rows("SELECT * FROM deals") == before
        changing = await gateway.enter(subject="jonas.weber", mode="read_write", ticket="#1")
        assert await ask(gateway, changing, change) == (200, {"data": {"moved": {"stage": "Won"}}})


async def test_a_form_without_its_hidden_field_is_saved_and_the_secret_stays(
    tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        session = await gateway.enter(subject="jonas.weber", mode="read_write", ticket="#1")
        page = words(await body_of(await gateway.get("/contacts/1/edit", session.headers)))
        (form,) = [form for form in Forms(page).found if form.action == ""]
        assert "private_notes" not in form.fields
        data = form.fields | {"city": "Bergen"}
        saved = await gateway.request("POST", "/contacts/1/edit", session.headers, data=data)
        assert saved.status == 303
        kept = crm.app[DB].row("SELECT city, private_notes FROM contacts WHERE id = 1")
        assert kept is not None
        assert kept["city"] == "Bergen"
        assert kept["private_notes"] in secrets()


async def test_work_is_told_as_it_happens(tmp_path: Path, store_url: str) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        session = await gateway.enter(subject="jonas.weber")
        stream = await gateway.get("/events", session.headers, stream=True)
        assert b"event: tick" in await stream.content.readuntil(b"\n\n")
        moved = await gateway.client.patch(
            crm.make_url("/api/deals/1"),
            json={"stage": "Won"},
            headers={"X-Remote-User": "lena.brandt"},
        )
        assert moved.status == 200
        while b"tick" in (said := await stream.content.readuntil(b"\n\n")):
            pass
        assert b'"by": "Lena Brandt"' in said
        stream.close()


async def test_the_workflow_of_deals_has_all_that_its_pages_need_and_no_more(
    tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        session = await gateway.enter(subject="jonas.weber", mode="read_write", workflow="deals")
        for path in ("/deals", "/deals/1"):
            page = words(await body_of(await gateway.get(path, session.headers)))
            assert '"workflow":"Move deals"' in page
            loads = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
            assert loads
            for each in loads:
                part = session.headers | {"Sec-Fetch-Dest": "image"}
                assert (await gateway.get(each, part)).status == 200, each
        for path in ("/", "/contacts", "/api/contacts", "/settings", "/Deals", "/deals;x"):
            assert (await gateway.get(path, session.headers)).status in (400, 403), path
