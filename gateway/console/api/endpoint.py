"""What is said of an endpoint of the JSON API, once: its route and its description come from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from gateway.console.desk import Desk, SignedIn
from gateway.console.routing import Route, Visit
from gateway.console.services import ConsoleServices
from gateway.errors import ClientError

ApiView = Callable[[ConsoleServices, Visit, SignedIn], Awaitable[web.Response]]
_V = TypeVar("_V")
_Q = TypeVar("_Q", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[_V]):
    """A row of a topic's table.

    `path` is under `api/`. `query`, `body` and `answer` are the Structs that the view reads and
    gives; None where it has none, several answers where the query chooses. `status` is that of the
    answer; `location`: a header says where to find what was made. `problems`: the codes by status
    that are its own, beside those of every endpoint. `rules`: what the body has to keep that its
    Struct cannot say, as JSON Schema.
    """

    method: str
    path: str
    view: _V
    summary: str
    tag: str
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | tuple[type[msgspec.Struct], ...] | None = None
    status: int = 200
    location: bool = False
    rules: Mapping[str, object] = field(default_factory=dict)
    problems: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """The path under the gateway's prefix."""
        return f"api/{self.path}"


ApiEndpoint = Endpoint[ApiView]
"""An endpoint for operators, on the console's host."""


def route(endpoint: ApiEndpoint, services: ConsoleServices, desk: Desk) -> Route:
    """Give the route of an endpoint: guarded as every call of an operator is."""
    view = partial(endpoint.view, services)
    return endpoint.method, endpoint.pattern, desk.api(view)


def query_as(visit: Visit, shape: type[_Q]) -> _Q:
    """Read the query's fields into a Struct; a field that it does not have is left unread.

    Raises:
        ClientError: `bad_fields`, one is missing or does not fit.
    """
    try:
        return msgspec.convert(dict(visit.query), shape, strict=False)
    except msgspec.ValidationError as error:
        raise ClientError("bad_fields", f"The query does not fit: {error}.") from error
