"""Content codings undone (RFC 9110, 8.4), with bounds that hold before memory is taken.

A decoder gives its output in pieces of at most 64 KiB and is checked after each, so a bomb costs a
piece, not its size. One coding, one stream: a doubled or unknown coding, bytes after the end and a
missing end are `Unreadable`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import zstandard

from gateway.errors import Unreadable

_PIECE = 64 * 1024
_FREE = 64 * 1024
"""Output that no ratio is asked of: a short page of one repeated row compresses very well."""
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659, 3: what a content coding may ask of a reader
_ZSTD_SLICE = 256
"""zstandard cannot bound its output. An input slice of this size makes 8 MiB at the very most."""


class _Stream(Protocol):
    """One coding's decompressor."""

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its own end."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield the output of `data` in bounded pieces; raise on what is malformed or surplus."""


class Decoder(Protocol):
    """Undoes the coding of one body."""

    def feed(self, data: bytes) -> bytes:
        """Decode the next bytes of the body.

        Raises:
            Unreadable: malformed, surplus, over the cap or over the ratio.
        """

    def close(self) -> bytes:
        """Say that the body has ended; return the rest.

        Raises:
            Unreadable: it was cut short.
        """


class _Plain:
    """A decoder of what has no coding."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._written = 0

    def feed(self, data: bytes) -> bytes:
        self._written += len(data)
        if self._written > self._cap:
            raise _too_large(self._cap)
        return data

    def close(self) -> bytes:
        return b""


class _Decompressor:
    """A decoder of one coding within `cap` bytes of output, and `ratio` times the input."""

    def __init__(self, stream: _Stream, *, cap: int, ratio: int) -> None:
        self._stream = stream
        self._cap = cap
        self._ratio = ratio
        self._read = 0
        self._written = 0

    def feed(self, data: bytes) -> bytes:
        self._read += len(data)
        pieces: list[bytes] = []
        try:
            for piece in self._stream.pieces(data):
                self._written += len(piece)
                self._hold_bounds()
                pieces.append(piece)
        except (zlib.error, brotli.error, zstandard.ZstdError) as fault:
            raise _unreadable("its compressed body is damaged") from fault
        return b"".join(pieces)

    def close(self) -> bytes:
        if not self._stream.finished:
            raise _unreadable("its compressed body was cut short")
        return b""

    def _hold_bounds(self) -> None:
        if self._written > self._cap:
            raise _too_large(self._cap)
        if self._written > max(_FREE, self._ratio * self._read):
            raise _unreadable(f"its body grows more than {self._ratio} times when decompressed")


class _Zlib:
    """gzip, zlib or raw deflate. `wbits`: None asks the first two bytes (see `_wrapped`)."""

    def __init__(self, wbits: int | None) -> None:
        self._wbits = wbits
        self._head = b""
        self._engine: zlib._Decompress | None = None

    @property
    def finished(self) -> bool:
        return self._engine is not None and self._engine.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        engine = self._engine
        if engine is None:
            data = self._head + data
            if self._wbits is None and len(data) < 2:
                self._head = data
                return
            wbits = self._wbits or (zlib.MAX_WBITS if _wrapped(data) else -zlib.MAX_WBITS)
            engine = self._engine = zlib.decompressobj(wbits)
        while data:
            if engine.eof:
                raise _surplus()
            piece = engine.decompress(data, _PIECE)
            data = engine.unconsumed_tail or engine.unused_data
            yield piece


class _Brotli:
    def __init__(self) -> None:
        self._engine = brotli.Decompressor()

    @property
    def finished(self) -> bool:
        return bool(self._engine.is_finished())

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if data and self.finished:
            raise _surplus()
        yield self._engine.process(data, output_buffer_limit=_PIECE)
        while not self._engine.can_accept_more_data():
            yield self._engine.process(b"", output_buffer_limit=_PIECE)


class _Zstd:
    def __init__(self) -> None:
        engine = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._engine = engine.decompressobj()

    @property
    def finished(self) -> bool:
        return self._engine.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_SLICE):
            if self._engine.eof:
                raise _surplus()
            yield self._engine.decompress(data[at : at + _ZSTD_SLICE])
            if self._engine.unused_data:
                raise _surplus()


_GZIP_WBITS = 16 + zlib.MAX_WBITS
_PLAIN = ("", "identity")
_STREAMS: dict[str, Callable[[], _Stream]] = {
    "gzip": lambda: _Zlib(_GZIP_WBITS),
    "x-gzip": lambda: _Zlib(_GZIP_WBITS),
    "deflate": lambda: _Zlib(None),
    "br": _Brotli,
    "zstd": _Zstd,
}


def decoder(content_encoding: str, *, cap: int, ratio: int) -> Decoder:
    """Return a decoder of a body.

    Args:
        content_encoding: all values of the field, joined by commas; empty when there is none.
        cap: the largest decompressed size in bytes.
        ratio: how many times larger than the compressed body it may be beyond 64 KiB.

    Raises:
        Unreadable: the coding is unknown, or there is more than one.
    """
    coding = content_encoding.strip(" \t").lower()
    if coding in _PLAIN:
        return _Plain(cap)
    stream = _STREAMS.get(coding)
    if stream is None:
        raise _unreadable("its Content-Encoding is not one that the gateway reads")
    return _Decompressor(stream(), cap=cap, ratio=ratio)


def _wrapped(data: bytes) -> bool:
    """Say whether these bytes open a zlib wrapper (RFC 1950, 2.2); some apps send none."""
    return data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0


def _surplus() -> Unreadable:
    return _unreadable("there are bytes after the end of its compressed body")


def _too_large(cap: int) -> Unreadable:
    return _unreadable(f"its body is larger than {cap} bytes when decompressed")


def _unreadable(why: str) -> Unreadable:
    return Unreadable(
        "encoding_unreadable",
        f"Values are hidden here, and the app's answer cannot be read: {why}.",
        "Tell who runs the gateway: the app should answer with gzip or without compression.",
    )
