"""Spans as OpenTelemetry has them, sent by OTLP over HTTP; loaded only where an endpoint is set.

Each service has a provider of its own, never the global one, so that two hubs fit in one process.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import time_ns
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from shared.kernel.trace import Attributes, Span, Tracer, parts_of
from shared.kernel.trace import SpanKind as KindName

EXPORT_EVERY_MS = 1_000
EXPORT_TIMEOUT_S = 5
QUEUE_MAX = 8_192
"""Spans waiting to be sent; more are dropped, because a collector must never stop a hub."""
RECORDED_AT_ONCE_MAX = 1_000

KINDS = {
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}


class OtlpTracer(Tracer):
    """Sends one service's spans to a collector."""

    collects = True

    def __init__(self, *, hub: str, service: str, version: str, endpoint: str) -> None:
        self._provider = TracerProvider(
            resource=Resource(
                {"service.name": service, "service.namespace": hub, "service.version": version}
            ),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                exporter, max_queue_size=QUEUE_MAX, schedule_delay_millis=EXPORT_EVERY_MS
            )
        )
        self._tracer = self._provider.get_tracer("eroad", version)

    @contextmanager
    def span(
        self, name: str, kind: KindName, *, parent: str = "", attributes: Attributes | None = None
    ) -> Iterator[Span]:
        started = self._tracer.start_span(
            name, _under(parent), kind=KINDS[kind], attributes=dict(attributes or {})
        )
        try:
            yield _Running(started)
        except BaseException as error:
            started.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            started.end()

    def now_ns(self) -> int:
        return time_ns()

    def record(
        self,
        name: str,
        kind: KindName,
        *,
        parents: Sequence[str],
        started_ns: int,
        attributes: Attributes | None = None,
    ) -> None:
        assert len(parents) <= RECORDED_AT_ONCE_MAX, "work is done in batches of a named size"
        ended_ns = time_ns()
        for parent in parents:
            span = self._tracer.start_span(
                name,
                _under(parent),
                kind=KINDS[kind],
                attributes=dict(attributes or {}),
                start_time=started_ns,
            )
            span.end(ended_ns)

    def stop(self) -> None:
        self._provider.shutdown()


class _Running(Span):
    def __init__(self, span: Any) -> None:
        context = span.get_span_context()
        flags = f"{int(context.trace_flags):02x}"
        super().__init__(f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags}")
        self._span = span

    def describe(self, name: str, attributes: Attributes, *, failed: bool = False) -> None:
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(StatusCode.ERROR)


def _under(parent: str) -> Any:
    """Return the context of a span that began elsewhere; without one a new trace begins."""
    parts = parts_of(parent)
    if parts is None:
        return set_span_in_context(NonRecordingSpan(SpanContext(0, 0, is_remote=True)))
    trace, span, flags = parts
    return set_span_in_context(
        NonRecordingSpan(SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags)))
    )
