"""A page of a session while it streams, without what its markup loads from analytics hosts."""

from __future__ import annotations

from typing import Protocol

from gateway.banner.beacons import Beacons, Silencer


class Source(Protocol):
    """A page as it comes."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


class Silenced:
    """Reads a page, and gives it without such loads."""

    def __init__(self, source: Source, beacons: Beacons) -> None:
        self._source = source
        self._silencer = Silencer(beacons)
        self._ended = False

    async def read(self) -> bytes:
        """Give the next bytes, b"" at the end."""
        while not self._ended:
            data = await self._source.read()
            self._ended = not data
            if out := self._silencer.feed(data) if data else self._silencer.close():
                return out
        return b""


def silenced(page: bytes, beacons: Beacons) -> bytes:
    """Give a page without such loads."""
    silencer = Silencer(beacons)
    return silencer.feed(page) + silencer.close()
