"""WebSocket frames (RFC 6455, 5): bytes in, whole messages and control frames out, no I/O.

Stricter than programs that read frames for themselves need to be, for two of them read one stream:
lengths in their shortest form, no reserved bit (so no extension), masks exactly where they must be,
no fragment out of turn. What breaks a rule ends the reading; nothing is repaired.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from gateway.errors import SocketClosed
from gateway.wire.grammar import is_utf8

NO_CODE: Final = 1005
"""What a close frame without a code counts as (7.4.1); it is never sent."""
PROTOCOL_ERROR: Final = 1002
NOT_UTF8: Final = 1007
TOO_LARGE: Final = 1009

_LONGEST_CONTROL: Final = 125
_LONGEST_REASON: Final = 123
_CODES: Final = (range(1000, 1004), range(1007, 1015), range(3000, 5000))
"""Codes that may stand in a close frame (7.4 and IANA's registry)."""


class Opcode(IntEnum):
    """What a frame is (5.2, 11.8)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_OPCODES: Final = {int(opcode): opcode for opcode in Opcode}


class Frame(NamedTuple):
    """A whole message (TEXT in UTF-8, BINARY) or a control frame; `data` is unmasked."""

    opcode: Opcode
    data: bytes


class FrameReader:
    """Reads one side of a WebSocket: `feed` bytes in any chunking, then ask for `next`.

    After a close frame, and after a fault, what still comes is dropped.

    Args:
        masked: the sender is a client, which masks every frame; a server masks none (5.1).
        cap: the largest message in bytes.
    """

    __slots__ = ("_cap", "_data", "_masked", "_message", "_opcode", "_over", "closed")

    def __init__(self, *, masked: bool, cap: int) -> None:
        self._masked = masked
        self._cap = cap
        self._data = bytearray()
        self._opcode: Opcode | None = None  # of the message whose first fragment has come
        self._message = bytearray()
        self._over = False
        self.closed = False
        """A close frame has come."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        if not self._over:
            self._data += data

    def next(self) -> Frame | None:
        """Give the next message or control frame, None until more has come.

        Raises:
            SocketClosed: `message_malformed` (1002, 1007) or `message_too_large` (1009).
        """
        try:
            while not self._over and (found := self._frame()) is not None:
                last, opcode, payload = found
                if opcode >= Opcode.CLOSE:
                    if opcode is Opcode.CLOSE:
                        close_of(payload)
                        self.closed = True
                        self._end()
                    return Frame(opcode, payload)
                self._opcode = self._opcode or opcode
                self._message += payload
                if last:
                    return self._whole(self._opcode)
        except SocketClosed:
            self._end()
            raise
        return None

    def _end(self) -> None:
        self._over = True
        self._data.clear()
        self._message.clear()

    def _whole(self, opcode: Opcode) -> Frame:
        data = bytes(self._message)
        self._message.clear()
        self._opcode = None
        if opcode is Opcode.TEXT and not is_utf8(data):
            raise _malformed("a text is not UTF-8", NOT_UTF8)
        return Frame(opcode, data)

    def _frame(self) -> tuple[bool, Opcode, bytes] | None:
        """Take one frame, when all of it has come: whether it is the last one, what, payload."""
        data = self._data
        if len(data) < 2:
            return None
        last, opcode = self._first_byte(data[0])
        if bool(data[1] & 0x80) is not self._masked:
            raise _malformed("a frame is masked, or not masked, against the rule")
        length, start = data[1] & 0x7F, 2
        if opcode >= Opcode.CLOSE and length > _LONGEST_CONTROL:
            raise _malformed("a control frame is too long")
        if length > _LONGEST_CONTROL:
            start = 4 if length == 126 else 10
            if len(data) < start:
                return None
            length = int.from_bytes(data[2:start])
            if length < (126 if start == 4 else 1 << 16) or length >> 63:
                raise _malformed("a frame's length is not in its shortest form")
        if opcode < Opcode.CLOSE and len(self._message) + length > self._cap:
            raise SocketClosed(
                "message_too_large",
                f"A message is larger than {self._cap} bytes.",
                close=TOO_LARGE,
            )
        mask_at, start = start, start + (4 if self._masked else 0)
        end = start + length
        if len(data) < end:
            return None
        payload = bytes(data[start:end])
        if self._masked:
            payload = masked(payload, bytes(data[mask_at:start]))
        del data[:end]
        return last, opcode, payload

    def _first_byte(self, byte: int) -> tuple[bool, Opcode]:
        last, opcode = byte >= 0x80, _OPCODES.get(byte & 0x0F)
        if byte & 0x70 or opcode is None:
            raise _malformed("a frame has a reserved bit or opcode")
        if opcode >= Opcode.CLOSE:
            if not last:
                raise _malformed("a control frame is fragmented")
        elif (opcode is Opcode.CONTINUATION) is (self._opcode is None):
            raise _malformed("a fragment is out of turn")
        return last, opcode


def masked(payload: bytes, mask: bytes) -> bytes:
    """Mask a payload, or take the mask off it (5.3): four bytes, again and again."""
    length = len(payload)
    over = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload) ^ int.from_bytes(over)).to_bytes(length)


def frame_bytes(opcode: Opcode, payload: bytes, mask: bytes = b"") -> bytes:
    """Write one frame, unfragmented; `mask` is four random bytes towards a server, else empty."""
    length = len(payload)
    if length <= _LONGEST_CONTROL:
        size = bytes((length,))
    elif length < 1 << 16:
        size = b"\x7e" + length.to_bytes(2)
    else:
        size = b"\x7f" + length.to_bytes(8)
    head = bytes((0x80 | opcode,))
    if mask:
        return head + bytes((size[0] | 0x80,)) + size[1:] + mask + masked(payload, mask)
    return head + size + payload


def close_of(payload: bytes) -> tuple[int, str]:
    """Read a close frame's code and reason; NO_CODE where it has none (5.5.1).

    Raises:
        SocketClosed: the code may not be sent, or the reason is not UTF-8.
    """
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2])
    if len(payload) < 2 or not any(code in codes for codes in _CODES):
        raise _malformed("a close frame has no code that may be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise _malformed("the reason of a close frame is not UTF-8", NOT_UTF8) from None


def close_payload(code: int, reason: str) -> bytes:
    """Write a close frame's payload; a reason that does not fit is cut between characters."""
    if code == NO_CODE:
        return b""
    text = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
    return code.to_bytes(2) + text.encode()


def _malformed(why: str, close: int = PROTOCOL_ERROR) -> SocketClosed:
    return SocketClosed("message_malformed", f"WebSocket frames are malformed: {why}.", close=close)
