"""Which requests go the short way, and how it joins the long one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from gateway.errors import ClientError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import REQUEST_LINES, ClientRequest
from gateway.policy.decision import permit_pass_through
from gateway.shortcut.known import KnownHeads
from gateway.shortcut.pass_through import PassThrough
from gateway.site import upstream_key
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse

Resume = Callable[[UpstreamResponse, Connection, ClientRequest], Awaitable[bool]]
"""Goes the rest of the long way with an ordinary user's request that was sent."""
_END: Final = b"\r\n\r\n"


class Shortcut:
    """The listener's `Shortcut`; call it.

    Args:
        known: what heads say.
        prefix: of what the gateway serves itself.
        upstreams: the client of each site's app, by `upstream_key`.
        counted: is told of each request that goes this way.
        resume: see `Resume`.
    """

    def __init__(
        self,
        known: KnownHeads,
        *,
        prefix: str,
        upstreams: Mapping[str, Upstream],
        counted: Callable[[], None],
        resume: Resume,
    ) -> None:
        self._known = known
        self._prefix = prefix
        self._upstreams = upstreams
        self._counted = counted
        self._resume = resume

    def __call__(self, connection: Connection, data: bytes) -> bool:
        """Take a request that is all of `data`, if it is plain; say whether it was taken."""
        if not data.startswith(b"GET ") or not data.endswith(_END):
            return False
        end = data.find(b"\r\n")
        known = self._known.by_fields[connection.peer, data[end:]]
        if known is None:
            return False
        line = data[:end]
        try:
            _, target, http10 = REQUEST_LINES[line]
        except ClientError:  # the long way meets it again, and tells it
            return False
        draft = known.draft
        site, place = draft.site, draft.place
        if http10 or target.startswith(self._prefix) or site.target.faults[target]:
            return False
        if draft.session_token is not None or place.kind != "site":
            return False
        upstream = self._upstreams[upstream_key(site.name, place.number)]
        request = PassThrough(connection, data, self._rest)
        if not request.send(upstream, permit_pass_through(site.name), line + known.tail):
            return False
        self._counted()
        return True

    def _rest(self, connection: Connection, head: bytes, response: UpstreamResponse | None) -> None:
        request = self._known.request(connection.peer, head)
        if response is None:
            connection.hand_over(request, _answered)
        else:
            connection.hand_over(request, partial(self._resume, response))


async def _answered(connection: Connection, request: ClientRequest) -> bool:
    return True
