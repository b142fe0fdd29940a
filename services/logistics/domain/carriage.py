"""What a carrier's adapter has to do, in the words of this service, and what became of a booking.

An adapter is the only place that knows a carrier's own words. It quotes, books, asks for a pickup
and tells what it saw; it translates its own event codes to tracking states and its own remarks to
the one list of incident reasons, and says "unknown" rather than guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.tracking import Classifier, TrackingState
from services.logistics.domain.weights import Dimensions
from shared.kernel.errors import Conflict, NotFound, Rejected, Unavailable
from shared.kernel.money import Money

EVENTS_PER_POLL_MAX = 200


class CarrierUnknown(NotFound):
    """No adapter for this carrier is installed; `known` lists those that are."""

    code = "logistics.carrier-unknown"


class CarrierSilent(Unavailable):
    """The carrier does not answer: nothing was booked as far as this hub knows."""

    code = "logistics.carrier-silent"
    help = "Try again with the same Idempotency-Key, or choose another carrier."


class CarrierRefused(Rejected):
    """The carrier does not take this parcel; `reason` is of the normalised list."""

    code = "logistics.carrier-refused"
    help = "Correct what the reason names, or choose another carrier."


class CarrierGarbled(Unavailable):
    """The carrier answered something that is no answer, such as a number with a wrong digit."""

    code = "logistics.carrier-garbled"
    help = "Nothing was booked. Try again, or choose another carrier and tell this one."


class CarriageOutOfOrder(Conflict):
    """A carrier's booking cannot go from where it is to there."""

    code = "logistics.carriage-out-of-order"


class CarriageState(StrEnum):
    """How far a carrier's booking is."""

    BOOKED = "booked"
    PICKUP_ASKED = "pickup_asked"
    UNDER_WAY = "under_way"
    CLOSED = "closed"
    CANCELLED = "cancelled"


S = CarriageState

EDGES: Mapping[CarriageState, frozenset[CarriageState]] = {
    S.BOOKED: frozenset({S.PICKUP_ASKED, S.UNDER_WAY, S.CLOSED, S.CANCELLED}),
    S.PICKUP_ASKED: frozenset({S.UNDER_WAY, S.CLOSED, S.CANCELLED}),
    S.UNDER_WAY: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class CarriageRequest:
    """One parcel for a carrier; `reference` is the sender's, and magic in simulated carriers."""

    parcel_id: str
    gross_g: int
    size: Dimensions
    packages: int
    reference: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a carrier gave back for a booking: its number, and the price it holds it to."""

    carrier_no: str
    price: Money


@dataclass(frozen=True, kw_only=True)
class CarrierEvent:
    """One thing a carrier says it saw, in our words; `carrier_event` is its own id for it."""

    carrier_event: str
    state: TrackingState | None
    reason: IncidentReason | None
    classifier: Classifier
    happened_at: datetime
    place: str
    said: str


class Carrier(Protocol):
    """An adapter to one carrier."""

    @property
    def code(self) -> str:
        """What this hub calls the carrier."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether it carries nothing."""
        ...

    def book(self, request: CarriageRequest, *, serial: int, price: Money) -> Receipt:
        """Book, or raise CarrierSilent, CarrierRefused or CarrierGarbled."""
        ...

    def pickup_at(self, ready_at: datetime) -> datetime:
        """Return when the carrier comes for what is ready then."""
        ...

    def seen(self, carriage: "Carriage", *, now: datetime) -> Sequence[CarrierEvent]:
        """Return everything the carrier says so far, in whatever order and however often."""
        ...


@dataclass(frozen=True, kw_only=True)
class Carriage:
    """A carrier's booking for one parcel; `version` counts its changes."""

    id: str
    parcel_id: str
    carrier: str
    service: str
    carrier_no: str
    reference: str
    price: Money
    booked_at: datetime
    state: CarriageState = S.BOOKED
    ready_at: datetime | None = None
    pickup_at: datetime | None = None
    version: int = 1

    def asked_to_come(self, *, ready_at: datetime, pickup_at: datetime) -> "Carriage":
        """Return it with a pickup; raises CarriageOutOfOrder once the carrier has the parcel."""
        if self.state is S.PICKUP_ASKED:
            return replace(self, ready_at=ready_at, pickup_at=pickup_at, version=self.version + 1)
        return replace(self._moved(S.PICKUP_ASKED), ready_at=ready_at, pickup_at=pickup_at)

    def cancelled(self) -> "Carriage":
        """Return it called off; raises CarriageOutOfOrder once the carrier has the parcel."""
        return self._moved(S.CANCELLED)

    def followed(self, state: TrackingState) -> "Carriage":
        """Return it as far as the parcel is; what is closed stays closed."""
        if self.state in {S.CLOSED, S.CANCELLED} or state is TrackingState.PENDING:
            return self
        over = state in {
            TrackingState.DELIVERED,
            TrackingState.LOST,
            TrackingState.DESTROYED,
            TrackingState.RETURN_TO_SENDER,
        }
        wanted = S.CLOSED if over else S.UNDER_WAY
        return self if self.state is wanted else self._moved(wanted)

    def _moved(self, state: CarriageState) -> "Carriage":
        if state not in EDGES[self.state]:
            raise CarriageOutOfOrder(
                f"a carrier's booking that is {self.state} cannot become {state}",
                state=self.state.value,
                wanted=state.value,
            )
        return replace(self, state=state, version=self.version + 1)
