"""What a gateway counts, of one process or of all its workers together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import field
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.model import Frozen


class Metrics(Frozen, frozen=True, kw_only=True):
    """Counts as they are now; `requests` says by what became of them how many there were."""

    requests: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    away: bool = False
    connected: bool = False
    under_way: int = 0
    connections: int = 0
    workers: int = 1
    replaced: int = 0


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
        away=any(each.away for each in workers),
        connected=bool(workers) and all(each.connected for each in workers),
        under_way=sum(each.under_way for each in workers),
        connections=sum(each.connections for each in workers),
        workers=serving,
        replaced=replaced,
    )


def exposition(metrics: Metrics) -> bytes:
    """Write them as Prometheus reads them (text format 0.0.4)."""
    registry = CollectorRegistry()
    registry.register(_Families(metrics))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Give every metric."""
        metrics = self._metrics
        requests = CounterMetricFamily(
            "gateway_requests", "Requests by what became of them", labels=["kind"]
        )
        for kind, count in metrics.requests.items():
            requests.add_metric([kind], count)
        yield requests
        yield CounterMetricFamily(
            "gateway_workers_replaced", "Workers that ended and were replaced", metrics.replaced
        )
        for name, text, value in (
            ("audit_pending_records", "Records that the store has not confirmed", metrics.pending),
            ("audit_away", "1 while records cannot be written", metrics.away),
            ("sessions_connected", "1 while ends of sessions are heard", metrics.connected),
            ("governed_under_way", "Requests and streams open in sessions", metrics.under_way),
            ("connections", "Client connections", metrics.connections),
            ("workers", "Processes that serve", metrics.workers),
        ):
            yield GaugeMetricFamily(f"gateway_{name}", text, value=float(value))
