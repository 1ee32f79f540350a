"""What happens to a body where rules only report: it passes, and they see it where they can."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from gateway.errors import Unreadable
from gateway.middleware.plan_body import BodyPlan
from gateway.redaction.encodings import decoder
from gateway.redaction.rules import Selection


class Reported(NamedTuple):
    """How a body is carried over where rules only report; `would`: how they would have blocked."""

    plan: BodyPlan
    would: str


def plan_report(plan: Callable[[Selection | None], BodyPlan], under: Selection | None) -> Reported:
    """Decide what happens to a body that rules only look at.

    Args:
        plan: `plan_body` but for the rules.
        under: the rules that apply.

    Raises:
        Unreadable: nothing of it may leave, whatever the rules say.
    """
    free = plan(None)
    try:
        watched = plan(under)
        decoder(watched.coding.decode("latin-1"), cap=0, ratio=1)  # is there one?
    except Unreadable as no:
        return Reported(free, no.code)
    if watched.way != "read" or watched.selection is None:
        return Reported(free, "")
    return Reported(replace(watched, report_only=True, one_go=False), "")
