"""The CRM's pages."""

from __future__ import annotations

import asyncio
import csv
import hmac
import io

from aiohttp import web

from gateway.demo.crm import seed
from gateway.demo.crm.streams import announce
from gateway.demo.crm.web import COOKIE, DATA, back, checked_form, page, user_of

routes = web.RouteTableDef()


@routes.get("/")
async def dashboard(request: web.Request) -> web.Response:
    """Show what is open."""
    deals = request.app[DATA].deals(user_of(request))
    open_deals = [deal for deal in deals if deal["stage"] not in ("Won", "Lost")]
    return page(
        request,
        "dashboard.html",
        deals=open_deals,
        pipeline=sum(deal["amount"] for deal in open_deals),
        won=sum(deal["amount"] for deal in deals if deal["stage"] == "Won"),
        contacts=request.app[DATA].contacts(user_of(request))[:5],
    )


@routes.get("/contacts")
async def contacts(request: web.Request) -> web.Response:
    """List contacts."""
    return page(request, "contacts.html", contacts=request.app[DATA].contacts(user_of(request)))


@routes.get(r"/contacts/{id:\d+}")
async def contact(request: web.Request) -> web.Response:
    """Show one contact with notes, survey and meetings."""
    data = request.app[DATA]
    found = data.contact(user_of(request), int(request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound(text="No such contact.")
    return page(request, "contact.html", contact=found, meetings=data.meetings(found["id"]))


@routes.post(r"/contacts/{id:\d+}/notes")
async def change_notes(request: web.Request) -> web.Response:
    """Keep a contact's private notes."""
    fields = await checked_form(request)
    contact_id = int(request.match_info["id"])
    request.app[DATA].change(
        "UPDATE contacts SET private_notes = ? WHERE id = ? AND account = ?",
        fields.get("private_notes", "")[:2000],
        contact_id,
        user_of(request)["account"],
    )
    return back(f"/contacts/{contact_id}", "Notes saved.")


@routes.get("/deals")
async def deals(request: web.Request) -> web.Response:
    """Show the deal board."""
    rows = request.app[DATA].deals(user_of(request))
    columns = [(stage, [deal for deal in rows if deal["stage"] == stage]) for stage in seed.STAGES]
    return page(request, "deals.html", columns=columns, stages=seed.STAGES)


@routes.post(r"/deals/{id:\d+}/stage")
async def move_deal(request: web.Request) -> web.Response:
    """Move a deal to another stage."""
    fields = await checked_form(request)
    deal_id = int(request.match_info["id"])
    user = user_of(request)
    if not request.app[DATA].set_stage(user, deal_id, fields.get("stage", "")):
        raise web.HTTPNotFound(text="No such deal or stage.")
    announce(request.app, user["account"], {"deal": deal_id, "stage": fields["stage"]})
    return back("/deals", "Deal moved.")


@routes.get("/settings")
async def settings(request: web.Request) -> web.Response:
    """Show the user's own profile."""
    return page(request, "settings.html")


@routes.post("/settings")
async def change_settings(request: web.Request) -> web.Response:
    """Keep the user's phone number."""
    fields = await checked_form(request)
    request.app[DATA].change(
        "UPDATE users SET phone = ? WHERE id = ?",
        fields.get("phone", "")[:40],
        user_of(request)["id"],
    )
    return back("/settings", "Profile saved.")


@routes.get("/report")
async def report(request: web.Request) -> web.StreamResponse:
    """Send a long page bit by bit, as old reports do."""
    response = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
    await response.prepare(request)
    start = page(request, "report.html").text or ""
    await response.write(start.encode())
    rows = request.app[DATA].deals(user_of(request))
    for month in range(1, 13):
        for deal in rows:
            cells = (f"{month:02d}/2026", deal["title"], deal["amount"])
            line = "".join(f"<td>{cell}</td>" for cell in cells)
            await response.write(f"<tr>{line}</tr>\n".encode())
        await asyncio.sleep(0)
    await response.write(b"</tbody></table></main></body></html>")
    await response.write_eof()
    return response


@routes.get("/export/contacts.csv")
async def export(request: web.Request) -> web.Response:
    """Give all contacts, notes included, as a spreadsheet would want them."""
    rows = request.app[DATA].contacts(user_of(request))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["id"])
    writer.writeheader()
    writer.writerows(rows)
    headers = {"Content-Disposition": 'attachment; filename="contacts.csv"'}
    return web.Response(text=text.getvalue(), content_type="text/csv", headers=headers)


@routes.get("/sign-in")
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the CRM's own sign-in."""
    return page(request, "sign_in.html")


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    """Sign a user in."""
    fields = await request.post()
    user = request.app[DATA].user(str(fields.get("user", "")))
    good = hmac.compare_digest(str(fields.get("password", "")).encode(), seed.PASSWORD.encode())
    if user is None or not good or user["status"] != "active":
        return page(request, "sign_in.html", status=401, wrong=True)
    token, _ = request.app[DATA].sign_in(user["id"])
    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax")
    return response


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    """End the CRM's own login."""
    request.app[DATA].change("DELETE FROM logins WHERE token = ?", request.cookies.get(COOKIE, ""))
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    response.del_cookie(COOKIE)
    return response
