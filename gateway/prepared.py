"""What follows from the head of an app's answer, whatever its body is."""

from __future__ import annotations

from typing import NamedTuple

from gateway.middleware.draft import Draft
from gateway.middleware.governed_response import GovernedHead, governed_head_of
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import BodyPlan, plan_body
from gateway.middleware.read_body import is_plain_json
from gateway.middleware.response_to_client import lines
from gateway.model import Remark, ResponseHead, Session
from gateway.redaction.rules import Selection
from gateway.relay import head_start

Fields = list[tuple[bytes, bytes]]


class Prepared(NamedTuple):
    """What follows from the head of an answer to a GET, whatever its body is.

    `fields`: what the client gets of them; `written`: as they go on the wire. `hidden`: what rules
    hide of them. `json`: the rules, where the body is said to be JSON in UTF-8 and nothing else is
    done with it than to hide values; `start` is what the client gets before they are told then.
    """

    media: str
    fields: Fields
    written: bytes
    hidden: tuple[Remark, ...]
    plan: BodyPlan
    json: Selection | None
    start: bytes


def prepare(
    draft: Draft, session: Session, origins: Origins, head: ResponseHead, length: int | None
) -> Prepared | None:
    """Say what follows from the head of an answer that is all there.

    None where rules only report, the app sets cookies, or the body has to be read as it comes.

    Args:
        draft: the request, by GET, for no GraphQL.
        session, origins: the session, and its origins.
        head: the app's.
        length: as the head tells it, None in chunks.

    Raises:
        GatewayError: nothing of it may leave.
    """
    answer = governed_head_of(head, origins)
    site, path, reveal = draft.site, draft.wire.path, session.reveal
    if "redaction" in site.report_only or answer.cookies:
        return None
    fields, hidden = site.redaction.hide_headers(answer.fields, path, reveal)
    plan = plan_for(draft, answer, length, site.redaction.select(path, reveal))
    if plan.way == "read" and not plan.one_go:
        return None
    written, start = lines(fields), b""
    plain = is_plain_json(plan)
    if plain:
        start = head_start(head, written + lines([(b"Content-Type", plan.content_type)]))
    return Prepared(
        answer.media, fields, written, hidden, plan, plan.selection if plain else None, start
    )


def plan_for(
    draft: Draft, answer: GovernedHead, length: int | None, under: Selection | None
) -> BodyPlan:
    """Plan an answer's body; `length` is its, None where its end tells."""
    site = draft.site
    return plan_body(
        answer,
        under,
        length=length,
        document=draft.document,
        max_readable=site.limits.max_readable,
        spill=site.limits.spill,
        map_links=site.map_links,
    )
