"""A frame carries events of many traces: each trace is told that its event crossed."""

from collections.abc import Iterable

from services.exchange.domain.line import LineMalformed, envelope_of
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx


def trace_lines(tx: ExchangeTx, name: str, lines: Iterable[bytes], *, stream: Stream) -> None:
    """Take down `name` in the trace of every event of a frame, where spans are collected."""
    if not tx.tracer.collects:
        return
    parents = []
    for line in lines:
        try:
            parents.append(envelope_of(line).traceparent)
        except LineMalformed:
            continue  # set aside as malformed: it has no trace to tell
    tx.tracer.record(
        name,
        "internal",
        parents=parents,
        started_ns=tx.tracer.now_ns(),
        attributes={"eroad.stream": stream.key},
    )
