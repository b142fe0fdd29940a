"""The one way out over HTTP: explicit time limits, a named caller, no redirects followed."""

from collections.abc import Mapping
from typing import Any

import httpx

CONNECT_S = 5.0
READ_S = 15.0
TOTAL_CONNECTIONS_MAX = 20

Transport = httpx.AsyncBaseTransport
"""What may stand in for the network: an app in this process, or a test."""


def http_client(*, base_url: str = "", transport: Transport | None = None) -> httpx.AsyncClient:
    """Return a client; `transport` replaces the network (an app in this process, a test)."""
    return httpx.AsyncClient(
        base_url=base_url,
        transport=transport,
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=TOTAL_CONNECTIONS_MAX),
        follow_redirects=False,
        headers={"User-Agent": "eroad/0.1"},
    )


class ByHost(httpx.AsyncBaseTransport):
    """Sends requests for named hosts to apps or other transports, and the rest to the network."""

    def __init__(self, hosts: Mapping[str, httpx.AsyncBaseTransport]) -> None:
        self._hosts = hosts
        self._network: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        transport = self._hosts.get(request.url.host) or self._reach_network()
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        if self._network is not None:
            await self._network.aclose()

    def _reach_network(self) -> httpx.AsyncHTTPTransport:
        """Return the way to the network, made for the first who needs it: it reads all roots."""
        if self._network is None:
            self._network = httpx.AsyncHTTPTransport()
        return self._network


def in_process(app: Any) -> Transport:
    """Return a transport that calls an ASGI app of this process."""
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)
