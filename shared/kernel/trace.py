"""One trace id per request, event and frame (W3C Trace Context), through every hub it meets.

A `Tracer` marks out the pieces of work of a trace, its spans. This one only passes ids on; where
spans are collected, `shared/runtime/telemetry.py` takes its place.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

SpanKind = Literal["server", "producer", "consumer", "internal"]
Attributes = Mapping[str, str | int]


def new_traceparent() -> str:
    """Return the traceparent of a new trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def continued(traceparent: str | None) -> str:
    """Return a new span of the caller's trace, or of a new trace when there is none."""
    match = _TRACEPARENT.match(traceparent or "")
    return f"00-{match[1]}-{secrets.token_hex(8)}-01" if match else new_traceparent()


def trace_id(traceparent: str) -> str | None:
    """Return the trace id inside a traceparent."""
    match = _TRACEPARENT.match(traceparent)
    return match[1] if match else None


def parts_of(traceparent: str) -> tuple[int, int, int] | None:
    """Return trace id, span id and flags of a traceparent, None where it is none."""
    match = _TRACEPARENT.match(traceparent)
    return (int(match[1], 16), int(match[2], 16), int(match[3], 16)) if match else None


class Span:
    """A piece of work under way; what it causes carries its `traceparent`."""

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def describe(self, name: str, attributes: Attributes, *, failed: bool = False) -> None:
        """Say what became known only during the work."""


class Tracer:
    """Hands out spans that carry ids and are collected by nobody."""

    collects = False
    """Whether anybody looks at spans; where not, `record` need not be called at all."""

    @contextmanager
    def span(
        self, name: str, kind: SpanKind, *, parent: str = "", attributes: Attributes | None = None
    ) -> Iterator[Span]:
        """Mark out the work in the block, as a part of `parent` or of a new trace."""
        yield Span(continued(parent))

    def now_ns(self) -> int:
        """Return the moment to give to `record` later."""
        return 0

    def record(
        self,
        name: str,
        kind: SpanKind,
        *,
        parents: Sequence[str],
        started_ns: int,
        attributes: Attributes | None = None,
    ) -> None:
        """Take down work that was done for several traces at once and is over now."""

    def stop(self) -> None:
        """Send what is left, waiting a few seconds at most."""
