"""Where a parcel is on its way to the buyer, and the record of how it got there.

Twelve states, as parcel carriers agree on them; each record is planned, estimated or actual, and
says whether a real carrier reported it or the simulated one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.kernel.errors import Conflict


class TrackingState(StrEnum):
    """Where the parcel is; `DELIVERED` and the three below it are final."""

    PENDING = "pending"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    ON_HOLD = "on_hold"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERY_FAILED = "delivery_failed"
    RETURN_TO_SENDER = "return_to_sender"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    LOST = "lost"
    DESTROYED = "destroyed"


S = TrackingState

# In transit and on hold may go straight to the end of the way: scans in between get lost, and a
# proof of delivery is proof all the same. What is on hold is never delivered without a release.
EDGES: Mapping[TrackingState, frozenset[TrackingState]] = {
    S.PENDING: frozenset({S.PICKED_UP, S.CANCELLED}),
    S.PICKED_UP: frozenset(
        {S.IN_TRANSIT, S.ON_HOLD, S.CANCELLED, S.RETURN_TO_SENDER, S.LOST, S.DESTROYED}
    ),
    S.IN_TRANSIT: frozenset(
        {
            S.ON_HOLD,
            S.OUT_FOR_DELIVERY,
            S.READY_FOR_PICKUP,
            S.DELIVERED,
            S.RETURN_TO_SENDER,
            S.LOST,
            S.DESTROYED,
        }
    ),
    S.ON_HOLD: frozenset(
        {S.PICKED_UP, S.IN_TRANSIT, S.CANCELLED, S.RETURN_TO_SENDER, S.LOST, S.DESTROYED}
    ),
    S.OUT_FOR_DELIVERY: frozenset(
        {
            S.DELIVERED,
            S.DELIVERY_FAILED,
            S.READY_FOR_PICKUP,
            S.ON_HOLD,
            S.RETURN_TO_SENDER,
            S.LOST,
            S.DESTROYED,
        }
    ),
    S.READY_FOR_PICKUP: frozenset({S.DELIVERED, S.RETURN_TO_SENDER, S.LOST, S.DESTROYED}),
    S.DELIVERY_FAILED: frozenset(
        {S.OUT_FOR_DELIVERY, S.READY_FOR_PICKUP, S.RETURN_TO_SENDER, S.LOST, S.DESTROYED}
    ),
    S.RETURN_TO_SENDER: frozenset({S.LOST, S.DESTROYED}),
    S.DELIVERED: frozenset(),
    S.CANCELLED: frozenset(),
    S.LOST: frozenset(),
    S.DESTROYED: frozenset(),
}


class TrackingOutOfOrder(Conflict):
    """A parcel cannot go from where it is to there."""

    code = "logistics.tracking-out-of-order"


class Classifier(StrEnum):
    """How sure a record is: it is meant to happen, expected, or has happened."""

    PLANNED = "planned"
    ESTIMATED = "estimated"
    ACTUAL = "actual"


@dataclass(frozen=True, kw_only=True)
class TrackingEvent:
    """One line of a timeline: of a parcel, or of a consolidation and so of all that is in it.

    `activity` is a tracking state, or what happened to the shipment or at customs; `reason` is a
    code of the normalised list where it is not as planned.
    """

    id: str
    subject_id: str
    activity: str
    classifier: Classifier
    happens_at: datetime
    recorded_at: datetime
    place: str
    simulated: bool
    remark: str = ""
    reason: str | None = None


def parcel_subject(order_id: str, logistics_no: str) -> str:
    """Return the name a parcel's timeline is kept under, the same at both ends of its way."""
    return f"{order_id}/{logistics_no}"


def check_tracking(old: TrackingState, new: TrackingState) -> TrackingState:
    """Return `new`, or raise TrackingOutOfOrder when there is no way from `old` to it."""
    if new not in EDGES[old]:
        raise TrackingOutOfOrder(
            f"a parcel that is {old} cannot become {new}", state=old.value, wanted=new.value
        )
    return new
