"""The CRM as a web application."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import jinja2
from aiohttp import web

from gateway.demo.crm import api, graph, pages, seed, streams
from gateway.demo.crm.database import Database
from gateway.demo.crm.text import FILTERS
from gateway.demo.crm.web import DB, TEMPLATES, explain, know_the_user, today


def create_crm(folder: Path) -> web.Application:
    """Build the app over the data in a folder; a new folder gets the seed."""
    crm = web.Application(middlewares=[explain, know_the_user])
    crm[DB] = Database(folder)
    seed.fill(crm[DB], today())
    crm[TEMPLATES] = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.demo.crm"), autoescape=True, trim_blocks=True
    )
    crm[TEMPLATES].filters.update(FILTERS)
    crm[streams.LISTENERS] = set()
    for table in (*pages.TABLES, api.routes, graph.routes, streams.routes):
        crm.add_routes(table)
    crm.router.add_static("/static", Path(str(resources.files("gateway.demo.crm") / "static")))
    crm.on_shutdown.append(streams.stop_listening)
    crm.on_cleanup.append(_close)
    return crm


async def _close(crm: web.Application) -> None:
    crm[DB].close()
