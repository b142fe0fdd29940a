"""A whole hub in one process: every service mounted under its name, one port, one bus folder."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from deploy.hub.front import front_app
from deploy.hub.plan import HubPlan
from deploy.hub.services import SERVICES
from shared.kernel.clock import Clock
from shared.messaging.sqlite import Doorbell
from shared.runtime.service import Service
from shared.runtime.wiring import bus_for
from shared.web.app import Mounted
from shared.web.client import ByHost, Transport, in_process

HUB_HOST = "hub"
"""The host under which services of one process reach each other."""


@dataclass
class Hub:
    """The services of one hub and the one app in front of them."""

    plan: HubPlan
    services: Mapping[str, Service]
    app: Mounted

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        """Migrate and run every service until the block is left."""
        async with AsyncExitStack() as stack:
            for service in self.services.values():
                await service.migrate()
            for service in self.services.values():
                await stack.enter_async_context(service.running())
            yield self


def build_hub(plan: HubPlan, *, clock: Clock, peers: Mapping[str, Transport] | None = None) -> Hub:
    """Build a hub from its plan; `peers` replaces the network towards hosts, for tests."""
    apps: dict[str, FastAPI] = {}
    front = front_app(plan, apps)
    mounted = Mounted(apps, front)
    transport = ByHost({HUB_HOST: in_process(mounted), **(peers or {})})
    doorbell = Doorbell()
    services: dict[str, Service] = {}
    for name, parts in SERVICES.items():
        settings = parts.settings.read(plan.environment(name))
        bus = bus_for(settings, name, clock=clock, doorbell=doorbell)
        services[name] = parts.create(settings, bus=bus, clock=clock, transport=transport)
        apps[name] = services[name].app
    return Hub(plan, services, mounted)
