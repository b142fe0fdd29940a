"""The one way out over HTTP: explicit time limits, a named caller, no redirects followed."""

import httpx

CONNECT_S = 5.0
READ_S = 15.0
TOTAL_CONNECTIONS_MAX = 20


def http_client(
    *, base_url: str = "", transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return a client; `transport` replaces the network (an app in this process, a test)."""
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=TOTAL_CONNECTIONS_MAX),
        follow_redirects=False,
        headers={"User-Agent": "eroad/0.1"},
    )
