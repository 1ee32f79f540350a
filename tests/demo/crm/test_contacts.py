"""Contacts, their notes, surveys and meetings."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from aiohttp.test_utils import TestServer

from tests.demo.crm.support import Visitor


async def test_the_list_goes_on_over_pages(jonas: Visitor) -> None:
    first, second = await jonas.page("/contacts"), await jonas.page("/contacts?page=2")
    assert "Karin Holm" in first
    assert "Tomáš Dvořák" not in first
    assert "Tomáš Dvořák" in second
    assert "11 contacts" in first


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "²"])
async def test_a_page_that_is_not_there_is_the_nearest(jonas: Visitor, number: str) -> None:
    assert "11 contacts" in await jonas.page(f"/contacts?page={number}")


async def test_contacts_are_found_by_what_is_public_of_them(jonas: Visitor) -> None:
    page = await jonas.page("/contacts?q=fjordLINE")
    assert "2 contacts" in page
    assert "Karin Holm" in page


@pytest.mark.parametrize("word", ["Divorced", "before nine", "margin"])
async def test_nothing_private_is_found_out_by_searching(jonas: Visitor, word: str) -> None:
    assert "Nobody found." in await jonas.page(f"/contacts?q={word}")
    assert (await jonas.json(f"/api/contacts?q={word}"))["contacts"] == []


async def test_ones_own_contacts(jonas: Visitor) -> None:
    page = await jonas.page("/contacts?owner=me")
    assert "7 contacts" in page
    assert "Sofie Maes" not in page


async def test_a_card_holds_notes_surveys_and_meetings_each_under_its_class(
    jonas: Visitor,
) -> None:
    page = await jonas.page("/contacts/1")
    assert '<p class="private-notes">Thinks of leaving' in page
    assert '<blockquote class="survey-comments">Quick answers' in page
    assert '<p class="meeting-notes">They will sign' in page


@pytest.mark.parametrize("path", ["/contacts/1", "/contacts/1/edit", "/api/contacts/1"])
async def test_another_accounts_contact_is_not_there(mei: Visitor, path: str) -> None:
    assert (await mei.get(path)).status == 404


async def test_a_contact_is_changed_by_its_form(jonas: Visitor) -> None:
    page = await jonas.do("/contacts/1/edit", "", title="COO", private_notes="One.\r\nTwo.")
    assert "Contact saved." in page
    kept = await jonas.json("/api/contacts/1")
    assert (kept["title"], kept["private_notes"]) == ("COO", "One.\nTwo.")
    assert kept["email"] == "karin.holm@fjordline.example"


async def test_a_field_that_a_form_did_not_hold_stays_as_it_was(jonas: Visitor) -> None:
    before = await jonas.json("/api/contacts/1")
    page = await jonas.page("/contacts/1/edit")
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    answer = await jonas.post("/contacts/1/edit", csrf=token, city="Bergen")
    assert answer.status == 303
    assert await jonas.json("/api/contacts/1") == before | {"city": "Bergen"}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", " ", "Please fill this in."),
        ("email", "karin", "This is not an e-mail address."),
        ("private_notes", "x" * 4001, "This is too long."),
    ],
)
async def test_a_faulty_form_comes_back_with_what_was_typed(
    jonas: Visitor, field: str, value: str, fault: str
) -> None:
    answer = await jonas.submit("/contacts/1/edit", "", title="Typed", **{field: value})
    page = await answer.text()
    assert answer.status == 422
    assert fault in page
    assert 'value="Typed"' in page
    assert (await jonas.json("/api/contacts/1"))["title"] == "Head of Freight"


async def test_a_new_contact_is_the_users_own(jonas: Visitor) -> None:
    typed = {"name": "Ada Lovelace", "company": "Engines Ltd", "email": "ada@engines.example"}
    page = await jonas.do("/contacts/new", "", **typed)
    assert "Ada Lovelace is a contact now." in page
    (found,) = (await jonas.json("/api/contacts?q=engines"))["contacts"]
    assert (found["owner"], found["survey_comments"]) == ("jonas.weber", None)


async def test_a_new_contact_needs_more_than_a_token(jonas: Visitor) -> None:
    assert (await jonas.submit("/contacts/new", "")).status == 422


async def test_minutes_are_kept(jonas: Visitor) -> None:
    typed = {"subject": "Coffee", "held": "2026-01-31", "meeting_notes": "Signed on a napkin."}
    page = await jonas.do("/contacts/1", "/contacts/1/meetings", **typed)
    assert "Meeting kept." in page
    kept = (await jonas.json("/api/contacts/1"))["meetings"]
    assert ("Coffee", "2026-01-31", "Jonas Weber", "Signed on a napkin.") in [
        (each["subject"], each["held"], each["kept_by"], each["meeting_notes"]) for each in kept
    ]


@pytest.mark.parametrize(
    "typed", [{"subject": "", "held": "2026-01-31"}, {"subject": "Coffee", "held": "someday"}]
)
async def test_a_meeting_needs_a_subject_and_a_day(jonas: Visitor, typed: dict[str, str]) -> None:
    page = await jonas.do("/contacts/1", "/contacts/1/meetings", **typed)
    assert "A meeting needs a subject and a day." in page
    assert len((await jonas.json("/api/contacts/1"))["meetings"]) == 2


async def test_surveys_come_compressed_whether_asked_for_or_not(
    crm: TestServer, jonas: Visitor
) -> None:
    reader, writer = await asyncio.open_connection(crm.host, crm.port)
    writer.write(
        b"GET /surveys HTTP/1.1\r\nHost: crm\r\nX-Remote-User: jonas.weber\r\n"
        b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b"Content-Encoding: gzip" in head
    assert b'<span class="survey-comments">Quick answers' in gzip.decompress(body)
