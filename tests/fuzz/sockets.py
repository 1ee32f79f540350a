"""Targets of a session's WebSocket: frames, and the messages that a client may send."""

from __future__ import annotations

import json
from typing import Any

from gateway.errors import SocketClosed
from gateway.model import Mode
from gateway.policy.messages import ListedMessages, Passes
from gateway.wire.frames import Frame, FrameReader
from tests.fuzz.cutting import cut

_JUDGE = ListedMessages("live", ["deals", {"type": "watch", "of": {"id": "*"}}], opened=False)


def _read(pieces: list[bytes], *, masked: bool) -> tuple[list[Frame], int]:
    """The frames, and the close code of the fault that ends them; 0 without one."""
    reader = FrameReader(masked=masked, cap=1000)
    frames = []
    try:
        for piece in pieces:
            reader.feed(piece)
            while (frame := reader.next()) is not None:
                frames.append(frame)
    except SocketClosed as fault:
        return frames, fault.close
    return frames, 0


def frames(data: bytes) -> None:
    """Messages, and where they end in a fault, do not depend on the chunking."""
    whole, pieces = cut(data)
    for masked in (False, True):
        assert _read([whole], masked=masked) == _read(pieces, masked=masked)


def messages(data: bytes) -> None:
    """What passes is what is listed, to an app that takes the first of two members or the last."""
    text = data.decode("utf-8", "replace")
    if isinstance(_JUDGE.judge(text, Mode.READ_ONLY), Passes) and text != "deals":
        for take in (dict, _first):
            value = json.loads(text, object_pairs_hook=take)
            assert (value.keys(), value["type"]) == ({"type", "of"}, "watch")
            assert value["of"].keys() == {"id"}
            assert not isinstance(value["of"]["id"], dict | list)


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))
