"""Find a way between two places and say when a shipment gets there, and why then."""

from datetime import datetime

from services.logistics.clients.distances import air_distance, sea_distance
from services.logistics.clients.planners import Planners
from services.logistics.domain.route import Mode, PlaceUnknown, Route, plan_route
from services.logistics.store.specifications import route_facts


async def find_route(
    desk: Planners, *, origin: str, destination: str, mode: Mode, ready_at: datetime
) -> Route:
    """Return the route, or raise PlaceUnknown naming the place."""
    facts = route_facts()
    if mode is Mode.SEA:
        distance = await desk.plan(sea_distance, origin, destination)
    else:
        for code in (origin, destination):
            if code not in facts.airports:
                raise PlaceUnknown(f"{code} has no airport here", known=sorted(facts.airports))
        distance = air_distance(facts.airports[origin], facts.airports[destination])
    return plan_route(
        origin=origin,
        destination=destination,
        mode=mode,
        distance_km=distance.km,
        through=distance.through,
        lead=facts.lead_times[mode],
        ready_at=ready_at,
        days_off=facts.days_off.get(destination[:2], frozenset()),
    )
