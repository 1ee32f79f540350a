"""How a body is read: by which decoder, in which charset, by whose redactor."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple, Protocol

from gateway.middleware.plan_body import BodyPlan, blocked
from gateway.model import Remark
from gateway.redaction.charsets import Text, text_encoding
from gateway.redaction.encodings import Decoder, decoder
from gateway.redaction.formats import FORMATS
from gateway.redaction.look import Look
from gateway.redaction.media import contradicts
from gateway.redaction.redactor import Body, Redactor, Spilling
from gateway.redaction.rules import Selection

_RATIO: Final = 200


class Source(Protocol):
    """A body as it comes from the app."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


class Reading(NamedTuple):
    """Who reads a body, and under which type it leaves; `recode`: it leaves in UTF-8 instead."""

    content_type: bytes
    recode: Text | None = None
    redactor: Redactor | None = None


class Read(NamedTuple):
    """A body that was read as a whole: what may leave of it."""

    body: bytes
    content_type: bytes
    remarks: tuple[Remark, ...]


def decoder_of(plan: BodyPlan, *, cap: int) -> Decoder:
    """Give the decoder of a body; it may grow to `cap` bytes."""
    return decoder(plan.coding.decode("latin-1"), cap=cap, ratio=_RATIO)


def reading_of(
    plan: BodyPlan, selection: Selection | None, first: bytes, look: Look | None
) -> Reading:
    """See that a body's type can be trusted, and say who reads it.

    Args:
        plan: what is to happen to it.
        selection: the rules that apply, None where it only gets the bar.
        first: its first decoded bytes.
        look: has seen how it begins; None where that is not asked.

    Raises:
        Unreadable: nothing of it may leave.
    """
    if look is not None and contradicts(plan.kind, look):
        raise blocked(plan.content_type)
    known = FORMATS.get(plan.kind)
    if known is None:
        return Reading(plan.content_type)
    html = plan.kind == "html"
    charset = text_encoding(plan.content_type, first, html=html, redacted=selection is not None)
    recode = Text(charset.source) if charset.source else None
    content_type = plan.content_type
    if known.declares or recode is not None:
        essence = b"text/html" if html else content_type.partition(b";")[0].strip()
        content_type = essence + b"; charset=" + charset.label.encode()
    if selection is None or not (known.live or first):
        return Reading(content_type, recode)
    body = Body(plan.content_type, charset.codec, plan.max_readable)
    redactor = known.make(selection, body)
    if plan.spill and known.piecemeal is not None:
        piecemeal = partial(known.piecemeal, selection, body)
        redactor = Spilling(redactor, piecemeal, plan.max_readable)
    return Reading(content_type, recode, redactor)


async def read_whole(plan: BodyPlan, source: Source) -> Read:
    """Read a body of a plan that is `whole` to its end.

    Raises:
        Unreadable: it is not what its head says, or too large.
        UpstreamError: it was cut short.
    """
    decode = decoder_of(plan, cap=plan.max_readable)
    parts = []
    while data := await source.read():
        parts.append(decode.feed(data))
    parts.append(decode.close())
    body = b"".join(parts)
    look = None
    if plan.kind != "json":  # which nothing but its own parser has to prove
        look = Look(len(body))
        look.feed(body)
        look.end()
    content_type, recode, redactor = reading_of(plan, plan.selection, body, look)
    if redactor is None:
        return Read(body, content_type, ())
    if recode is not None:
        body = recode.read(body, last=True).encode()
    return Read(redactor.feed(body) + redactor.close(), content_type, redactor.remarks)
