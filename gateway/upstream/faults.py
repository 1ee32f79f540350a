"""Every way in which an app fails to answer, as the error that the client is told."""

from __future__ import annotations

from gateway.errors import GatewayError, UpstreamError


def unreachable(why: str) -> UpstreamError:
    """No connection could be made: refused, unknown name, or a certificate that does not hold."""
    return UpstreamError(
        "upstream_unreachable",
        f"No connection to the app could be made: {why}.",
        "Nothing was sent. Try again; if it stays, check the app and the site's upstream setting.",
    )


def busy() -> UpstreamError:
    """All of the app's connections were in use for as long as a request may wait for one."""
    return UpstreamError(
        "upstream_busy",
        "All connections that the gateway may hold to the app are in use.",
        "Nothing was sent. Try again in a moment.",
        status=503,
    )


def closing() -> UpstreamError:
    """The gateway is stopping."""
    return UpstreamError(
        "upstream_closed",
        "The gateway is stopping and sends nothing more to the app.",
        "Try again in a moment.",
        status=503,
    )


def timed_out(waited_for: str) -> UpstreamError:
    """The app was silent for too long; what it did with the request is not known."""
    return UpstreamError(
        "upstream_timeout",
        f"The app took too long {waited_for}.",
        "The app may have acted on the request: look before sending it again.",
        status=504,
    )


def connect_timed_out() -> UpstreamError:
    """The app did not take a new connection in time."""
    return UpstreamError(
        "upstream_timeout",
        "The app did not take a connection in time.",
        "Nothing was sent. Try again; if it stays, check the app and the network to it.",
        status=504,
    )


def cut_short(where: str) -> UpstreamError:
    """The app closed the connection before its response was complete (law 10)."""
    return UpstreamError(
        "upstream_cut_short",
        f"The app closed the connection {where}.",
        "The app may have acted on the request: look before sending it again.",
    )


def malformed(what: str) -> UpstreamError:
    """The response can be read in two ways, or in none, so it is not passed on (threat 19)."""
    return UpstreamError(
        "upstream_malformed",
        f"The app's response was not passed on: {what}.",
        "The app's owner can mend the response; the gateway never guesses what was meant.",
    )


def abandoned() -> UpstreamError:
    """The response was closed on this side while somebody still read or wrote it."""
    return UpstreamError("upstream_abandoned", "The exchange with the app was ended here.")


def unsafe_request(what: str) -> GatewayError:
    """The gateway was about to write a request that an app could read in two ways (threat 16)."""
    return GatewayError(
        "unsafe_request",
        f"The request was not forwarded: {what}.",
        "Please report this with the time of the request.",
    )
