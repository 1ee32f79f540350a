"""Answers of the JSON API."""

from __future__ import annotations

import msgspec
from aiohttp import web


def json_response(value: object, status: int = 200) -> web.Response:
    """Answer with a value as JSON; nobody keeps it."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
