"""A body that was read leaves compressed again, where that pays.

The app has shown that it thinks so by compressing it; a short body costs more time than it saves.
Level 1 is a third of the time of level 6 for a tenth more bytes.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import Final, Protocol

_LEVEL: Final = 1
_WBITS: Final = 16 + zlib.MAX_WBITS
_WORTH: Final = 4096
"""Bytes; below that, setting up a compressor takes longer than the network does."""
_GZIP: Final = re.compile(
    rb"(?:.*,)?[\t ]*(?:gzip|\*)[\t ]*"
    rb"(?:;[\t ]*q=(?:1(?:\.0*)?|0?\.[0-9]*[1-9][0-9]*)[\t ]*)?(?:,.*)?",
    re.IGNORECASE | re.DOTALL,
)
"""RFC 9110, 12.5.3: named, or meant by the star, and not with a weight of nothing."""


class Source(Protocol):
    """A body as it comes."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Say whether a client with this Accept-Encoding reads gzip; one without it may not."""
    return _GZIP.fullmatch(accept_encoding) is not None


def pays(coding: bytes, size: int | None) -> bool:
    """Say whether a body shall leave compressed.

    Args:
        coding: what the app sent it in.
        size: its bytes, None when only its end will tell.
    """
    return bool(coding) and coding != b"identity" and (size is None or size >= _WORTH)


def compressed(body: bytes) -> bytes:
    """Give a body in gzip."""
    return zlib.compress(body, _LEVEL, wbits=_WBITS)


class Compressed:
    """A body in gzip while it streams: what was read leaves at once, nothing waits for more."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._engine = zlib.compressobj(_LEVEL, wbits=_WBITS)
        self._ended = False

    async def read(self) -> bytes:
        """Give the next bytes, b"" at the end."""
        if self._ended:
            return b""
        if data := await self._source.read():
            return self._engine.compress(data) + self._engine.flush(zlib.Z_SYNC_FLUSH)
        self._ended = True
        return self._engine.flush()
