"""Every request is traced, counted, timed and logged once, without anybody's data."""

import time
from collections.abc import Iterator
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.trace import Span, Tracer, trace_id
from shared.web.health import Metrics
from shared.web.rates import Allowance

log = structlog.get_logger(__name__)

QUIET = ("/livez", "/readyz", "/metrics")
SERVER_ERROR = 500


class Observer:
    """Outermost middleware of every app."""

    def __init__(self, app: ASGIApp, *, service: str, metrics: Metrics, tracer: Tracer) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        with self._tracer.span(scope["method"], "server", parent=parent) as span:
            scope.setdefault("state", {})["traceparent"] = span.traceparent
            reply = _Reply(send, scope["state"])
            started = time.perf_counter()
            try:
                with structlog.contextvars.bound_contextvars(trace_id=trace_id(span.traceparent)):
                    await self._app(scope, receive, reply.send)
            finally:
                self._take_down(scope, span, reply.status, time.perf_counter() - started)

    def _take_down(self, scope: Scope, span: Span, status: int, seconds: float) -> None:
        """Count, time, describe and log one request."""
        method, route = scope["method"], getattr(scope.get("route"), "path", "unmatched")
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(method, route).observe(seconds)
        about = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        span.describe(f"{method} {route}", about, failed=status >= SERVER_ERROR)
        if not scope["path"].endswith(QUIET):
            log.info(
                "http",
                service=self._service,
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                trace_id=trace_id(span.traceparent),
            )


class _Reply:
    """The way back to the caller: sees the status, and adds what every reply carries."""

    def __init__(self, send: Send, state: dict[str, Any]) -> None:
        self._send = send
        self._state = state
        self.status = SERVER_ERROR

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                (b"traceparent", self._state["traceparent"].encode()),
                (b"x-content-type-options", b"nosniff"),
                (b"cache-control", b"no-store"),
                *self._allowance(),
            ]
        await self._send(message)

    def _allowance(self) -> Iterator[tuple[bytes, bytes]]:
        """What the caller may still ask, once it is known who that is."""
        allowance: Allowance | None = self._state.get("allowance")
        if allowance is not None:
            for name, value in allowance.headers().items():
                yield name.lower().encode(), value.encode()
