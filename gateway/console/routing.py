"""Which view answers a request, decided on the path exactly as it is on the wire (law 1).

Views take any aiohttp request, so that the same handlers run under `web.Server` and in a
`web.Application`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aiohttp import web

from gateway.console.fields import query_of
from gateway.console.values import Arrival
from gateway.errors import ClientError, WrongMethod

PIECE = "[A-Za-z0-9_.-]{1,80}"
"""What a named piece of a path may be: an id, or a file's name."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Visit:
    """A request, how it arrived, and the pieces that its route's pattern named."""

    request: web.BaseRequest
    arrival: Arrival
    named: Mapping[str, str]

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query's fields.

        Raises:
            ClientError: `bad_fields`, when they cannot be read.
        """
        return query_of(self.request)

    @property
    def path(self) -> str:
        """The target up to the query."""
        return path_of(self.request)


View = Callable[[Visit], Awaitable[web.Response]]
Route = tuple[str, str, View]
"""Method, pattern under the prefix, view. `{name}` in a pattern is one piece of an id or a file."""


class Routes:
    """A closed table of routes."""

    def __init__(self, prefix: str, table: Sequence[Route]) -> None:
        self._table = [
            (method, re.compile(re.escape(prefix) + _pattern(path)), view)
            for method, path, view in table
        ]

    def find(self, method: str, path: str) -> tuple[View, Mapping[str, str]]:
        """Give the view and the named pieces; HEAD is answered as GET is.

        Raises:
            ClientError: `not_found` (404).
            WrongMethod: `method`.
        """
        method = "GET" if method == "HEAD" else method
        known: set[str] = set()
        for wanted, pattern, view in self._table:
            if match := pattern.fullmatch(path):
                if method == wanted:
                    return view, match.groupdict()
                known.add(wanted)
        if known:
            allow = tuple(sorted(known | ({"HEAD"} if "GET" in known else set())))
            raise WrongMethod(
                "method", f"{method} is not for this address.", allow=allow, title="Not done"
            )
        raise ClientError(
            "not_found", "There is nothing at this address.", status=404, title="Not found"
        )


def path_of(request: web.BaseRequest) -> str:
    """Give the target up to the query, as it is on the wire."""
    return request.raw_path.partition("?")[0]


def _pattern(path: str) -> str:
    return re.sub(r"\\{(\w+)\\}", rf"(?P<\1>{PIECE})", re.escape(path))
