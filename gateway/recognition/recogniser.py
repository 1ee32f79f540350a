"""Recognises the user of a request on a site's own host, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.errors import Refused, UpstreamError
from gateway.middleware import READ_REQUEST
from gateway.middleware.draft import Draft
from gateway.middleware.request_to_app import pass_through_head
from gateway.model import RequestHead, User
from gateway.policy.decision import permit_pass_through
from gateway.recognition.answer import LARGEST, SaidBy, Unsaid
from gateway.recognition.carried import has_session_cookies, names_actor
from gateway.site import Place, Site
from gateway.upstream.client import Upstream

_SECONDS: Final = 5.0
_MOST_ALIKE: Final = 50
_TITLE: Final = "The gateway does not know who you are"
_log = structlog.get_logger("recognition")


@dataclass(frozen=True, slots=True)
class ByHeader:
    """A listed proxy names the user in this header, its name in lower case."""

    name: bytes


@dataclass(frozen=True, slots=True)
class ByApp:
    """The app is asked at `path`, with the user's own Cookie and Authorization."""

    path: str
    said: SaidBy
    upstream: Upstream


class Recogniser:
    """Recognises the users of one site.

    Args:
        site: the site.
        way: who says who they are.
        by_email: what is said is an e-mail address; else an id.
        actor_headers: names, in lower case, by which the app is told who acts.
        is_peer: whether an address's X-Forwarded-For counts.
    """

    def __init__(
        self,
        site: Site,
        way: ByHeader | ByApp,
        *,
        by_email: bool,
        actor_headers: frozenset[bytes],
        is_peer: Callable[[str], bool],
    ) -> None:
        self._site = site
        self._way = way
        self._by_email = by_email
        self._actor_headers = actor_headers
        self._is_peer = is_peer

    async def user(
        self, wire: RequestHead, place: Place, operator: Callable[[], Awaitable[bool]]
    ) -> User:
        """Give the user whose own request this is.

        Args:
            wire: the request.
            place: where it came to.
            operator: whether it proves an operator of the gateway.

        Raises:
            ClientError: the request cannot be read without doubt.
            Refused: 403 `consent_in_session`, `consent_by_operator`, `not_recognised`; 404
                `consent_not_here`.
            UpstreamError: 502 `recognition_failed`; or the app was not reached.
        """
        if place.kind == "session" or has_session_cookies(wire.headers):
            raise _in_session()
        if place.kind != "site" or place.number:
            raise not_here()
        draft = Draft(wire, place, self._site, trusted_peer=self._is_peer(wire.peer))
        for stage in READ_REQUEST:
            stage(draft)
        if names_actor(wire.headers, self._actor_headers) or await operator():
            raise _by_operator()
        if isinstance(self._way, ByHeader):
            said = _named(draft, self._way.name)
        else:
            said = await self._asked(draft, self._way)
        user = self._found(said) if said else None
        if user is None or user.status != "active" or user.house_contact:
            raise self._not_recognised()
        return user

    async def _asked(self, draft: Draft, way: ByApp) -> str | None:
        head = _question(draft, way.path)
        if head is None:
            return None
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._answer(head, way)
        except (Unsaid, TimeoutError) as fault:
            _log.warning(
                "recognition.failed", site=self._site.name, detail=str(fault) or "no answer in time"
            )
            raise UpstreamError(
                "recognition_failed",
                f"{self._site.label} was asked who you are, and its answer could not be read.",
                "Try again in a minute. If it stays, tell the people who look after the app.",
                title=_TITLE,
            ) from None

    async def _answer(self, head: RequestHead, way: ByApp) -> str | None:
        response = await way.upstream.send(permit_pass_through(self._site.name), head)
        try:
            body = bytearray()
            while piece := await response.read():
                body += piece
                if len(body) > LARGEST:
                    raise Unsaid(f"an answer of more than {LARGEST} bytes")
            return way.said.read(response.head.status, response.head.headers, bytes(body))
        finally:
            response.close()

    def _found(self, said: str) -> User | None:
        """Give the one user whom this names."""
        directory = self._site.directory
        if not self._by_email:
            return directory.user(said)
        if len(said) > 190 or any(each.isspace() for each in said):  # as far as a search reads
            return None
        found = directory.search(f"email:{said}", _MOST_ALIKE)
        same = [user for user in found.users if _lower(user.email) == _lower(said)]
        return same[0] if len(same) == 1 and not found.more else None

    def _not_recognised(self) -> Refused:
        return Refused(
            "not_recognised",
            f"Nobody told the gateway which user of {self._site.label} you are.",
            f"Sign in to {self._site.label} in this browser as yourself, then try again. If you "
            "are signed in, ask the people who look after the app.",
            title=_TITLE,
        )


def _named(draft: Draft, name: bytes) -> str | None:
    """Give what a listed proxy says in a header; the draft has it once, in one spelling."""
    values = [value for field, value in draft.identity if field.lower() == name]
    return values[0].decode() if len(values) == 1 else None


def _question(draft: Draft, path: str) -> RequestHead | None:
    """Give the request that asks the app who this is; None where nothing says it."""
    wire = draft.wire
    own = draft.of(
        RequestHead(
            method="GET",
            target=path,
            headers=(),
            host=wire.host,
            peer=wire.peer,
            scheme=wire.scheme,
        )
    )
    credentials = [field for field in draft.headers if field[0].lower() == b"authorization"]
    if not (credentials or draft.cookie):
        return None
    own.headers = [(b"Accept", b"application/json"), (b"Accept-Encoding", b"identity")]
    own.headers += credentials
    own.identity = []
    return pass_through_head(own)


def _lower(text: str) -> bytes:
    """Lower A to Z alone: other letters of two cases may be two people's."""
    return text.encode("utf-8", "surrogatepass").lower()


def _in_session() -> Refused:
    return Refused(
        "consent_in_session",
        "This browser is, or was, acting on behalf of a user here. What a user allows, they allow "
        "themselves.",
        "Leave the session first, or use another browser.",
        title="This is not for operators",
    )


def _by_operator() -> Refused:
    return Refused(
        "consent_by_operator",
        "This request says that somebody acts, or is an operator of the gateway. What a user "
        "allows, they allow themselves.",
        "Sign out as an operator, or use another browser.",
        title="This is not for operators",
    )


def not_here() -> Refused:
    """Refuse where there is no page for users."""
    return Refused(
        "consent_not_here",
        "Users are not recognised at this address, so there is no page for them here.",
        "Open it at the app's main address. The platform team sets `recognise` for the site.",
        status=404,
        title="Not found",
    )
