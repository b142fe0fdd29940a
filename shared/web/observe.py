"""Every request is traced, counted, timed and logged once, without anybody's data."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.health import Metrics
from shared.web.trace import continued, trace_id

log = structlog.get_logger(__name__)

QUIET = ("/livez", "/readyz", "/metrics")


class Observer:
    """Outermost middleware of every app."""

    def __init__(self, app: ASGIApp, *, service: str, metrics: Metrics) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traceparent = continued(headers.get(b"traceparent", b"").decode("latin-1"))
        scope.setdefault("state", {})["traceparent"] = traceparent
        started = time.perf_counter()
        status = 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"traceparent", traceparent.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(trace_id=trace_id(traceparent)):
                await self._app(scope, receive, observed)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()
            self._metrics.request_seconds.labels(scope["method"], route).observe(seconds)
            if not scope["path"].endswith(QUIET):
                log.info(
                    "http",
                    service=self._service,
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                    trace_id=trace_id(traceparent),
                )
