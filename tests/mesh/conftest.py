"""Two whole hubs that know each other, in this process or as processes of their own."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from deploy.hub.plan import HubPlan, found
from deploy.hub.run import Hub, build_hub
from deploy.scenario.hub_client import HubClient
from services.exchange.domain.frame import pack, unpack
from shared.kernel.clock import SystemClock
from shared.kernel.ids import derived_id
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
            content = b"".join(pack(frame) for frame in frames)
        if self.altered and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        return httpx.Response(200, content=content)


@dataclass
class Mesh:
    """Both hubs, and the links by which each reaches the other."""

    hubs: dict[str, Hub]
    links: dict[str, Link]
    """By the hub that is reached."""
    operators: dict[str, HubClient] = field(default_factory=dict)


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    plans = [
        HubPlan(
            hub=hub,
            folder=str(tmp_path / hub),
            port=1,
            peers={other: f"http://{other}" for other in HUBS if other != hub},
        )
        for hub in HUBS
    ]
    found(plans)
    draw = random.Random(20260901)
    links = {hub: Link(draw) for hub in HUBS}
    hubs = {
        plan.hub: build_hub(
            plan, clock=SystemClock(), peers={name: links[name] for name in plan.peers}
        )
        for plan in plans
    }
    for name, link in links.items():
        link.to = in_process(hubs[name].app)
    made = Mesh(hubs, links)
    async with AsyncExitStack() as stack:
        for plan in plans:
            await stack.enter_async_context(hubs[plan.hub].running())
            http = httpx.AsyncClient(transport=in_process(hubs[plan.hub].app))
            await stack.enter_async_context(http)
            made.operators[plan.hub] = HubClient(
                "http://hub",
                derived_id("cli", plan.hub, "operator"),
                plan.operator_secret(),
                "mesh",
                http,
            )
        yield made
