"""Exports of records: asking for one, how far it is, and fetching it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.export_values import ExportFormat, ExportOrder
from gateway.console.fields import one_line
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.views.sheet import Sheet
from gateway.errors import ClientError
from gateway.texts import gettext as _

_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class ExportViews:
    """The page of one's exports, and its forms."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List one's exports; the query fills the form for another."""
        return await self._page(visit, signed_in, visit.query)

    async def request(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Begin to write one."""
        services, client = self.sheet.services, visit.arrival.client
        work = services.exports.request(signed_in.operator, _order(fields), client)
        try:
            await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            return await self._page(visit, signed_in, fields, refused.refusal)
        return see_other(f"{services.prefix}exports")

    async def cancel(
        self, visit: Visit, signed_in: SignedIn, _fields: Mapping[str, str]
    ) -> web.Response:
        """Write no more of it, and remove what there is."""
        services = self.sheet.services
        await services.exports.cancel(signed_in.operator, visit.named["export"])
        return see_other(f"{services.prefix}exports")

    async def _page(
        self,
        visit: Visit,
        signed_in: SignedIn,
        fields: Mapping[str, str],
        refusal: Refusal | None = None,
    ) -> web.Response:
        services = self.sheet.services
        exports = await services.exports.listed(signed_in.operator)
        return self.sheet.show(
            visit,
            signed_in,
            "exports.html",
            {
                "exports": exports,
                "follows": any(each.state in ("waiting", "running") for each in exports),
                "formats": format_words(),
                "states": state_words(),
                "order": _order({"format": "csv", "since": "30d", **fields}),
                "sites": services.sites.all(),
            },
            refusal=refusal,
        )


def format_words() -> Mapping[ExportFormat, str]:
    """Say what each format is."""
    return {
        "csv": _("CSV, for spreadsheets"),
        "json": _("JSON lines, complete"),
        "ocsf": _("OCSF, for security tools"),
        "ecs": _("ECS, for Elastic"),
        "cef": _("CEF, for SIEMs"),
    }


def state_words() -> Mapping[str, str]:
    """Say how far an export is."""
    return {
        "waiting": _("waits for its turn"),
        "running": _("is being written"),
        "ready": _("ready"),
        "failed": _("failed"),
        "expired": _("gone"),
    }


def _order(fields: Mapping[str, str]) -> ExportOrder:
    wanted = fields.get("format", "")
    if wanted not in _FORMATS:
        raise ClientError("bad_fields", "The format is none that there is.")

    def text(name: str) -> str:
        return one_line(fields.get(name, ""), _LONGEST)

    return ExportOrder(
        format=wanted,
        since=text("since"),
        until=text("until"),
        site=text("site"),
        account=text("account"),
        session=text("session"),
        actor=text("actor"),
        subject=text("subject"),
    )
