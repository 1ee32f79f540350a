"""Answers of the JSON API."""

from __future__ import annotations

import msgspec
from aiohttp import web


def json_response(value: msgspec.Struct, status: int = 200) -> web.Response:
    """Answer with a value as JSON; nobody keeps it."""
    return json_bytes(msgspec.json.encode(value), status)


def json_bytes(text: bytes, status: int = 200) -> web.Response:
    """Answer with JSON that is written already."""
    return web.Response(
        body=text,
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


def done() -> web.Response:
    """Answer that it is done, with nothing to tell: 204."""
    return web.Response(status=204, headers={"Cache-Control": "no-store"})
