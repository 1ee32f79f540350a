"""One end of a WebSocket: pings, silence, and the last word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.errors import Side, SocketClosed
from gateway.sockets.end import End, Gone
from gateway.wire.frames import Frame, FrameReader, Opcode, close_payload, frame_bytes
from tests.sockets.support import MASK


class Wire:
    """The peer: what it was sent, and what it will send. `answer` is called with each frame."""

    def __init__(self, *, masked: bool) -> None:
        self.coming: asyncio.Queue[bytes] = asyncio.Queue()
        self.sent: list[bytes] = []
        self.frames: list[Frame] = []
        self.answer: Callable[[Frame], object] = lambda _: None
        self._reader = FrameReader(masked=masked, cap=1000)

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._reader.feed(data)
        while (frame := self._reader.next()) is not None:
            self.frames.append(frame)
            self.answer(frame)

    async def drain(self) -> None:
        """It takes everything."""


def an_end(
    side: Side,
    *,
    quiet: float = 5,
    read: Callable[[], Awaitable[bytes]] | None = None,
    cap: int = 1000,
) -> tuple[End, Wire]:
    wire = Wire(masked=side is Side.UPSTREAM)
    read = read or wire.coming.get
    end = End(side, read=read, write=wire.write, drain=wire.drain, cap=cap, quiet=quiet)
    return end, wire


async def test_a_peer_that_says_nothing_and_answers_no_ping_is_gone() -> None:
    end, wire = an_end(Side.CLIENT, quiet=0.001)
    with pytest.raises(Gone) as gone:
        await end.receive()
    assert gone.value.side is Side.CLIENT
    assert wire.frames == [Frame(Opcode.PING, b"")]


async def test_a_peer_that_answers_pings_may_say_nothing_for_long() -> None:
    end, wire = an_end(Side.CLIENT, quiet=0.001)
    pings = 0

    def answer(_: Frame) -> None:
        nonlocal pings
        pings += 1
        reply = frame_bytes(Opcode.PONG, b"", MASK)
        wire.coming.put_nowait(reply if pings < 5 else frame_bytes(Opcode.TEXT, b"at last", MASK))

    wire.answer = answer
    assert await end.receive() == [Frame(Opcode.TEXT, b"at last")]
    assert pings == 5


async def test_an_app_gets_each_frame_under_a_mask_of_its_own() -> None:
    end, wire = an_end(Side.UPSTREAM)
    for _ in range(50):
        end.send(Opcode.TEXT, b"same")
    assert wire.frames == [Frame(Opcode.TEXT, b"same")] * 50
    assert len(set(wire.sent)) == 50


async def test_nothing_is_sent_after_the_last_word() -> None:
    end, wire = an_end(Side.CLIENT)
    wire.coming.put_nowait(
        frame_bytes(Opcode.PING, b"?", MASK) + frame_bytes(Opcode.CLOSE, b"", MASK)
    )
    end.close(1008, "over")
    end.close(1000, "again")
    end.send(Opcode.TEXT, b"late")
    assert await end.closed(5)
    assert wire.sent == [frame_bytes(Opcode.CLOSE, close_payload(1008, "over"))]


async def test_the_peers_last_word_is_waited_for_and_no_longer() -> None:
    end, wire = an_end(Side.CLIENT)
    wire.coming.put_nowait(frame_bytes(Opcode.TEXT, b"dropped", MASK))
    assert not await end.closed(0.01)


async def test_what_came_together_is_given_together_and_a_fault_behind_it_comes_after() -> None:
    end, wire = an_end(Side.CLIENT)
    texts = [Frame(Opcode.TEXT, b"%d" % number) for number in range(100)]
    frames = [frame_bytes(*text, MASK) for text in texts]
    frames.insert(3, frame_bytes(Opcode.PING, b"?", MASK))
    wire.coming.put_nowait(b"".join(frames) + b"\xff\xff")
    first, second = await end.receive(), await end.receive()
    assert first + second == texts
    assert len(first) == 63, "a bounded number, of which one was the ping"
    assert wire.frames == [Frame(Opcode.PONG, b"?")]
    with pytest.raises(SocketClosed):
        await end.receive()


async def test_much_that_came_together_is_given_in_parts() -> None:
    end, wire = an_end(Side.CLIENT, cap=40_000)
    large = Frame(Opcode.BINARY, bytes(40_000))
    wire.coming.put_nowait(frame_bytes(*large, MASK) * 3)
    assert await end.receive() == [large, large]
    assert await end.receive() == [large]


async def test_what_follows_a_fault_is_dropped() -> None:
    end, wire = an_end(Side.CLIENT)
    wire.coming.put_nowait(b"\xff\xff" + frame_bytes(Opcode.TEXT, b"never", MASK))
    with pytest.raises(SocketClosed):
        await end.receive()
    wire.coming.put_nowait(frame_bytes(Opcode.CLOSE, b"", MASK))
    wire.coming.put_nowait(b"")
    assert not await end.closed(5)


async def test_a_peer_that_breaks_off_is_gone() -> None:
    async def broken() -> bytes:
        raise ConnectionResetError

    end, _ = an_end(Side.CLIENT, read=broken)
    with pytest.raises(Gone):
        await end.receive()
