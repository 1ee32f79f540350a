"""A receiver of webhooks: a batch is one POST of JSON lines, and a 2xx confirms it.

The lines are those of the stream, byte for byte, so that a receiver who keeps them can verify them.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping, Sequence

import aiohttp

from gateway.audit.forward.destination import NotNow, Outgoing, Refused
from gateway.audit.forward.webhook import signed

_OF_THE_RECORDS = frozenset(range(400, 500)) - {401, 403, 404, 405, 407, 408, 410, 421, 425, 429}
"""Statuses that say that these records are not taken. The others of 4xx tell of an address, of
credentials or of haste: any other record would get them too, and none may be given up for them."""
_WORDS = 256
"""Bytes of an answer that are told in the log."""
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?)[ \t]*")
_OWN = re.compile(r"webhook-.*|content-.*|transfer-encoding|connection|host|user-agent", re.I)


def fields_in(text: str) -> dict[str, str]:
    """The header fields of a file: one `Name: value` on a line.

    Raises:
        ValueError: a line is none, or its field is not the writer's to set.
    """
    fields: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _FIELD.fullmatch(line)
        if found is not None and _OWN.fullmatch(found[1]) is None:
            fields[found[1]] = found[2]
        elif line.strip():
            raise ValueError(f"line {number} is not a field that can be added, as Name: value")
    return fields


class HttpDestination:
    """One receiver, over one connection. Make it inside the event loop.

    Args:
        key: of `webhook.secret_in`.
        fields: more header fields.
        timeout: seconds that one POST may take.
        now: the wall clock in milliseconds.
        media_type: what a batch says it is.
    """

    def __init__(
        self,
        url: str,
        key: bytes,
        fields: Mapping[str, str],
        context: ssl.SSLContext,
        timeout: float,
        now: Callable[[], int],
        media_type: str = "application/x-ndjson",
    ) -> None:
        self._url = url
        self._key = key
        self._now = now
        about = {"Content-Type": media_type, "User-Agent": "impersonation-gateway"}
        self._session = aiohttp.ClientSession(
            headers={**fields, **about},
            connector=aiohttp.TCPConnector(ssl=context, limit=1),
            timeout=aiohttp.ClientTimeout(total=timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def send(self, records: Sequence[Outgoing]) -> None:
        """As `Destination.send`. A redirect is no confirmation, and is not followed."""
        body = b"".join(record.line + b"\n" for record in records)
        signature = signed(body, self._key, self._now() // 1000)
        try:
            async with self._session.post(
                self._url, data=body, headers=signature, allow_redirects=False
            ) as answer:
                status, words = answer.status, await answer.content.read(_WORDS)
        except (aiohttp.ClientError, OSError) as fault:  # a TimeoutError is an OSError
            raise NotNow(f"{type(fault).__name__} {fault}".strip()) from fault
        if 200 <= status < 300:
            return
        kind = Refused if status in _OF_THE_RECORDS else NotNow
        raise kind(f"status {status} {words.decode(errors='replace')}".strip())

    async def aclose(self) -> None:
        """Close the connection."""
        await self._session.close()
