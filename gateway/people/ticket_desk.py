"""The desk that knows the tickets, asked over HTTP: one GET, and nothing is followed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

from aiohttp import ClientError, ClientSession, DummyCookieJar, TCPConnector
from yarl import URL

from gateway.policy.tickets.lookup import LARGEST, Answer, Unchecked

_AT_ONCE: Final = 8
_ABOUT: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "impersonation-gateway",
}


class TicketDesk:
    """One desk. It gets the address, and the fields that the config's owner gives it.

    Args:
        fields: header fields, such as `Authorization`.
        timeout: seconds that one answer may take, with the wait for others that are under way.
    """

    def __init__(self, fields: Mapping[str, str], timeout: float) -> None:
        self._fields = {**_ABOUT, **fields}
        self._timeout = timeout
        self._context = ssl.create_default_context()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def get(self, url: str) -> Answer:
        """Get an answer, whatever it says.

        Raises:
            Unchecked: there is none in time, or it is too large.
        """
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                return await self._get(url)
        except (ClientError, OSError, ValueError) as fault:  # a TimeoutError is an OSError
            raise Unchecked(type(fault).__name__) from fault

    async def _get(self, url: str) -> Answer:
        # Redirects and proxies of the environment are never followed (threat row 50).
        async with (
            ClientSession(
                headers=self._fields,
                connector=TCPConnector(ssl=self._context),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            ) as session,
            session.get(URL(url, encoded=True), allow_redirects=False) as answer,
        ):
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    raise Unchecked(f"an answer of more than {LARGEST} bytes")
            return Answer(status=answer.status, media_type=answer.content_type, body=bytes(body))
