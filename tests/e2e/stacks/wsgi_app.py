"""The app of the stacks under WSGI: what a program sees of headers that a server folds together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]


def headers(environ: Environ) -> Answer:
    seen = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    said = {"pairs": list(seen.items()), "merged": seen, "port": environ["REMOTE_PORT"]}
    return "200 OK", [("Content-Type", "application/json")], [json.dumps(said).encode()]


def echo(environ: Environ) -> Answer:
    body = environ["wsgi.input"].read()
    return "200 OK", [("Content-Type", "text/css"), ("Content-Length", str(len(body)))], [body]


def stream(environ: Environ) -> Answer:
    return "200 OK", [("Content-Type", "text/css")], (b"%04d" % number for number in range(1000))


def large(environ: Environ) -> Answer:
    size = 8 << 20
    body = [] if environ["REQUEST_METHOD"] == "HEAD" else [b"x" * size]
    return "200 OK", [("Content-Type", "text/css"), ("Content-Length", str(size))], body


def redirect(environ: Environ) -> Answer:
    return "302 Found", [("Location", f"http://{environ['HTTP_HOST']}/next")], []


def cookie(environ: Environ) -> Answer:
    fields = [
        ("Set-Cookie", "sid=of-subject; Path=/; HttpOnly"),
        ("Set-Cookie", "b=2; Path=/; HttpOnly"),
    ]
    return "200 OK", fields, [b"ok"]


def empty(environ: Environ) -> Answer:
    return "204 No Content", [], []


def cached(environ: Environ) -> Answer:
    if environ.get("HTTP_IF_NONE_MATCH") == '"v1"':
        return "304 Not Modified", [("ETag", '"v1"')], []
    return "200 OK", [("ETag", '"v1"'), ("Content-Type", "text/css")], [b"fresh"]


def error(environ: Environ) -> Answer:
    page = b"<!doctype html><title>Oops</title><h1>Oops</h1>"
    return "500 Internal Server Error", [("Content-Type", "text/html")], [page]


VIEWS = {f"/{view.__name__}": view for view in (headers, echo, stream, large, redirect, cookie)}
VIEWS |= {f"/{view.__name__}": view for view in (empty, cached, error)}


def app(environ: Environ, start: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    status, fields, body = VIEWS[environ["PATH_INFO"]](environ)
    start(status, fields)
    return body
