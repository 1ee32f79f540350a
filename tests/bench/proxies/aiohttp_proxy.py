"""The proxy that one would write first with aiohttp: its server, its client, a header set.

It says how fast Python is on a machine, beside nginx, which says how fast its kernel is.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import ClientSession, web


async def _serve(port: int, app_port: int) -> None:
    async with ClientSession(auto_decompress=False) as client:

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            url = f"http://127.0.0.1:{app_port}{request.raw_path}"
            async with client.request(
                request.method, url, headers={"X-Remote-User": "jonas"}, allow_redirects=False
            ) as got:
                headers = {"Content-Type": got.headers["Content-Type"]}
                return web.Response(status=got.status, body=await got.read(), headers=headers)

        server = web.Server(answer, access_log=None)
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", port)
        await listener.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
