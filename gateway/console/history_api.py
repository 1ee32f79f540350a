"""The part of the JSON API that looks back: sessions of the past, exports, and the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.history_values import (
    ExportFormat,
    ExportOrder,
    HistoryQuestion,
    Only,
    TimelineQuestion,
)
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.errors import ClientError

_LONGEST: Final = 200
_NUMBER: Final = 4


class ExportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST exports`."""

    format: ExportFormat
    since: str = ""
    until: str = ""
    site: str = ""
    account: str = ""
    session: str = ""
    actor: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class HistoryApi:
    """What answers under `api/history`, `api/exports`, `api/system`, and a session's timeline."""

    services: ConsoleServices

    async def recent(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?site=&account=&subject=&actor=&before=&limit=` -> `{sessions, earlier, complete}`."""
        question = HistoryQuestion(
            site=_said(visit, "site"),
            account=_said(visit, "account"),
            subject=_said(visit, "subject"),
            actor=_said(visit, "actor"),
            before=_said(visit, "before"),
            limit=_number(visit, "limit", 20),
        )
        found = await self.services.histories.recent(
            signed_in.operator, question, visit.arrival.client
        )
        return json_response(found)

    async def timeline(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`?only=&before=&after=&limit=&totals=` -> `{session, steps, late, earlier, later, …}`."""
        question = TimelineQuestion(
            session=visit.named["id"],
            only=_only(_said(visit, "only")),
            before=_said(visit, "before"),
            after=_said(visit, "after"),
            limit=_number(visit, "limit", 100),
            totals=_flag(visit, "totals"),
        )
        found = await self.services.histories.timeline(
            signed_in.operator, question, visit.arrival.client
        )
        return json_response(found)

    async def request(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{format, since?, until?, site?, account?, ...}` -> 201, the export."""
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
        found = await self.services.exports.request(signed_in.operator, order, visit.arrival.client)
        response = json_response(found, status=201)
        response.headers["Location"] = f"{self.services.prefix}api/exports/{found.id}"
        return response

    async def listed(self, _visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{exports: [...]}`: the operator's own, the newest first."""
        return json_response({"exports": await self.services.exports.listed(signed_in.operator)})

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Give one export, and how far it is."""
        found = await self.services.exports.show(signed_in.operator, visit.named["export"])
        return json_response(found)

    async def file(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Send the file of an export."""
        found = await self.services.exports.download(
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

    async def cancel(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """204: it is not written any more, and its file is gone."""
        await self.services.exports.cancel(signed_in.operator, visit.named["export"])
        return web.Response(status=204, headers={"Cache-Control": "no-store"})

    async def system(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Say how the gateway is."""
        found = await self.services.system.show(signed_in.operator, visit.arrival.client)
        return json_response(found)


def _said(visit: Visit, name: str) -> str:
    return one_line(visit.query.get(name, ""), _LONGEST)


def _only(said: str) -> Only:
    for each in get_args(Only):
        if said == each:
            only: Only = each
            return only
    raise ClientError("bad_fields", "`only` is changes, hidden, refused, errors, or left out.")


def _number(visit: Visit, name: str, default: int) -> int:
    said = visit.query.get(name, "")
    if not said:
        return default
    if not (said.isascii() and said.isdigit() and len(said) <= _NUMBER and int(said)):
        raise ClientError("bad_fields", f"`{name}` is no whole number from 1 to 9999.")
    return int(said)


def _flag(visit: Visit, name: str) -> bool:
    said = visit.query.get(name, "true")
    if said not in ("true", "false"):
        raise ClientError("bad_fields", f"`{name}` is true or false.")
    return said == "true"
