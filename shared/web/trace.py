"""One trace id per request, event and frame (W3C Trace Context), and who may see it: everyone."""

import re
import secrets

from starlette.requests import Request

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")


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


def trace_id_of(request: Request) -> str | None:
    """Return the trace id a request runs under."""
    return trace_id(getattr(request.state, "traceparent", ""))
