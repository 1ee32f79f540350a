"""WebSocket frames: any fragments in any chunks are the same messages, and doubt is a fault."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import pytest
from aiohttp import WSMessage, WSMsgType
from aiohttp._websocket.reader_py import WebSocketReader
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SocketClosed
from gateway.wire.frames import (
    NO_CODE,
    Frame,
    FrameReader,
    Opcode,
    close_of,
    close_payload,
    frame_bytes,
    masked,
)

CAP = 1000
MASK = b"\x01\x80\xff\x37"


def read(data: bytes, *, masked: bool = False, cap: int = CAP, step: int = 0) -> list[Frame]:
    """All frames of a stream, fed in pieces of `step` bytes; in one piece when that is 0."""
    reader = FrameReader(masked=masked, cap=cap)
    frames = []
    for at in range(0, len(data), step or len(data)):
        reader.feed(data[at : at + (step or len(data))])
        while (frame := reader.next()) is not None:
            frames.append(frame)
    return frames


def fault(data: bytes, *, masked: bool = False) -> int:
    """The close code of the fault that a stream ends with."""
    with pytest.raises(SocketClosed) as raised:
        read(data, masked=masked)
    return raised.value.close


messages = st.one_of(
    st.builds(lambda text: Frame(Opcode.TEXT, text.encode()), st.text(max_size=200)),
    st.builds(Frame, st.just(Opcode.BINARY), st.binary(max_size=400)),
)
controls = st.builds(Frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Frame], bytes, bytes]:
    """Frames in the order in which they are complete, and the same on the wire, masked and not."""
    order: list[Frame] = []
    parts: list[tuple[int, bytes]] = []
    for message in draw(st.lists(messages, max_size=5)):
        cuts = sorted(draw(st.lists(st.integers(0, len(message.data)), max_size=4)))
        edges = [0, *cuts, len(message.data)]
        pieces = [message.data[a:b] for a, b in pairwise(edges)]
        for number, piece in enumerate(pieces):
            last = 0x80 if number == len(pieces) - 1 else 0
            parts.append((last | (0 if number else message.opcode), piece))
            if not last and draw(st.booleans()):
                control = draw(controls)
                order.append(control)
                parts.append((0x80 | control.opcode, control.data))
        order.append(message)
    wires = [b"", b""]
    for first, piece in parts:
        for side, mask in enumerate((b"", MASK)):
            whole = frame_bytes(Opcode.BINARY, piece, mask)
            wires[side] += bytes((first,)) + whole[1:]
    return order, wires[0], wires[1]


@pytest.mark.threat(36)
@given(streams(), st.integers(1, 50))
def test_row_36_any_fragments_in_any_chunks_are_the_same_messages(
    stream: tuple[list[Frame], bytes, bytes], step: int
) -> None:
    frames, plain, by_client = stream
    assert read(plain, step=step) == frames
    assert read(by_client, masked=True, step=step) == frames


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_is_byte_by_byte_and_undoes_itself(payload: bytes, mask: bytes) -> None:
    plain = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    assert masked(payload, mask) == plain
    assert masked(plain, mask) == payload


class Queue:
    """What aiohttp's reader puts messages into, for as many as there are."""

    _size, _limit = 0, 1

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def feed_data(self, message: WSMessage, _: int) -> None:
        data = message.data
        if message.type is WSMsgType.CLOSE:
            data = close_payload(message.data or NO_CODE, message.extra or "")
        self.frames.append(
            Frame(Opcode(message.type), data.encode() if isinstance(data, str) else data)
        )

    def set_exception(self, *_: object) -> None:
        """It will have stopped."""


def as_aiohttp_reads(data: bytes) -> list[Frame]:
    queue = Queue()
    reader = WebSocketReader(cast("Any", queue), 1 << 20, compress=False, decode_text=True)
    reader.feed_data(data)
    return queue.frames


@given(
    st.lists(
        st.one_of(
            st.builds(lambda frame: frame_bytes(*frame), st.one_of(messages, controls)),
            st.builds(
                lambda first, second, rest: bytes((first, second)) + rest,
                st.integers(0, 255),
                st.integers(0, 127),
                st.binary(max_size=130),
            ),
        ),
        max_size=4,
    )
)
def test_a_second_reader_finds_the_same_in_what_passes(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    reader = FrameReader(masked=False, cap=CAP)
    reader.feed(data)
    frames = []
    try:
        while (frame := reader.next()) is not None:
            frames.append(frame)
    except SocketClosed:
        pass
    assert as_aiohttp_reads(data)[: len(frames)] == frames


@pytest.mark.parametrize(
    ("data", "close"),
    [
        (b"\xc1\x00", 1002),  # RSV1: compressed
        (b"\xa1\x00", 1002),
        (b"\x83\x00", 1002),  # an opcode that means nothing
        (b"\x8b\x00", 1002),
        (b"\x80\x00", 1002),  # a fragment of nothing
        (b"\x01\x01a\x81\x01b", 1002),  # a message within another
        (b"\x09\x00", 1002),  # a control frame in fragments
        (b"\x89\x7e\x00\x7e" + bytes(126), 1002),  # and a long one
        (b"\x82\x7e\x00\x7d" + bytes(125), 1002),  # lengths that are longer than need be
        (b"\x82\x7f" + (65535).to_bytes(8), 1002),
        (b"\x82\x7f" + (1 << 63).to_bytes(8), 1002),
        (b"\x81\x80" + MASK, 1002),  # masked by a server
        (b"\x88\x01\x03", 1002),  # half a code
        (b"\x81\x02\xc3\x28", 1007),
        (b"\x01\x01\xc3\x80\x01\x28", 1007),
        (b"\x88\x04\x03\xe8\xc3\x28", 1007),
    ],
)
def test_what_breaks_the_rfc_is_a_fault(data: bytes, close: int) -> None:
    assert fault(data) == close
    with pytest.raises(SocketClosed):
        read(data, step=1)


def test_a_client_that_does_not_mask_is_at_fault() -> None:
    assert fault(b"\x81\x01a", masked=True) == 1002


@pytest.mark.threat(36)
def test_row_36_a_message_has_a_cap_over_its_fragments_and_before_it_has_come() -> None:
    assert len(read(b"\x02\x7e\x02\x58" + bytes(600) + b"\x80\x7e\x01\x90" + bytes(400))) == 1
    assert fault(b"\x02\x7e\x02\x58" + bytes(600) + b"\x80\x7e\x01\x91") == 1009
    assert fault(b"\x82\x7f" + (1 << 40).to_bytes(8)) == 1009


def test_nothing_is_read_after_a_close_frame_or_a_fault() -> None:
    text = frame_bytes(Opcode.TEXT, b"late")
    assert read(b"\x88\x00" + text) == [Frame(Opcode.CLOSE, b"")]
    reader = FrameReader(masked=False, cap=CAP)
    reader.feed(b"\x83\x00" + text)
    with pytest.raises(SocketClosed):
        reader.next()
    reader.feed(text)
    assert reader.next() is None
    assert not reader.closed


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
def test_a_close_code_that_may_not_be_sent_is_a_fault(code: int) -> None:
    assert fault(b"\x88\x02" + code.to_bytes(2)) == 1002


@given(st.sampled_from([1000, 1003, 1007, 1014, 3000, 4999]), st.text())
def test_a_close_frame_is_read_as_it_was_written(code: int, reason: str) -> None:
    payload = close_payload(code, reason)
    assert len(payload) <= 125
    read_code, read_reason = close_of(payload)
    assert read_code == code
    assert reason.startswith(read_reason)
    assert len(reason.encode()) > 120 or read_reason == reason


def test_a_close_frame_without_a_code_stays_one() -> None:
    assert close_of(close_payload(NO_CODE, "")) == (NO_CODE, "")
