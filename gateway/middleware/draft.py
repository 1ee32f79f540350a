"""One request on its way through the stages: what was read of it, and what the app is to get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.middleware.compress import takes_gzip
from gateway.model import RequestHead

if TYPE_CHECKING:
    from gateway.site import Place, Site
    from gateway.wire.script_cookies import ScriptCookie


_DOCUMENTS = frozenset((b"document", b"iframe", b"frame", b"embed", b"object", b"fencedframe"))


class Draft:
    """Filled by the stages in order; each field names the stage that sets it.

    `wire` is what the client sent and never changes: decisions and records read it (law 1).
    """

    __slots__ = (
        "cookie",
        "expects_continue",
        "fields",
        "forwarded_for",
        "headers",
        "identity",
        "in_browser",
        "jar_version",
        "overrides_method",
        "place",
        "session_token",
        "site",
        "trusted_identity",
        "trusted_peer",
        "upgrade",
        "wire",
    )

    def __init__(self, wire: RequestHead, place: Place, site: Site, *, trusted_peer: bool) -> None:
        self.wire = wire
        self.place = place
        self.site = site
        self.trusted_peer = trusted_peer
        """The peer's X-Forwarded-For counts."""
        self.trusted_identity = wire.peer in site.trusted
        """The peer may set identity headers in pass-through."""
        # strip_headers
        self.headers: list[tuple[bytes, bytes]] = []
        self.identity: list[tuple[bytes, bytes]] = []
        """Identity headers that a trusted peer set, for pass-through only."""
        self.fields: dict[bytes, bytes] = {}
        """Singletons by lower-case name."""
        self.cookie = b""
        self.upgrade = b""
        self.expects_continue = False
        self.overrides_method = False
        self.forwarded_for = b""
        # split_cookies
        self.session_token: str | None = None
        self.jar_version = 0
        self.in_browser: tuple[ScriptCookie, ...] = ()
        """What scripts can read and write of a session's cookies; not only of this session's."""

    def of(self, wire: RequestHead) -> Draft:
        """Give the draft of a request whose head differs in its target alone, as stages left it."""
        draft = Draft.__new__(Draft)
        draft.wire = wire
        draft.place = self.place
        draft.site = self.site
        draft.trusted_peer = self.trusted_peer
        draft.trusted_identity = self.trusted_identity
        draft.headers = self.headers
        draft.identity = self.identity
        draft.fields = self.fields
        draft.cookie = self.cookie
        draft.upgrade = self.upgrade
        draft.expects_continue = self.expects_continue
        draft.overrides_method = self.overrides_method
        draft.forwarded_for = self.forwarded_for
        draft.session_token = self.session_token
        draft.jar_version = self.jar_version
        draft.in_browser = self.in_browser
        return draft

    @property
    def service_worker(self) -> bool:
        """The answer would become a service worker, or a module of one.

        What classic ones load by importScripts() cannot be told from other scripts; it needs no
        refusal, since only a service worker that is installed loads it.
        """
        fields = self.fields
        return b"service-worker" in fields or fields.get(b"sec-fetch-dest") == b"serviceworker"

    @property
    def document(self) -> bool:
        """The answer may become a document; what cannot be told counts as one (law 8)."""
        destination = self.fields.get(b"sec-fetch-dest")
        return destination is None or destination in _DOCUMENTS

    @property
    def takes_gzip(self) -> bool:
        """The client reads gzip."""
        return takes_gzip(self.fields.get(b"accept-encoding", b""))
