"""The proxy that one would write first with aiohttp: its server, its client, a header set.

It says how fast Python is on a machine, beside nginx, which says how fast its kernel is.
"""

from __future__ import annotations

import asyncio
import os
from multiprocessing.connection import Connection

import uvloop
from aiohttp import ClientSession, web


def aiohttp_proxy(port: int, app_port: int, pipe: Connection) -> None:
    """Run it in this process; say which process it is."""

    async def run() -> None:
        async with ClientSession(auto_decompress=False) as client:

            async def answer(request: web.BaseRequest) -> web.StreamResponse:
                url = f"http://127.0.0.1:{app_port}{request.raw_path}"
                async with client.request(
                    request.method, url, headers={"X-Remote-User": "jonas"}, allow_redirects=False
                ) as got:
                    headers = {"Content-Type": got.headers["Content-Type"]}
                    return web.Response(status=got.status, body=await got.read(), headers=headers)

            server = web.Server(answer, access_log=None)
            await asyncio.get_running_loop().create_server(server, "127.0.0.1", port)
            pipe.send(os.getpid())
            await asyncio.to_thread(pipe.recv)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
