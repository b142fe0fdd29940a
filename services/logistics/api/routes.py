"""Routes over HTTP: how far, through what, and when a shipment arrives, with the reasons."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from services.logistics.api.deps import PlannersDesk
from services.logistics.domain.route import Mode
from services.logistics.usecases.find_route import find_route
from shared.contracts.logistics.route_api import RouteStep, RouteView
from shared.contracts.times import AskedMoment
from shared.web.auth import requires

router = APIRouter(prefix="/v1/routes", tags=["routes"])

Place = Annotated[str, Query(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$", description="UN/LOCODE")]


@router.get("", dependencies=[Depends(requires("logistics:read"))])
async def find(
    request: Request,
    planners: PlannersDesk,
    origin: Place,
    destination: Place,
    mode: Literal["sea", "air"] = "sea",
    ready_at: AskedMoment | None = None,
) -> RouteView:
    """Find a way for what is ready now, or then."""
    route = await find_route(
        planners,
        origin=origin,
        destination=destination,
        mode=Mode(mode),
        ready_at=ready_at or request.app.state.store.clock.now(),
    )
    return RouteView(
        origin=route.origin,
        destination=route.destination,
        mode="sea" if route.mode is Mode.SEA else "air",
        distance_km=route.distance_km,
        through=route.through,
        eta=route.eta,
        steps=tuple(
            RouteStep(reason=step.reason, hours=step.hours, ends_at=step.ends_at)
            for step in route.steps
        ),
    )
