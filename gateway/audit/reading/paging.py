"""Pages of what happened in a session: each step stands on one page, where it began. Pure.

A request's outcome may come long after its intent, on another page or when all pages were read. So
a page tells beside its own steps of those that began before it and came to an end in it (`late`).
Put into the steps of the pages before by their ids, they give the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.audit.marks import may_change
from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import BODIES, Result, refused_in_session, result
from gateway.audit.reading.spots import Spot
from gateway.audit.reading.timeline import Step
from gateway.audit.record import Kind

ONLY = ("changes", "hidden", "refused", "errors")
"""Of which steps a page can be alone."""

Placed = tuple[Spot, Fields]
"""A record, and where it stands."""


class Paged(NamedTuple):
    """The steps that began among some records, and those that came to an end there.

    Each is beside the spot of the record that it begins with, or of the one that ends it.
    """

    steps: list[tuple[Spot, Step]]
    late: list[tuple[Spot, Step]]

    def of(self, only: str) -> Paged:
        """Give those that are asked for; `only` is one of `ONLY`, or empty for all."""
        steps = [each for each in self.steps if is_one_of(each[1], only)]
        return Paged(steps, [each for each in self.late if is_one_of(each[1], only)])

    def first(self, most: int) -> Paged:
        """Give the first steps, and what came to an end before the last of them began."""
        last = self.steps[:most][-1][0]
        return Paged(self.steps[:most], [each for each in self.late if each[0] < last])

    @property
    def open(self) -> Mapping[str, Step]:
        """The steps without an outcome, by their requests."""
        return {
            each.told.get("request", ""): each
            for _, each in self.steps
            if each.told["kind"] == Kind.REQUEST_INTENT and not each.outcome
        }


def paged(records: Iterable[Placed]) -> Paged:
    """Make steps of a session's records, which come the oldest first; bodies are left out."""
    page = Paged([], [])
    open_: dict[str, Step] = {}
    for spot, record in records:
        kind, request = record["kind"], record.get("request", "")
        if kind in BODIES:
            continue
        if kind != Kind.REQUEST_OUTCOME:
            page.steps.append((spot, Step(record)))
            if kind == Kind.REQUEST_INTENT:
                open_[request] = page.steps[-1][1]
        elif request in open_:
            open_.pop(request).outcome = record
        else:
            page.late.append((spot, Step(record, record)))
    return page


def complete(page: Paged, behind: Sequence[Placed]) -> None:
    """Give steps their outcomes, as far as they are among records behind them."""
    open_ = dict(page.open)
    for _, record in behind:
        if record["kind"] == Kind.REQUEST_OUTCOME and record.get("request") in open_:
            open_.pop(record["request"]).outcome = record


def hidden_in(step: Step) -> Mapping[str, int]:
    """How many values of each category were hidden in a step's answer."""
    found: dict[str, int] = {}
    if step.outcome.get("would") != "redaction":  # else it was not hidden, only noted
        for each in step.hidden:
            found[each["category"]] = found.get(each["category"], 0) + each["count"]
    return found


def failed(step: Step) -> bool:
    """Whether it was allowed and did not go well: by its reason, its status, or because cut."""
    return bool(step.outcome) and result(step.outcome) is Result.FAILURE


def changed(step: Step) -> bool:
    """Whether it may have changed something; as `Step.changes`, of late ones too."""
    is_late = step.told["kind"] == Kind.REQUEST_OUTCOME
    return step.changes or (is_late and may_change(step.told.get("method", "")))


def is_one_of(step: Step, only: str) -> bool:
    """Whether a step is of those that are asked for."""
    match only:
        case "changes":
            return changed(step)
        case "hidden":
            return bool(hidden_in(step))
        case "refused":
            return refused_in_session(step.told)
        case "errors":
            return failed(step)
    return True
