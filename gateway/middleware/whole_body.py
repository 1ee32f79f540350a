"""The body of a governed response that is all there: read and changed in one go.

It goes the way of `stream_body`: decode -> look -> redact -> links -> bar.
"""

from __future__ import annotations

from typing import Final

from gateway.banner.inject import Injector
from gateway.errors import Unreadable
from gateway.middleware.links.mapper import LinkMapper
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import BodyPlan
from gateway.middleware.read_body import Read, decoder_of, reading_of
from gateway.model import Remark
from gateway.redaction.charsets import PRESCAN
from gateway.redaction.formats import FORMATS
from gateway.redaction.look import Look

_MOST: Final = 1 << 18
"""Bytes of a body that is read in one go, nothing else being done meanwhile."""


def decoded(plan: BodyPlan, data: bytes) -> bytes | None:
    """Give all of a body without its coding; None when it is too large or damaged.

    Then the ways for what comes in pieces tell, or bear with it.
    """
    try:
        decode = decoder_of(plan, cap=min(plan.max_readable, _MOST))
        return decode.feed(data) + decode.close()
    except Unreadable:
        return None


def read_now(plan: BodyPlan, body: bytes, snippet: bytes, origins: Origins) -> Read:
    """Read a body of a plan of way `read` that does not only report.

    Args:
        plan: what is to happen to it.
        body: as `decoded` gave it.
        snippet: the bar's tags for a document.
        origins: of the session, for a plan with links.

    Raises:
        Unreadable: nothing of it may leave.
    """
    reading = reading_of(plan, plan.selection, body, _look(plan, body))
    if reading.recode is not None:
        body = reading.recode.read(body, last=True).encode()
    remarks: tuple[Remark, ...] = ()
    redactor = reading.redactor
    if redactor is not None:
        body = redactor.feed(body) + redactor.close()
        remarks = redactor.remarks
    if plan.links:
        links = LinkMapper(plan.links, origins)
        body = links.feed(body) + links.close()
    if plan.bar:
        injector = Injector(snippet)
        body = injector.feed(body) + injector.close()
    return Read(body, reading.content_type, remarks)


def _look(plan: BodyPlan, body: bytes) -> Look | None:
    """Look at how it begins; JSON needs no look, nothing but its own parser has to prove it."""
    known = FORMATS.get(plan.kind)
    if plan.kind == "json" or (known is not None and known.live):
        return None
    look = Look(max(plan.max_readable, PRESCAN))
    look.enough = plan.selection is None
    look.feed(body)
    look.end()
    return look
