"""Long answers: the order book as a page that streams, and contacts as a spreadsheet."""

from __future__ import annotations

import csv
import io
from itertools import groupby

from aiohttp import web

from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import deals as sold
from gateway.demo.crm.web import DB, TEMPLATES, user_of, values_of

routes = web.RouteTableDef()


@routes.get("/report")
async def report(request: web.Request) -> web.StreamResponse:
    """Send every order of the last years, month by month, each month as soon as it is written."""
    db, user = request.app[DB], user_of(request)
    fields = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-cache"}
    response = web.StreamResponse(headers=fields)
    values = values_of(request)
    await response.prepare(request)
    months = groupby(sold.orders(db, user), key=lambda order: order["ordered"][:7])
    minutes = known.meetings(db, user)
    template = request.app[TEMPLATES].get_template("report.html")
    pieces = template.stream(values, months=months, meetings=minutes)
    pieces.enable_buffering(200)
    for piece in pieces:
        await response.write(piece.encode())
    await response.write_eof()
    return response


@routes.get("/export/contacts.csv")
async def export(request: web.Request) -> web.Response:
    """Give all contacts: `private_notes` and `survey_comments` are columns."""
    rows = known.contacts(request.app[DB], user_of(request))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["id"])
    writer.writeheader()
    writer.writerows(rows)
    headers = {"Content-Disposition": 'attachment; filename="contacts.csv"'}
    return web.Response(text=text.getvalue(), content_type="text/csv", headers=headers)
