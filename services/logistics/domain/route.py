"""How a shipment gets from port to port, and when: an expected arrival always has its reasons.

Hours are data: speeds, handling and the working days of a place. What is not known is not guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.kernel.errors import NotFound


class PlaceUnknown(NotFound):
    """This place is no port or airport of the packaged lists."""

    code = "logistics.place-unknown"


class Mode(StrEnum):
    """By sea or by air."""

    SEA = "sea"
    AIR = "air"


@dataclass(frozen=True, kw_only=True)
class LeadTimes:
    """Hours a mode takes besides travelling, and its speed on the way."""

    speed_km_per_h: int
    export_h: int
    import_h: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """A part of the way: how many hours, and why."""

    reason: str
    hours: int
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Route:
    """The way, and the expected arrival with a step for every reason."""

    origin: str
    destination: str
    mode: Mode
    distance_km: int
    through: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def eta(self) -> datetime:
        return self.steps[-1].ends_at


def plan_route(
    *,
    origin: str,
    destination: str,
    mode: Mode,
    distance_km: int,
    through: Sequence[str],
    lead: LeadTimes,
    ready_at: datetime,
    days_off: frozenset[date],
) -> Route:
    """Return the way with its expected arrival; import handling waits for a working day."""
    steps: list[Step] = []
    now = ready_at

    def add(reason: str, hours: int) -> None:
        nonlocal now
        now += timedelta(hours=hours)
        steps.append(Step(reason=reason, hours=hours, ends_at=now))

    add(f"export handling at {origin}", lead.export_h)
    way = f"{distance_km} km at {lead.speed_km_per_h} km/h"
    add(way + (f" through {', '.join(through)}" if through else ""), _hours(distance_km, lead))
    waited = 0
    while (now + timedelta(hours=waited)).date() in days_off:
        waited += 24
    if waited:
        add(f"{destination} does not work on {now.date().isoformat()}", waited)
    add(f"import handling at {destination}", lead.import_h)
    return Route(
        origin=origin,
        destination=destination,
        mode=mode,
        distance_km=distance_km,
        through=tuple(through),
        steps=tuple(steps),
    )


def _hours(distance_km: int, lead: LeadTimes) -> int:
    return max(1, -(-distance_km // lead.speed_km_per_h))
