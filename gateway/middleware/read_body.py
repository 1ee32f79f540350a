"""How a body is read: by which decoder, in which charset, by whose redactor."""

from __future__ import annotations

from functools import partial
from typing import Final, Protocol

from gateway.banner.inject import inject
from gateway.middleware.links.mapper import LinkMapper
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import PLAIN, BodyPlan, blocked
from gateway.model import Frozen, Remark
from gateway.redaction.charsets import UTF_8, Charset, Text, text_encoding
from gateway.redaction.encodings import Decoder, decoder
from gateway.redaction.formats import FORMATS
from gateway.redaction.media import is_contradicted
from gateway.redaction.redactor import Body, Redactor, Spilling
from gateway.redaction.rules import Selection

_RATIO: Final = 200


class Source(Protocol):
    """A body as it comes from the app."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


class Read(Frozen, frozen=True, kw_only=False):
    """A body that was read as a whole: what may leave of it."""

    body: bytes
    content_type: bytes
    remarks: tuple[Remark, ...]


def is_plain_json(plan: BodyPlan) -> bool:
    """Say whether a body is read as JSON in UTF-8, if it begins like one, and only redacted."""
    if plan.kind != "json" or plan.selection is None or plan.coding not in PLAIN:
        return False
    if plan.bar or plan.links or plan.report_only or not plan.one_go:
        return False
    content_type, charset = reading_of(plan, plan.selection, b"{")
    return (content_type, charset) == (plan.content_type, UTF_8)


def decoder_of(plan: BodyPlan, *, cap: int) -> Decoder:
    """Give the decoder of a body; it may grow to `cap` bytes."""
    return decoder(plan.coding.decode("latin-1"), cap=cap, ratio=_RATIO)


def reading_of(plan: BodyPlan, selection: Selection | None, first: bytes) -> tuple[bytes, Charset]:
    """Say under which type a body leaves, and in which charset it is read.

    Args:
        plan: what is to happen to it.
        selection: the rules that apply, None where it only gets the bar.
        first: its first decoded bytes.

    Raises:
        Unreadable: nothing of it may leave.
    """
    html = plan.kind == "html"
    charset = text_encoding(plan.content_type, first, html=html, redacted=selection is not None)
    content_type = plan.content_type
    if charset.source or FORMATS[plan.kind].declares:
        essence = b"text/html" if html else content_type.partition(b";")[0].strip()
        content_type = essence + b"; charset=" + charset.label.encode()
    return content_type, charset


def redactor_of(plan: BodyPlan, selection: Selection, charset: Charset) -> Redactor:
    """Give the redactor of a body."""
    known = FORMATS[plan.kind]
    body = Body(plan.content_type, charset.codec, plan.max_readable)
    redactor = known.make(selection, body)
    if plan.spill and known.piecemeal is not None:
        piecemeal = partial(known.piecemeal, selection, body)
        redactor = Spilling(redactor, piecemeal, plan.max_readable)
    return redactor


def read_in_one_go(
    plan: BodyPlan, coded: bytes, tags: bytes = b"", origins: Origins | None = None
) -> Read:
    """Read a body all of which has come.

    Args:
        plan: one of `one_go`.
        coded: the body, in the app's own coding.
        tags: the bar's, for a document.
        origins: of the session, for a plan with links.

    Raises:
        Unreadable: it is not what its head says, or too large.
    """
    if plan.coding not in PLAIN or (len(coded) > plan.max_readable and plan.at_once):
        decode = decoder_of(plan, cap=plan.max_readable)
        coded = decode.feed(coded) + decode.close()
    return _read(plan, coded, tags, origins)


async def read_whole(plan: BodyPlan, source: Source) -> Read:
    """Read a body of a plan that is `at_once` to its end.

    Raises:
        Unreadable: it is not what its head says, or too large.
        UpstreamError: it was cut short.
    """
    decode = decoder_of(plan, cap=plan.max_readable)
    parts = []
    while data := await source.read():
        parts.append(decode.feed(data))
    parts.append(decode.close())
    return _read(plan, b"".join(parts))


def _read(plan: BodyPlan, body: bytes, tags: bytes = b"", origins: Origins | None = None) -> Read:
    kind, selection = plan.kind, plan.selection
    # Nothing but its own parser has to prove what JSON is.
    if selection is not None and kind != "json" and is_contradicted(kind, body, len(body)):
        raise blocked(plan.content_type)
    known = FORMATS[kind]
    content_type, charset = reading_of(plan, selection, body)
    if charset.source:
        body = Text(charset.source).read(body, last=True).encode()
    remarks: tuple[Remark, ...] = ()
    if selection is not None and body:
        codec = charset.codec
        if known.at_once is not None and len(body) <= plan.max_readable:
            body, remarks = known.at_once(body, selection, codec)
        elif known.as_it_is is None or not known.as_it_is(body, selection, codec):
            redactor = redactor_of(plan, selection, charset)
            body = redactor.feed(body) + redactor.close()
            remarks = redactor.remarks
    if plan.links and origins is not None:
        links = LinkMapper(plan.links, origins)
        body = links.feed(body) + links.close()
    return Read(inject(body, tags) if plan.bar else body, content_type, remarks)
