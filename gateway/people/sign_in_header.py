"""Sign-in by a header that an SSO proxy sets: it counts only from that proxy's addresses."""

from __future__ import annotations

from collections.abc import Container

from gateway.errors import ClientError
from gateway.middleware.names import fold
from gateway.model import Headers


class HeaderSignIn:
    """Reads the operator's id from a header of listed peers.

    Args:
        name: the header.
        peers: the addresses whose word counts.
    """

    def __init__(self, name: str, peers: Container[str]) -> None:
        self._name = name.lower().encode()
        self._folded = fold(self._name)
        self._peers = peers

    def operator_id(self, headers: Headers, peer: str) -> str | None:
        """Give the id that the header names; None from other peers, and when it is not there.

        Raises:
            ClientError: it stands twice, under another spelling (threat rows 1 to 3), or is not
                UTF-8 (row 4).
        """
        if peer not in self._peers:
            return None
        found = [(name, value) for name, value in headers if fold(name) == self._folded]
        if not found:
            return None
        if len(found) > 1 or found[0][0].lower() != self._name:
            raise ClientError(
                "ambiguous_header",
                "The header that says who you are is there twice or under another spelling.",
                "Let the sign-in proxy drop what clients send under this header's name.",
            )
        try:
            return found[0][1].decode() or None
        except UnicodeDecodeError:
            raise ClientError(
                "unreadable_header",
                "The header that says who you are is not UTF-8.",
                "Let the sign-in proxy send an id of plain characters.",
            ) from None
