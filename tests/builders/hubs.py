"""Two whole hubs that know each other, in this process, with the links between them in hand."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.hub.plan import HubPlan, found
from deploy.hub.run import Hub, build_hub
from deploy.scenario.hub_client import HubClient
from services.exchange.domain.frame import pack, unpack
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.ids import derived_id
from shared.runtime import logging
from shared.web.client import in_process

HUBS = ("my-kul", "cn-hgh")
FRAMES_MAX = 1_000


@dataclass
class Link(httpx.AsyncBaseTransport):
    """The way to one hub: it can be cut, and can deliver every frame twice and out of order."""

    draw: random.Random
    to: httpx.AsyncBaseTransport | None = None
    cut: bool = False
    disorderly: bool = False
    altered: bool = False
    asked: int = 0
    frames: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut or self.to is None:
            raise httpx.ConnectError("the link is cut", request=request)
        reply = await self.to.handle_async_request(request)
        if not request.url.path.endswith("/v1/feed") or reply.status_code != 200:
            return reply
        self.asked += 1
        content = await reply.aread()
        if self.disorderly:
            frames = unpack(content, frames_max=FRAMES_MAX) * 2
            self.draw.shuffle(frames)
            self.frames += len(frames)
            content = b"".join(pack(frame) for frame in frames)
        if self.altered and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        return httpx.Response(200, content=content)


@dataclass
class Mesh:
    """Both hubs, and the links by which each reaches the other."""

    plans: dict[str, HubPlan]
    hubs: dict[str, Hub]
    links: dict[str, Link]
    """By the hub that is reached."""
    http: httpx.AsyncClient
    """Reaches every hub under the address in its plan; nothing else is there."""
    operators: dict[str, HubClient] = field(default_factory=dict)


@asynccontextmanager
async def two_hubs(
    folder: Path, *, database: str = "", otlp_endpoint: str = "", clock: Clock | None = None
) -> AsyncIterator[Mesh]:
    """Run both hubs; `database` is a PostgreSQL server with their databases, blank for SQLite."""
    logging.configure("warning")
    plans = {
        hub: HubPlan(
            hub=hub,
            folder=str(folder / hub),
            port=port,
            peers={other: f"http://{other}" for other in HUBS if other != hub},
            database=database,
            otlp_endpoint=otlp_endpoint,
        )
        for port, hub in enumerate(HUBS, start=1)
    }
    found(list(plans.values()), now=SystemClock().now())
    draw = random.Random(20260901)
    links = {hub: Link(draw) for hub in HUBS}
    hubs = {
        hub: build_hub(
            plan, clock=clock or SystemClock(), peers={name: links[name] for name in plan.peers}
        )
        for hub, plan in plans.items()
    }
    for name, link in links.items():
        link.to = in_process(hubs[name].app)
    doors = {plans[hub].url: in_process(hubs[hub].app) for hub in HUBS}
    async with AsyncExitStack() as stack:
        for hub in hubs.values():
            await stack.enter_async_context(hub.running())
        http = await stack.enter_async_context(httpx.AsyncClient(mounts=doors))
        made = Mesh(plans, hubs, links, http)
        for name, plan in plans.items():
            operator = derived_id("cli", name, "operator")
            secret = plan.operator_secret()
            made.operators[name] = HubClient(plan.url, operator, secret, "mesh", http)
        yield made
