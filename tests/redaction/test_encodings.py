"""Content codings: one coding, one whole stream, within bounds."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial

import brotli  # type: ignore[import-untyped]  # it ships no annotations
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.encodings import decoder

MIB = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate (raw)": raw_deflate,
    "br": partial(brotli.compress, quality=1),
    "zstd": zstandard.compress,
}
each_coding = pytest.mark.parametrize("coding", CODINGS)


def decoded(
    coding: str, body: bytes, *, piece: int = 1 << 30, cap: int = MIB, ratio: int = 1000
) -> bytes:
    reader = decoder(coding.partition(" ")[0], cap=cap, ratio=ratio)
    pieces = [reader.feed(body[at : at + piece]) for at in range(0, len(body), piece)]
    return b"".join((*pieces, reader.close()))


@given(st.binary(max_size=3000), st.sampled_from(sorted(CODINGS)), st.integers(1, 500))
def test_any_chunking_gives_what_was_encoded(body: bytes, coding: str, piece: int) -> None:
    assert decoded(coding, CODINGS[coding](body), piece=piece) == body


@pytest.mark.parametrize("coding", ["", "identity", "Identity ", " GZIP\t"])
def test_a_coding_is_named_in_any_case(coding: str) -> None:
    body = gzip.compress(b"x") if "gzip" in coding.lower() else b"x"
    reader = decoder(coding, cap=10, ratio=10)
    assert reader.feed(body) + reader.close() == b"x"


@pytest.mark.parametrize(
    "coding",
    ["gzip, gzip", "gzip,gzip", "gzip, identity", "identity, gzip", "compress", "utf-8", "*", "gz"],
)
@pytest.mark.threat(32)
def test_row_32_an_unknown_or_doubled_coding_is_blocked(coding: str) -> None:
    with pytest.raises(Unreadable, match="Content-Encoding"):
        decoder(coding, cap=MIB, ratio=100)


@each_coding
@pytest.mark.threat(32)
def test_row_32_a_body_that_is_cut_short_never_looks_complete(coding: str) -> None:
    body = CODINGS[coding](b"a secret, and more" * 10)
    for end in range(len(body)):
        with pytest.raises(Unreadable, match=r"cut short|damaged"):
            decoded(coding, body[:end])


@each_coding
@pytest.mark.parametrize("piece", [1, 1 << 30])
@pytest.mark.threat(32)
def test_row_32_bytes_after_the_end_are_blocked(coding: str, piece: int) -> None:
    body = CODINGS[coding](b"x")
    for surplus in (b"\0", b"junk", body):
        with pytest.raises(Unreadable, match=r"after the end|damaged"):
            decoded(coding, body + surplus, piece=piece)


@each_coding
@pytest.mark.threat(32)
def test_row_32_what_is_not_the_coding_it_says_is_blocked(coding: str) -> None:
    with pytest.raises(Unreadable, match=r"damaged|cut short"):
        decoded(coding, b'{"ssn": "SECRET"}')


@each_coding
@pytest.mark.threat(32)
def test_row_32_a_bomb_is_stopped_before_it_takes_memory(coding: str) -> None:
    bomb = CODINGS[coding](bytes(32 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match=r"larger than|grows more"):
            decoded(coding, bomb, cap=MIB, ratio=10_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * MIB


@each_coding
@pytest.mark.threat(32)
def test_row_32_a_body_may_not_grow_beyond_the_ratio(coding: str) -> None:
    body = CODINGS[coding](bytes(MIB))
    with pytest.raises(Unreadable, match="grows more than 20 times"):
        decoded(coding, body, ratio=20)


@each_coding
def test_a_small_body_may_compress_as_well_as_it_likes(coding: str) -> None:
    assert decoded(coding, CODINGS[coding](bytes(60_000)), ratio=2) == bytes(60_000)


@pytest.mark.parametrize("piece", [1000, 1 << 30])
@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_the_cap_is_for_bodies_without_a_coding_too(size: int, piece: int) -> None:
    if size > MIB:
        with pytest.raises(Unreadable, match="larger than"):
            decoded("identity", bytes(size), piece=piece)
    else:
        assert len(decoded("identity", bytes(size), piece=piece)) == size


def test_a_zstd_frame_may_not_ask_for_a_large_window() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=25)
    engine = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Unreadable, match="damaged"):
        decoded("zstd", engine.compress(b"x" * 100) + engine.flush())


def test_a_piece_of_a_stream_comes_out_when_it_is_flushed() -> None:
    engine = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    reader = decoder("gzip", cap=MIB, ratio=100)
    sent = engine.compress(b"<li>one</li>") + engine.flush(zlib.Z_SYNC_FLUSH)
    assert reader.feed(sent) == b"<li>one</li>"
