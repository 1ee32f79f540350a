"""Exports of records: asked for, followed, downloaded and cancelled."""

from __future__ import annotations

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.api.history import Said
from gateway.console.api.shapes import Answer, Body
from gateway.console.desk import SignedIn
from gateway.console.export_values import ExportFormat, ExportOrder, ExportSays
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices

_LONGEST = 200


class ExportBody(Body, frozen=True, kw_only=True):
    """Which records; what is empty takes all. A user's id needs their site.

    `since` and `until` are RFC 3339, dates, or how long ago (`7d`).
    """

    format: ExportFormat
    since: Said = ""
    until: Said = ""
    site: Said = ""
    account: Said = ""
    session: Said = ""
    actor: Said = ""
    subject: Said = ""


class Exports(Answer, frozen=True, kw_only=True):
    """One's own exports, the newest first."""

    exports: tuple[ExportSays, ...]


async def request(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Begin to write an export, on record."""
    body = await json_of(visit.request, ExportBody)
    order = ExportOrder(
        format=body.format,
        since=one_line(body.since, _LONGEST),
        until=one_line(body.until, _LONGEST),
        site=one_line(body.site, _LONGEST),
        account=one_line(body.account, _LONGEST),
        session=one_line(body.session, _LONGEST),
        actor=one_line(body.actor, _LONGEST),
        subject=one_line(body.subject, _LONGEST),
    )
    found = await services.exports.request(signed_in.operator, order, visit.arrival.client)
    response = json_response(found, status=201)
    response.headers["Location"] = f"{services.prefix}api/exports/{found.id}"
    return response


async def listed(services: ConsoleServices, _visit: Visit, signed_in: SignedIn) -> web.Response:
    """List your exports."""
    found = await services.exports.listed(signed_in.operator)
    return json_response(Exports(exports=tuple(found)))


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say how far an export is."""
    return json_response(await services.exports.show(signed_in.operator, visit.named["export"]))


async def file(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Send the file of an export, on record."""
    found = await services.exports.download(
        signed_in.operator, visit.named["export"], visit.arrival.client
    )
    return web.Response(
        body=found.pieces,
        headers={
            "Content-Type": found.media_type,
            "Content-Length": str(found.size),
            "Content-Disposition": f'attachment; filename="{found.name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def cancel(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Write no more of an export, and remove its file."""
    await services.exports.cancel(signed_in.operator, visit.named["export"])
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "POST",
        "exports",
        request,
        "Ask for an export",
        "exports",
        body=ExportBody,
        answer=ExportSays,
        status=201,
        location=True,
        problems={
            403: ("export_not_allowed",),
            409: ("export_busy", "exports_full"),
            422: ("site_missing", "bad_time"),
        },
    ),
    Endpoint("GET", "exports", listed, "List your exports", "exports", answer=Exports),
    Endpoint(
        "GET",
        "exports/{export}",
        show,
        "See how far an export is",
        "exports",
        answer=ExportSays,
        problems={404: ("export_unknown",)},
    ),
    Endpoint(
        "GET",
        "exports/{export}/file",
        file,
        "Download an export",
        "exports",
        problems={
            403: ("export_not_allowed",),
            404: ("export_unknown",),
            409: ("export_not_ready", "export_elsewhere"),
        },
    ),
    Endpoint(
        "DELETE",
        "exports/{export}",
        cancel,
        "Cancel an export, or remove it",
        "exports",
        status=204,
        problems={404: ("export_unknown",)},
    ),
)
