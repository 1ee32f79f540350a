"""Compressing again what was read: when, and that nothing waits for more."""

from __future__ import annotations

import gzip
import zlib

import pytest

from gateway.middleware.compress import Compressed, compressed, pays, takes_gzip


class Pieces:
    def __init__(self, *pieces: bytes) -> None:
        self._left = list(pieces)

    async def read(self) -> bytes:
        return self._left.pop(0) if self._left else b""


@pytest.mark.parametrize(
    "said",
    [b"gzip", b"deflate, GZIP, br", b"br;q=1, gzip;q=0.5", b"gzip ; q=1.000", b"*", b"x, *;q=0.1"],
)
def test_a_client_says_that_it_reads_gzip(said: bytes) -> None:
    assert takes_gzip(said)


@pytest.mark.parametrize(
    "said",
    [b"", b"identity", b"br, zstd", b"gzip;q=0", b"gzip;q=0.000, br", b"x-gzipped", b"*;q=0"],
)
def test_a_client_that_does_not_say_so_gets_none(said: bytes) -> None:
    assert not takes_gzip(said)


def test_it_pays_for_what_the_app_compressed_unless_it_is_short() -> None:
    assert pays(b"gzip", None)
    assert pays(b"br", 22_000)
    assert not pays(b"gzip", 500)
    assert not pays(b"", 22_000)
    assert not pays(b"identity", None)


def test_a_whole_body_comes_back() -> None:
    assert gzip.decompress(compressed(b"hello" * 999)) == b"hello" * 999


async def test_each_piece_of_a_stream_can_be_read_when_it_leaves() -> None:
    source, reader = Compressed(Pieces(b"one", b"two")), zlib.decompressobj(wbits=31)
    assert reader.decompress(await source.read()) == b"one"
    assert reader.decompress(await source.read()) == b"two"
    assert reader.decompress(await source.read()) == b""
    assert reader.eof
    assert await source.read() == b""
