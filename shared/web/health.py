"""Is it alive, is it ready, and how is it doing: /livez, /readyz, /metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import prometheus_client as prometheus
from fastapi import APIRouter, Request, Response

from shared.kernel.errors import Unavailable


class Metrics:
    """One service's counters, in a registry of their own so that two hubs fit in one process."""

    def __init__(self, service: str, hub: str) -> None:
        self.registry = prometheus.CollectorRegistry()
        prometheus.Info("eroad_service", "which service of which hub", registry=self.registry).info(
            {"service": service, "hub": hub}
        )
        self.requests = prometheus.Counter(
            "http_requests",
            "requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.request_seconds = prometheus.Histogram(
            "http_request_seconds", "time to answer", ["method", "route"], registry=self.registry
        )
        self.outbox_waiting = prometheus.Gauge(
            "eroad_outbox_waiting", "events written but not yet on the bus", registry=self.registry
        )
        self.published = prometheus.Counter(
            "eroad_events_published", "events put on the bus", registry=self.registry
        )
        self.handled = prometheus.Counter(
            "eroad_events_handled", "events handled", ["topic"], registry=self.registry
        )
        self.quarantined = prometheus.Counter(
            "eroad_events_quarantined",
            "events set aside",
            ["topic", "reason"],
            registry=self.registry,
        )
        self.lag = prometheus.Gauge(
            "eroad_consumer_lag", "events not yet handled", ["topic"], registry=self.registry
        )


@dataclass
class Health:
    """What the probes ask; `checks` raise when the service can't do its work."""

    metrics: Metrics
    checks: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    degraded: dict[str, str] = field(default_factory=dict)


health_router = APIRouter(include_in_schema=False)


@health_router.get("/livez")
async def livez() -> dict[str, str]:
    """The process runs its event loop."""
    return {"status": "ok"}


@health_router.get("/readyz")
async def readyz(request: Request) -> dict[str, object]:
    """The service can answer; a broker that is away degrades it but does not stop it."""
    health: Health = request.app.state.health
    for name, check in health.checks.items():
        try:
            await check()
        except Exception as error:
            raise Unavailable(f"{name} is not ready") from error
    return {"status": "degraded" if health.degraded else "ok", "degraded": health.degraded}


@health_router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text."""
    health: Health = request.app.state.health
    text = prometheus.generate_latest(health.metrics.registry)
    return Response(text, media_type=prometheus.CONTENT_TYPE_LATEST)
