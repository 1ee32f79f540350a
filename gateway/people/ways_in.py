"""Which browsers show an operator who signed in by password the ways in on an app's own pages.

A host of an app never gets the console's cookie. It gets a token of its own, which names a sign-in
by its hash and proves nothing but that the button may be shown: it is looked for nowhere else, and
holds only on the host that it was made for, while the sign-in holds.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.model import Frozen, Operator
from gateway.people.sign_ins import StoredSignIns, digest_of
from gateway.store import keys
from gateway.store.client import Store

CODE_LIFETIME_S: Final = 60


class _Code(Frozen, frozen=True, kw_only=True):
    """`sign_in`: the hash of its token; `proof`: of what the browser must hold on this host."""

    sign_in: str
    host: str
    proof: str


class _Way(Frozen, frozen=True, kw_only=True):
    sign_in: str
    host: str


_code = msgspec.json.Decoder(_Code).decode
_way = msgspec.json.Decoder(_Way).decode


class StoredWays:
    """Implements `console.sign_in_services.Ways`.

    Args:
        store: keeps codes for a minute, and ways as long as their sign-in.
        sign_ins: those of the console.
        origins: of the hosts on whose pages there are buttons, in the order they are told.
    """

    def __init__(self, store: Store, sign_ins: StoredSignIns, origins: Sequence[str]) -> None:
        self._store = store
        self._sign_ins = sign_ins
        self.origins = tuple(origins)

    async def code(self, sign_in: str, origin: str, proof: str) -> str:
        """Make a code that opens a way once.

        Args:
            sign_in: the token of the operator's sign-in.
            origin: the one host where it counts.
            proof: SHA-256, in hex, of the token that the browser holds there.
        """
        code = secrets.token_urlsafe(32)
        kept = _Code(sign_in=digest_of(sign_in), host=_host(origin), proof=proof)
        async with self._store.answers("keep the code"):
            await self._store.redis.set(
                keys.way_code(digest_of(code)), msgspec.json.encode(kept), ex=CODE_LIFETIME_S
            )
        return code

    async def open(self, code: str, origin: str, held: str) -> str | None:
        """Use a code up, and give a token for the host's cookie; None where the code is worthless.

        `held`: the token that the browser sent.
        """
        async with self._store.answers("use the code"):
            data = await self._store.redis.getdel(keys.way_code(digest_of(code)))
        if not isinstance(data, bytes):
            return None
        kept = _code(data)
        if kept.host != _host(origin) or not hmac.compare_digest(kept.proof, proof_of(held)):
            return None
        async with self._store.answers("look up the sign-in"):
            left = await self._store.redis.ttl(keys.sign_in(kept.sign_in))
        if left <= 0:
            return None
        token = secrets.token_urlsafe(32)
        way = _Way(sign_in=kept.sign_in, host=kept.host)
        async with self._store.answers("keep the way in"):
            await self._store.redis.set(
                keys.way(digest_of(token)), msgspec.json.encode(way), ex=left
            )
        return token

    async def find(self, token: str, host: str) -> Operator | None:
        """Give the operator, as they are now, whom the token of this host's cookie is of.

        Args:
            token: of the cookie.
            host: as `site.Place.host`.
        """
        async with self._store.answers("look up the way in"):
            data = await self._store.redis.get(keys.way(digest_of(token)))
        if not isinstance(data, bytes):
            return None
        kept = _way(data)
        if kept.host != host:
            return None
        known = await self._sign_ins.kept_under(kept.sign_in)
        return known.operator if known is not None and known.way == "password" else None


def proof_of(held: str) -> str:
    """Give what is told of a browser's token, and does not give it away."""
    return hashlib.sha256(b"gateway way " + held.encode()).hexdigest()


def _host(origin: str) -> str:
    """Give an origin's host without its port."""
    authority = origin.partition("//")[2]
    host, colon, port = authority.rpartition(":")
    return host if colon and port.isdigit() else authority
