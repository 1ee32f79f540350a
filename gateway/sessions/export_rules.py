"""Exports as they are kept, and what is decided about them. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from gateway.audit.reading.choice import Choice
from gateway.audit.record import timestamp
from gateway.console.export_values import ExportOrder, ExportSays, ExportState
from gateway.errors import Refused
from gateway.model import Frozen

AT_ONCE: Final = 2
"""Exports that are written at the same time, by all gateways of a store."""
MOST_OF_ONE: Final = 5
"""Exports of one operator that are kept."""
MOST: Final = 50
KEPT_MS: Final = 86_400_000
PATIENCE_MS: Final = 30_000
"""After how long without a word whoever writes one is taken to be gone."""
_TITLE: Final = "This export was not begun"


class Scope(Frozen, frozen=True, kw_only=True):
    """What an operator was allowed to see when they asked.

    `accounts`: a site's name and an account's id, of each. `all`: everything of `sites`, where
    these are named. `bare`: without what only one's own people see.
    """

    all: bool = False
    sites: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    bare: bool = False


class Kept(Frozen, frozen=True, kw_only=True):
    """An export in the store. Times are milliseconds since the Unix epoch.

    `beat`: when whoever writes it last said so. `until`: when it is gone.
    """

    id: str
    operator: str
    order: ExportOrder
    choice: Choice
    scope: Scope
    asked_at: int
    state: ExportState = "waiting"
    beat: int = 0
    read: int = 0
    of: int | None = None
    share: float = 0.0
    taken: int = 0
    bytes: int = 0
    until: int = 0
    why: str = ""
    detail: str = ""


def now_is(kept: Kept, now: int) -> Kept:
    """Give an export as it is by now: one that nobody writes has failed, an old one is gone."""
    if kept.state in ("waiting", "running") and now - kept.beat > PATIENCE_MS:
        return replace(
            kept,
            state="failed",
            why="export_broken_off",
            detail="The gateway that wrote it ended before it was done. Ask for it again.",
        )
    if kept.state == "ready" and now >= kept.until:
        return replace(kept, state="expired")
    return kept


def admitted(kept: Iterable[Kept], one: Kept, now: int) -> list[str]:
    """Let one more in: give the ids of those that are forgotten for it.

    Raises:
        Refused: `export_busy` or `exports_full`, 409.
    """
    old = [each.id for each in kept if _is_old(each, now)]
    there = [now_is(each, now) for each in kept if each.id not in old]
    own = [each for each in there if each.operator == one.operator]
    if any(each.state in ("waiting", "running") for each in own):
        raise Refused(
            "export_busy",
            "Another export of yours is being written.",
            "Wait for it, or cancel it.",
            status=409,
            title=_TITLE,
        )
    gone = [each.id for each in own if each.state in ("failed", "expired")]
    if len(own) - len(gone) >= MOST_OF_ONE or len(there) - len(gone) >= MOST:
        raise Refused(
            "exports_full",
            "There are as many exports as are kept.",
            "Remove one of yours that you have downloaded; each is gone after a day by itself.",
            status=409,
            title=_TITLE,
        )
    return old + gone


def may_run(kept: Sequence[Kept], export: str, now: int) -> bool:
    """Say whether it is an export's turn: few are written, and nobody has waited longer."""
    there = [now_is(each, now) for each in kept]
    running = sum(each.state == "running" for each in there)
    waiting = [each for each in there if each.state == "waiting"]
    first = min(waiting, key=lambda each: (each.asked_at, each.id), default=None)
    return running < AT_ONCE and first is not None and first.id == export


def has_file(kept: Kept | None, now: int) -> bool:
    """Say whether files of an export are still wanted."""
    return kept is not None and now_is(kept, now).state in ("waiting", "running", "ready")


def says(kept: Kept, now: int) -> ExportSays:
    """Say how an export is."""
    kept = now_is(kept, now)
    return ExportSays(
        id=kept.id,
        state=kept.state,
        order=kept.order,
        asked_at=timestamp(kept.asked_at),
        # How many records there are is nothing for those who see a part of them.
        read=kept.taken if kept.scope.bare else kept.read,
        of=None if kept.scope.bare else kept.of,
        share=kept.share,
        taken=kept.taken,
        bytes=kept.bytes,
        until=timestamp(kept.until) if kept.until else None,
        why=kept.why,
        detail=kept.detail,
    )


def _is_old(kept: Kept, now: int) -> bool:
    return now - kept.asked_at > 2 * KEPT_MS and now_is(kept, now).state in ("failed", "expired")
