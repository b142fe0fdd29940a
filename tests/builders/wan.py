"""The network between two real hubs, spoilt: cut, every frame twice, and shuffled."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.processes import LOOPBACK
from shared.runtime.main import http_server
from tests.builders.hubs import Link

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
ANSWER_S_MAX = 60.0


class Relayed:
    """Stands where a hub's peers look for it, and passes on what its link lets through."""

    def __init__(self, link: Link, url: str) -> None:
        self._link = link
        self._url = url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Request(scope, receive)
        query = f"?{asked.url.query}" if asked.url.query else ""
        request = httpx.Request(
            asked.method,
            f"{self._url}{asked.url.path}{query}",
            headers=[pair for pair in asked.headers.items() if pair[0] not in HOP_BY_HOP],
            content=await asked.body(),
            extensions={"timeout": httpx.Timeout(ANSWER_S_MAX).as_dict()},
        )
        try:
            reply = await self._link.handle_async_request(request)
            content = await reply.aread()
        except httpx.TransportError:
            await Response(status_code=502)(scope, receive, send)
            return
        headers = {k: v for k, v in reply.headers.items() if k.lower() not in HOP_BY_HOP}
        await Response(content, reply.status_code, headers)(scope, receive, send)


@asynccontextmanager
async def wide_area(
    links: Mapping[str, Link], ports: Mapping[str, int], urls: Mapping[str, str]
) -> AsyncIterator[None]:
    """Relay each hub's port to its real address until the block is left."""
    async with AsyncExitStack() as stack:
        for hub, link in links.items():
            link.to = await stack.enter_async_context(httpx.AsyncHTTPTransport())
            server = http_server(Relayed(link, urls[hub]), host=LOOPBACK, port=ports[hub])
            serving = asyncio.create_task(server.serve())
            stack.push_async_callback(_stopped, server, serving)
        yield


async def _stopped(server: object, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True  # type: ignore[attr-defined]
    await serving
