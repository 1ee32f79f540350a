"""A request that we read, as the value that aiohttp's handlers and replies speak."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import EMPTY_PAYLOAD, HttpVersion10, HttpVersion11, StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

if TYPE_CHECKING:
    from gateway.listener.request_reader import ClientRequest


def as_aiohttp(
    connection: web.RequestHandler,
    writer: AbstractStreamWriter,
    request: ClientRequest,
    body: bytes,
) -> web.BaseRequest:
    """Give a request with its whole body, decoded, as aiohttp's."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task(loop)
    assert task is not None  # noqa: S101  handlers run in a task
    content = EMPTY_PAYLOAD
    if request.length != 0:
        content = StreamReader(connection, len(body) + 1, loop=loop)
        content.feed_data(body)
        content.feed_eof()
    pairs = [
        (name.decode("ascii"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.headers
    ]
    path, _, query = request.target.partition("?")
    message = RawRequestMessage(
        method=request.method,
        path=request.target,
        version=HttpVersion10 if request.http10 else HttpVersion11,
        headers=CIMultiDictProxy(CIMultiDict(pairs)),
        raw_headers=request.headers,
        should_close=request.upgrade or not request.keep_alive,
        compression=None,
        upgrade=request.upgrade,
        chunked=request.length is None,
        url=URL.build(path=path, query_string=query, encoded=True),
    )
    return web.BaseRequest(message, content, connection, writer, task, loop)
