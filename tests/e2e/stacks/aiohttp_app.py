"""The app of the stacks under aiohttp. Run with the number of a listening socket."""

from __future__ import annotations

import asyncio
import socket
import sys

from aiohttp import web

ETAG = '"v1"'
SIZE = 8 << 20


async def headers(request: web.Request) -> web.Response:
    pairs = [[name.decode(), value.decode()] for name, value in request.raw_headers]
    assert request.transport is not None
    port = str(request.transport.get_extra_info("peername")[1])
    return web.json_response({"pairs": pairs, "merged": dict(request.headers), "port": port})


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read(), content_type="text/css")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/css"})
    await response.prepare(request)
    for number in range(1000):
        await response.write(b"%04d" % number)
    return response


async def large(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * SIZE, content_type="text/css")


async def redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": f"http://{request.host}/next"})


async def cookie(request: web.Request) -> web.Response:
    response = web.Response(text="ok")
    response.set_cookie("sid", "of-subject", httponly=True)
    response.set_cookie("b", "2", httponly=True)
    return response


async def empty(request: web.Request) -> web.Response:
    return web.Response(status=204)


async def cached(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == ETAG:
        return web.Response(status=304, headers={"ETag": ETAG})
    return web.Response(text="fresh", headers={"ETag": ETAG}, content_type="text/css")


async def error(request: web.Request) -> web.Response:
    page = "<!doctype html><title>Oops</title><h1>Oops</h1>"
    return web.Response(status=500, text=page, content_type="text/html")


async def serve(listening: socket.socket) -> None:
    app = web.Application(client_max_size=1 << 30)
    for view in (headers, echo, stream, large, redirect, cookie, empty, cached, error):
        app.router.add_route("*", f"/{view.__name__}", view)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))
