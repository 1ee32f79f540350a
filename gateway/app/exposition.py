"""Counts as Prometheus reads them. Imported with the first scrape: a start goes without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.app.metrics import Metrics

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


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
        lag = GaugeMetricFamily(
            "gateway_audit_consumer_lag", "Records not yet acknowledged", labels=["consumer"]
        )
        oldest = GaugeMetricFamily(
            "gateway_audit_consumer_oldest_seconds",
            "Age of the oldest record not yet acknowledged",
            labels=["consumer"],
        )
        for consumer, behind in metrics.consumers.items():
            lag.add_metric([consumer], behind.records)
            oldest.add_metric([consumer], behind.seconds)
        yield lag
        yield oldest
        notices = GaugeMetricFamily(
            "gateway_notices", "Notices that wait, were delivered or are dead", labels=["state"]
        )
        for state, count in metrics.notices.items():
            notices.add_metric([state], count)
        yield notices
        if metrics.unreviewed is not None:
            yield GaugeMetricFamily(
                "gateway_broken_glass_unreviewed",
                "Sessions that broke the glass, into which nobody has looked",
                value=metrics.unreviewed,
            )
        stale = GaugeMetricFamily(
            "gateway_directory_stale",
            "1 while a site's source of users may say something else than what holds",
            labels=["site"],
        )
        for site, is_stale in sorted(metrics.stale_directories.items()):
            stale.add_metric([site], float(is_stale))
        yield stale
        for name, text, value in (
            ("audit_pending_records", "Records that the store has not confirmed", metrics.pending),
            ("audit_spooled_records", "Records that wait on disk for the store", metrics.spooled),
            (
                "audit_checkpoints_not_posted",
                "Checkpoints that the webhook has not confirmed",
                metrics.not_posted,
            ),
            ("audit_away", "1 while records cannot be written", metrics.away),
            ("policies_stale", "1 while policy files cannot be used", metrics.stale_policies),
            (
                "operators_stale",
                "1 while the operators file cannot be used",
                metrics.stale_operators,
            ),
            ("sessions_connected", "1 while ends of sessions are heard", metrics.connected),
            ("governed_under_way", "Requests and streams open in sessions", metrics.under_way),
            ("connections", "Client connections", metrics.connections),
            ("workers", "Processes that serve", metrics.workers),
        ):
            yield GaugeMetricFamily(f"gateway_{name}", text, value=float(value))
