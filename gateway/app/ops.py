"""The listener for operations: /livez, /readyz, /metrics. It never faces the public."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.app.gateway import Gateway
from gateway.errors import StoreAway


class OpsListener:
    """Answers what a supervisor or Prometheus asks.

    `/livez`: the process answers. `/readyz`: 200 when acting on behalf works, 503 with the reason
    when it does not; ordinary users pass either way.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._server = web.Server(self._answer, access_log=None)
        self._metrics = CollectorRegistry()
        self._metrics.register(_Reading(gateway))

    @property
    def protocol(self) -> web.Server:
        """Makes the protocol of each connection."""
        return self._server

    async def stop(self) -> None:
        """Close its connections."""
        await self._server.shutdown(1.0)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/livez":
            return web.Response(text="alive\n")
        if request.path == "/readyz":
            return await self._ready()
        if request.path == "/metrics":
            body = await asyncio.to_thread(generate_latest, self._metrics)
            return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
        return web.Response(status=404, text="There is /livez, /readyz and /metrics.\n")

    async def _ready(self) -> web.StreamResponse:
        try:
            async with self._gateway.store.answers("say that it is there"):
                await self._gateway.store.redis.ping()
        except StoreAway as away:
            return web.Response(status=503, text=f"not ready: {away.detail}\n")
        if not self._gateway.live.connected:
            return web.Response(status=503, text="not ready: ends of sessions are not heard\n")
        if self._gateway.emitter.away:
            return web.Response(status=503, text="not ready: records cannot be written\n")
        return web.Response(text="ready\n")


class _Reading(Collector):
    """Reads the gateway's own counts when somebody asks; nothing is counted twice."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def collect(self) -> Iterator[Metric]:
        """Give every metric as it is now."""
        gateway = self._gateway
        requests = CounterMetricFamily(
            "gateway_requests", "Requests by what became of them", labels=["kind"]
        )
        for kind, count in asdict(gateway.counts).items():
            requests.add_metric([kind], count)
        yield requests
        for name, text, value in (
            (
                "audit_pending_records",
                "Records that the store has not confirmed",
                gateway.emitter.pending,
            ),
            ("audit_away", "1 while records cannot be written", gateway.emitter.away),
            ("sessions_connected", "1 while ends of sessions are heard", gateway.live.connected),
            (
                "governed_under_way",
                "Requests and streams open in sessions",
                gateway.live.under_way(),
            ),
            ("connections", "Client connections", len(gateway.listener.connections)),
        ):
            yield GaugeMetricFamily(f"gateway_{name}", text, value=float(value))
