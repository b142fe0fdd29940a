"""No request waits for a thread: every route, and all that it depends on, runs on the event loop.

FastAPI runs a plain function in a pool of threads, and a hop to one costs more than any of ours.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from deploy.hub.plan import HubPlan, found
from deploy.hub.run import build_hub
from shared.kernel.clock import SystemClock


def called(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """All that is called for a request: the route, its dependencies and theirs."""
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from called(each)


def is_on_the_loop(call: Any) -> bool:
    body = call if inspect.isroutine(call) else call.__call__
    return inspect.iscoroutinefunction(body) or inspect.isasyncgenfunction(body)


def test_every_route_and_dependency_runs_on_the_event_loop(tmp_path: Path) -> None:
    plan = HubPlan(hub="my-kul", folder=str(tmp_path), port=1, peers={})
    found([plan], now=SystemClock().now())
    hub = build_hub(plan, clock=SystemClock())
    routes = [
        route
        for service in hub.services.values()
        for route in service.app.routes
        if isinstance(route, APIRoute)
    ]

    off_the_loop = {
        f"{route.path}: {getattr(call, '__qualname__', call)}"
        for route in routes
        for call in called(route.dependant)
        if not is_on_the_loop(call)
    }

    assert len(routes) > 100
    assert off_the_loop == set()
