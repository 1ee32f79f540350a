"""Proof that a state change was asked for on our own pages (law 12, threat 44).

Two independent checks: where the request comes from (Origin, RFC 6454, and Sec-Fetch-*, W3C
Fetch Metadata), and a token that only our own page could have put into the form. The token is
derived from the secret of a cookie that scripts cannot read, so nothing has to be stored for it.
"""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from gateway.errors import Refused

_ADVICE = "Open the page again and repeat what you wanted to do there."


def form_token(secret: str) -> str:
    """Derive the token of forms from a cookie's secret; it does not give the secret away."""
    return hmac.new(secret.encode(), b"gateway form", hashlib.sha256).hexdigest()


def check_token(given: str, secret: str) -> None:
    """Compare a form's token in constant time.

    Raises:
        Refused: `form_token`, when it is not the one of this cookie.
    """
    sent = given.encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(sent, form_token(secret).encode()):
        raise Refused(
            "form_token",
            "The form's token is missing or belongs to an earlier sign-in, so nothing was done.",
            _ADVICE,
        )


def from_browser(request: web.BaseRequest) -> bool:
    """Say whether a browser's page made this request; programs send neither field."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def check_origin(request: web.BaseRequest, origin: str) -> None:
    """Hold every Origin and Sec-Fetch-Site that was sent against our own origin.

    Raises:
        Refused: `cross_site`, when any of them names another place.
    """
    ours = all(value == origin for value in request.headers.getall("Origin", ())) and all(
        value == "same-origin" for value in request.headers.getall("Sec-Fetch-Site", ())
    )
    if not ours:
        raise Refused(
            "cross_site",
            "The request came from a page of another site, so nothing was done.",
            _ADVICE,
        )


def check_window(request: web.BaseRequest) -> None:
    """Demand that a form was submitted in a window, as far as the browser says.

    On a session's host the app's pages have our origin: a script of theirs, or a frame in one, must
    not do what only the operator may.

    Raises:
        Refused: `cross_site`.
    """
    modes = request.headers.getall("Sec-Fetch-Mode", ())
    destinations = request.headers.getall("Sec-Fetch-Dest", ())
    if any(mode != "navigate" for mode in modes) or any(
        destination != "document" for destination in destinations
    ):
        raise Refused(
            "cross_site",
            "The request came from a script or a frame, so nothing was done.",
            _ADVICE,
        )


def check_own_page(request: web.BaseRequest, origin: str) -> None:
    """Demand that a browser says that the request comes from our own origin.

    Raises:
        Refused: `cross_site`, also when it says nothing.
    """
    check_origin(request, origin)
    if not from_browser(request):
        raise Refused(
            "cross_site",
            "The request does not say which page it came from, so nothing was done.",
            _ADVICE,
        )
