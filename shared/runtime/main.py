"""`python -m services.<name> [all|api|worker|migrate]`: one service as one process."""

import argparse
import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.runtime import logging
from shared.runtime.memory import settle
from shared.runtime.protocol import PatientProtocol
from shared.runtime.service import Role, Service
from shared.runtime.settings import Settings
from shared.runtime.wiring import bus_for, clock_for
from shared.web.health import health_router

SettingsType = TypeVar("SettingsType", bound=Settings)

API_PORT = 8000
WORKER_PORT = 8001
BACKLOG = 128
GRACE_S = 20


def main(
    name: str,
    settings_type: type[SettingsType],
    create_service: Callable[..., Service],
) -> None:
    """Read the settings, build the service and run the role named on the command line."""
    parser = argparse.ArgumentParser(prog=f"services.{name}")
    parser.add_argument(
        "role", nargs="?", default="all", choices=["all", "api", "worker", "migrate"]
    )
    # A container is reached from other containers, so it listens on every interface it is given.
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104
    parser.add_argument("--port", type=int, default=None)
    options = parser.parse_args()
    settings = settings_type.read()
    logging.configure(settings.log_level)
    clock: Clock = clock_for(settings)
    bus: EventBus = bus_for(settings, name, clock=clock)
    service = create_service(settings, bus=bus, clock=clock)
    if options.role == "migrate":
        asyncio.run(_migrate(service))
        return
    port = options.port or (WORKER_PORT if options.role == "worker" else API_PORT)
    asyncio.run(_serve(service, role=options.role, host=options.host, port=port))


async def _migrate(service: Service) -> None:
    try:
        await service.migrate()
    finally:
        await service.store.database.stop()


async def _serve(service: Service, *, role: Role, host: str, port: int) -> None:
    app = _probes_only(service) if role == "worker" else service.app
    async with service.running(role):
        await serve(app, host=host, port=port)


async def serve(app: Any, *, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    settle()
    await http_server(app, host=host, port=port).serve()


def http_server(app: Any, *, host: str, port: int) -> uvicorn.Server:
    """Return the server we run everywhere: small backlog, bounded shutdown, no banner."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            backlog=BACKLOG,
            http=PatientProtocol,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=15,
            access_log=False,
            server_header=False,
            lifespan="off",
            log_level="warning",
        )
    )


def _probes_only(service: Service) -> FastAPI:
    """A worker answers probes and nothing else."""
    app = FastAPI(title=f"eroad {service.name} worker", openapi_url=None)
    app.state.health = service.app.state.health
    app.include_router(health_router)
    return app
