"""Bodies of a governed request go on record, where a rule of its site says so.

The record of a request's body is durable with the intent, so before the app sees any of it (law 3).
One that is too long to be held goes on as it comes; its size and hash are on record at the end, as
the answer's body is: before the outcome, and kept like that until the store has them.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.acting import Acting
from gateway.audit.bodies.bodies import READ_LIMIT
from gateway.audit.bodies.copies import Aliases, Copies, Copy
from gateway.audit.bodies.levels import Level
from gateway.audit.parts import Told
from gateway.audit.record import Kind
from gateway.model import ResponseHead
from gateway.recorder import Intent, Recorder
from gateway.relay import Answered
from gateway.uplink import Uplink


async def copy_request(
    acting: Acting, level: Level, open_uplink: Callable[[Acting], Uplink]
) -> Told | None:
    """Read a request's body before anything else is done with it; say what is on record of it.

    None when nothing is yet: there is no body, or it is too long.

    Args:
        level: one that keeps bodies of requests.
        open_uplink: gives what reads the body.

    Raises:
        ClientError: it could not be read; nothing was sent.
    """
    acting.copies = copies = Copies(level)
    if acting.request.length == 0:
        return None
    fields = acting.draft.fields
    copy = Copy(fields.get(b"content-type", b""), fields.get(b"content-encoding", b""))
    if acting.body is not None:
        copy.take(acting.body)
    else:
        acting.uplink = uplink = open_uplink(acting)
        uplink.copy = copy.take
        ended = await uplink.ahead(READ_LIMIT)
        acting.outcome.bytes_in = uplink.read
        if not ended:
            copies.sent = copy
            return None
    return _sent(acting, copies, copy, complete=True) if copy.size else None


def copy_answer(acting: Acting, content_type: bytes, coding: bytes = b"") -> Copy | None:
    """Give what takes a copy of the answer's body, None when none is taken.

    Args:
        content_type, coding: of what it takes.
    """
    copy = acting.copies.got if acting.copies is not None else None
    if copy is not None:
        copy.content_type, copy.coding = content_type, coding
    return copy


def tell_bodies(acting: Acting, copies: Copies, intent: Intent, recorder: Recorder) -> None:
    """Put on record what is not yet: of a long request, and of the answer.

    Raises:
        StoreAway: nothing is taken any more.
    """
    if (sent := copies.sent) is not None:
        complete = acting.uplink is not None and acting.uplink.ended
        recorder.keep(intent, Kind.REQUEST_BODY, _sent(acting, copies, sent, complete=complete))
    if (got := copies.got) is not None and got.size:
        told = _read(
            acting,
            copies,
            got,
            aliases=acting.asked.aliases if acting.asked is not None else (),
            complete=acting.outcome.complete is True,
        )
        told.bytes_out = got.size
        recorder.keep(intent, Kind.RESPONSE_BODY, told)


def _sent(acting: Acting, copies: Copies, copy: Copy, *, complete: bool) -> Told:
    told = _read(acting, copies, copy, complete=complete)
    told.bytes_in = copy.size
    return told


def _read(
    acting: Acting, copies: Copies, copy: Copy, *, aliases: Aliases = (), complete: bool
) -> Told:
    """Read a copy by all that the site's rules hide here, whatever this session may see."""
    rules = acting.site.redaction.select(acting.path, ())
    return copy.read(copies.level, rules, aliases, complete=complete)


class Copying:
    """An answer that is copied as it is read.

    Args:
        response: the app's.
        copy: takes what is read.
    """

    def __init__(self, response: Answered, copy: Copy) -> None:
        self.head: ResponseHead = response.head
        self.length = response.length
        self._response = response
        self._copy = copy

    def whole(self) -> bytes | None:
        """As `Answered.whole`."""
        body = self._response.whole()
        if body is not None:
            self._copy.take(body)
        return body

    async def read(self) -> bytes:
        """As `Source.read`."""
        data = await self._response.read()
        self._copy.take(data)
        return data
