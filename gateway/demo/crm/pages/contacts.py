"""Contacts: the list, the card, its forms, and the answers to surveys."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from gateway.demo.crm.database import Row
from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.streams import announce
from gateway.demo.crm.text import day_in
from gateway.demo.crm.web import DB, back, checked_form, number_in, page, today, user_of

PAGE_SIZE: Final = 8

routes = web.RouteTableDef()


@routes.get("/contacts")
async def contacts(request: web.Request) -> web.Response:
    """List contacts, some at a time: `?q=` finds, `?owner=me` and `?page=` narrow down."""
    text, owner = request.query.get("q", ""), request.query.get("owner", "")
    found = known.contacts(request.app[DB], user_of(request), text=text, mine=owner == "me")
    pages = max(1, -(-len(found) // PAGE_SIZE))
    asked = request.query.get("page", "1")
    at = min(max(1, int(asked)), pages) if re.fullmatch(r"[0-9]{1,9}", asked) else 1
    shown = found[(at - 1) * PAGE_SIZE : at * PAGE_SIZE]
    return page(
        request,
        "contacts.html",
        contacts=shown,
        count=len(found),
        pages=pages,
        at=at,
        q=text,
        owner=owner,
    )


@routes.get(r"/contacts/{number:\d{1,9}}")
async def contact(request: web.Request) -> web.Response:
    """Show all that is known of a contact."""
    db, user, found = request.app[DB], user_of(request), _contact(request)
    number = found["id"]
    return page(
        request,
        "contact.html",
        contact=found,
        surveys=known.surveys(db, user, number),
        meetings=known.meetings(db, user, number),
        deals=sold.deals(db, user, contact=number),
    )


@routes.get("/contacts/new")
async def new_contact(request: web.Request) -> web.Response:
    """Show an empty form."""
    return page(request, "contact_form.html", contact={}, faults={})


@routes.post("/contacts/new")
async def add_contact(request: web.Request) -> web.Response:
    """Add a contact."""
    fields = dict.fromkeys(known.REQUIRED, "") | await checked_form(request)
    if faults := known.faults_of(fields):
        return page(request, "contact_form.html", status=422, contact=fields, faults=faults)
    day = today().isoformat()
    number = known.add_contact(request.app[DB], user_of(request), fields, day)
    return back(request, f"/contacts/{number}", f"{fields['name']} is a contact now.")


@routes.get(r"/contacts/{number:\d{1,9}}/edit")
async def edit_contact(request: web.Request) -> web.Response:
    """Show a contact's form."""
    return page(request, "contact_form.html", contact=_contact(request), faults={})


@routes.post(r"/contacts/{number:\d{1,9}}/edit")
async def change_contact(request: web.Request) -> web.Response:
    """Keep what was changed."""
    fields = await checked_form(request)
    before = _contact(request)
    if faults := known.faults_of(fields):
        shown = before | fields
        return page(request, "contact_form.html", status=422, contact=shown, faults=faults)
    known.change_contact(request.app[DB], user_of(request), before["id"], fields)
    if fields.get("private_notes", before["private_notes"]) != before["private_notes"]:
        said = {"contact": before["id"], "private_notes": fields["private_notes"]}
        announce(request, "note", said)
    return back(request, f"/contacts/{before['id']}", "Contact saved.")


@routes.post(r"/contacts/{number:\d{1,9}}/meetings")
async def add_meeting(request: web.Request) -> web.Response:
    """Keep the minutes of a meeting."""
    fields, found = await checked_form(request), _contact(request)
    onward = f"/contacts/{found['id']}#meetings"
    held = day_in(fields.get("held", ""))
    if held is None or not fields.get("subject", "").strip():
        return back(request, onward, "A meeting needs a subject and a day.")
    minutes = {"meeting_notes": "", **fields, "held": held}
    known.add_meeting(request.app[DB], user_of(request), found["id"], minutes)
    said = {"contact": found["id"], "meeting_notes": minutes["meeting_notes"]}
    announce(request, "meeting", said)
    return back(request, onward, "Meeting kept.")


@routes.get("/surveys")
async def surveys(request: web.Request) -> web.Response:
    """List answers to surveys. The page is compressed for everybody, asked or not."""
    found = known.surveys(request.app[DB], user_of(request))
    response = page(request, "surveys.html", surveys=found)
    response.enable_compression(web.ContentCoding.gzip)
    return response


def _contact(request: web.Request) -> Row:
    found = known.contact(request.app[DB], user_of(request), number_in(request))
    if found is None:
        raise web.HTTPNotFound(text="There is no such contact in your account.")
    return found
