"""How far it is: by sea along the packaged network of searoute, by air along a great circle.

The network and its 3,900 ports take half a second to load, so they are loaded in a planner's
process when the first distance is asked for.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.logistics.domain.route import PlaceUnknown

EARTH_RADIUS_KM = 6_371
CLOSED = ("northwest",)
"""Passages never used: the network would lead through the Arctic where a canal is closed."""


@dataclass(frozen=True)
class Distance:
    """Whole kilometres, and the passages on the way."""

    km: int
    through: tuple[str, ...]


def sea_distance(origin: str, destination: str) -> Distance:
    """Return the way by sea between two ports, or raise PlaceUnknown."""
    import searoute

    ends = [_port(code) for code in (origin, destination)]
    found = searoute.searoute(
        ends[0], ends[1], units="km", restrictions=list(CLOSED), return_passages=True
    )
    passages = found.properties.get("traversed_passages", [])
    return Distance(math.ceil(found.properties["length"]), tuple(sorted(passages)))


def air_distance(origin: tuple[float, float], destination: tuple[float, float]) -> Distance:
    """Return the great circle between two places given as longitude and latitude."""
    (lon1, lat1), (lon2, lat2) = (
        (math.radians(lon), math.radians(lat)) for lon, lat in (origin, destination)
    )
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return Distance(math.ceil(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))), ())


def _port(code: str) -> Any:
    found = _ports().get(code)
    if found is None:
        raise PlaceUnknown(f"{code} is no port of the packaged list")
    return found


@cache
def _ports() -> dict[str, list[float]]:
    import searoute

    graph = searoute.setup_P()
    return {
        data["port"]: [node[0], node[1]]
        for node, data in graph.nodes(data=True)
        if data.get("port")
    }
