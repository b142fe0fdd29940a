"""What is to be sent, in which units it may go, and who may not meet.

Volumes are whole mm3, weights whole grams, costs whole minor units of one currency. A unit is a
slot on a departure: it costs what it costs however full it is, and nothing when it stays away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.logistics.domain.parcel import Handling, Temperature
from services.logistics.domain.units import UnitType
from services.logistics.domain.weights import Dimensions
from shared.kernel.errors import Rejected

SHIPMENTS_MAX = 20_000
UNITS_MAX = 500
PERMILLE = 1_000


class AssignmentTooLarge(Rejected):
    """More shipments or units than one plan may have; split it by lane."""

    code = "logistics.assignment-too-large"


class AssignmentAmbiguous(Rejected):
    """Two shipments, or two units, of one request have the same id."""

    code = "logistics.assignment-ambiguous"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipment:
    """One parcel to be sent: ready from a moment on, promised by another if it is."""

    id: str
    origin: str
    destination: str
    gross_g: int
    size: Dimensions
    handling: Handling
    ready_at: datetime
    due_at: datetime | None = None
    quantity: int = 1

    @property
    def volume_mm3(self) -> int:
        return self.size.volume_mm3 * self.quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One unit that may be used on a departure; `fill_permille` is how full boxes can make it.

    With a `handling` it takes only goods of exactly that. What is aboard already takes room away.
    """

    id: str
    origin: str
    destination: str
    cut_off_at: datetime
    arrives_at: datetime
    type: UnitType
    temperature: Temperature
    cost_minor: int
    fill_permille: int = 850
    handling: Handling | None = None
    aboard_mm3: int = 0
    aboard_g: int = 0

    @property
    def room_mm3(self) -> int:
        return max(0, self.type.volume_mm3 * self.fill_permille // PERMILLE - self.aboard_mm3)

    @property
    def payload_g(self) -> int:
        return max(0, self.type.payload_g - self.aboard_g)


@dataclass(frozen=True, kw_only=True)
class AssignmentRequest:
    """`apart` are the pairs of dangerous classes that may not share a unit."""

    shipments: tuple[Shipment, ...]
    units: tuple[Unit, ...]
    currency: str
    apart: frozenset[frozenset[str]]

    def __post_init__(self) -> None:
        if len(self.shipments) > SHIPMENTS_MAX or len(self.units) > UNITS_MAX:
            raise AssignmentTooLarge(
                f"a plan has at most {SHIPMENTS_MAX} shipments and {UNITS_MAX} units"
            )
        for named in ([one.id for one in self.shipments], [one.id for one in self.units]):
            if len(set(named)) < len(named):
                raise AssignmentAmbiguous("every shipment and every unit has an id of its own")

    def may_meet(self, one: Handling, other: Handling) -> bool:
        """Say whether goods of these handlings may share a unit: bond equal, classes not apart."""
        return (
            one.bonded == other.bonded
            and frozenset({one.dangerous_class, other.dangerous_class}) not in self.apart
        )


class Obstacle(StrEnum):
    """Why no unit at all takes a shipment, the first that leaves none in this order."""

    NO_LANE = "no-departure-on-lane"
    TEMPERATURE = "no-unit-of-temperature"
    HANDLING = "no-unit-of-bond-and-class"
    TOO_LATE = "ready-after-every-cut-off"
    PROMISE = "arrives-after-promise"
    DOOR = "larger-than-every-door"
    TOO_HEAVY = "heavier-than-every-payload"
    NO_ROOM = "no-room-left"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Where each shipment goes; who is in no unit is named with the reason.

    `bound_minor` is proved: no plan that takes the same shipments costs less.
    """

    unit_of: Mapping[str, str]
    left_out: Mapping[str, Obstacle]
    cost_minor: int
    bound_minor: int
    seed: int
    seconds: float
    proved: bool

    @property
    def gap_permille(self) -> int:
        """How far the cost may be above the best possible, in thousandths of the bound, up."""
        if self.bound_minor <= 0:
            return 0
        return -(-(self.cost_minor - self.bound_minor) * PERMILLE // self.bound_minor)


def units_used(units: Sequence[Unit], unit_of: Mapping[str, str]) -> tuple[Unit, ...]:
    """Return the units that somebody is in, in the order of the request."""
    used = set(unit_of.values())
    return tuple(unit for unit in units if unit.id in used)
