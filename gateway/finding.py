"""Whose request is it? The place that its Host names, and the session that its cookie names."""

from __future__ import annotations

from gateway.errors import ClientError, GatewayError
from gateway.middleware.draft import Draft
from gateway.middleware.split_cookies import token_in
from gateway.model import RequestHead, Session
from gateway.policy.requests import SAFE_METHODS
from gateway.sessions.live import Live, LiveSessions
from gateway.site import Place, Places


class Finding:
    """Finds places and sessions.

    Args:
        places: the hosts that are served.
        live: this worker's sessions.
    """

    def __init__(self, places: Places, live: LiveSessions) -> None:
        self._places = places
        self._live = live

    def place(self, wire: RequestHead) -> Place:
        """Give the place that a request's Host names.

        Raises:
            ClientError: 421 `unknown_host`.
        """
        place = self._places.find(wire.host)
        if place is None:
            raise ClientError(
                "unknown_host",
                f"{wire.host or 'A request without a host'} is not served here.",
                "Check the address. The platform team lists the hosts of each site.",
                status=421,
            )
        return place

    async def session(self, draft: Draft) -> Live | None:
        """Give the request's session, or None where it is an ordinary user's.

        Raises:
            ClientError: 403 `no_session`, `outside_session`.
            StoreAway: nobody can tell whether there is one.
        """
        token = draft.session_token
        if token is None and draft.place.kind == "site":
            if draft.upgrade or draft.wire.method not in SAFE_METHODS:
                self._refuse_astray(draft)
            return None
        if token is None:
            raise ClientError(
                "no_session",
                "The request came without a session's cookie, so nobody can say for whom it acts.",
                "Start again from the console. A script of the app has to send credentials.",
                status=403,
                title="This is not in a session",
            )
        place = draft.place
        live = await self._live.find(token, draft.jar_version, place.number)
        if live is None or live.session.host != place.session_host:
            raise ClientError(
                "no_session",
                "Nobody is acting on behalf of a user here any more.",
                "Start again from the console.",
                status=403,
                title="This session is over",
            )
        return live

    def _refuse_astray(self, draft: Draft) -> None:
        """Refuse what a page of a session would change outside of it, in the operator's own name.

        Such a page holds an absolute address of the app that is not mapped.
        """
        origin = draft.fields.get(b"origin", b"").decode("ascii", "replace")
        page = self._places.find(origin.partition("//")[2])
        if page is not None and page.kind == "session" and page.site is draft.site:
            raise ClientError(
                "outside_session",
                "A page of a session sent this to the app's own host, where it would be done in"
                " your own name.",
                "Nothing was sent to the app. The platform team can set map_links for this site.",
                status=403,
                title="This was about to leave the session",
            )

    async def who(self, request: RequestHead) -> Session | None:
        """Give the session of a request that was refused before it was looked for (law 11)."""
        cookies = b"; ".join(
            [value for name, value in request.headers if name.lower() == b"cookie"]
        )
        place = self._places.find(request.host)
        try:
            token = token_in(cookies)
            if token is None or place is None:
                return None
            live = await self._live.find(token, 0, place.number)
        except GatewayError:
            return None
        if live is None or live.session.host != place.session_host:
            return None
        return live.session
