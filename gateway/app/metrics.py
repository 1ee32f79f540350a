"""What a gateway counts, of one process or of all its workers together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import field

from gateway.audit.reading.lag import Lag
from gateway.model import Frozen


class Metrics(Frozen, frozen=True, kw_only=True):
    """Counts as they are now; `requests` says by what became of them how many there were.

    `consumers` says how far each one's delivery is behind: all workers see the same.
    `notices` says how many wait, were delivered and are dead, of all workers too; `unreviewed` how
    many sessions broke the glass and were not looked into, None where the store does not say.
    """

    requests: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    spooled: int = 0
    not_posted: int = 0
    away: bool = False
    stale_policies: bool = False
    stale_operators: bool = False
    stale_directories: dict[str, bool] = field(default_factory=dict)
    connected: bool = False
    under_way: int = 0
    connections: int = 0
    workers: int = 1
    replaced: int = 0
    consumers: dict[str, Lag] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    unreviewed: int | None = None


def together(
    workers: Sequence[Metrics], gone: Mapping[str, int], *, serving: int, replaced: int
) -> Metrics:
    """Add up what all workers count.

    Args:
        workers: those that run.
        gone: the requests of those that ended: what is counted up never goes down.
        serving: how many take connections.
        replaced: how many were replaced.
    """
    requests = Counter(gone)
    for each in workers:
        requests.update(each.requests)
    return Metrics(
        requests=dict(requests),
        pending=sum(each.pending for each in workers),
        spooled=sum(each.spooled for each in workers),
        not_posted=sum(each.not_posted for each in workers),
        away=any(each.away for each in workers),
        stale_policies=any(each.stale_policies for each in workers),
        stale_operators=any(each.stale_operators for each in workers),
        stale_directories={
            site: any(each.stale_directories.get(site, False) for each in workers)
            for site in {name for each in workers for name in each.stale_directories}
        },
        connected=bool(workers) and all(each.connected for each in workers),
        under_way=sum(each.under_way for each in workers),
        connections=sum(each.connections for each in workers),
        workers=serving,
        replaced=replaced,
        consumers={name: lag for each in workers for name, lag in each.consumers.items()},
        unreviewed=max((n for each in workers if (n := each.unreviewed) is not None), default=None),
        notices={state: count for each in workers for state, count in each.notices.items()},
    )
