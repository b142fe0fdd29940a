"""What comes in at the destination: units of a peer hub, opened here, and their parcels.

News of a parcel comes from the hub that sends it and from customs here, in any order. One parcel
that customs holds or sends back is split out; it never keeps the others waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.logistics.domain.gate import check_seals_found
from services.logistics.domain.parcel import POOL_EDGES, PoolingOutOfOrder, PoolState
from services.logistics.domain.proof import Proof
from services.logistics.domain.stage import ConsolidationState, check_edge
from services.logistics.domain.tracking import TrackingState, check_tracking
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money

RETRY_AFTER_S = 30


class NotArrived(Conflict):
    """The parcel's consolidation has not been taken in at this hub."""

    code = "logistics.not-arrived"
    help = "Take the consolidation in first, or try again when it has arrived."


class NotReleased(Conflict):
    """Customs has not released the parcel."""

    code = "logistics.not-released"
    help = "Try again after customs has released the declaration."


class SentBack(Rejected):
    """Customs sent the parcel back; it may not reach the buyer."""

    code = "logistics.sent-back"
    help = "The parcel returns to its seller; deliver nothing."


class NotOffered(Conflict):
    """Only a parcel that is at its buyer's door, or waits at a counter, can be refused."""

    code = "logistics.not-offered"
    help = "Track the parcel as out for delivery or ready for pickup first."


OFFERED = frozenset({TrackingState.OUT_FOR_DELIVERY, TrackingState.READY_FOR_PICKUP})


class Clearance(StrEnum):
    """What customs here last said of the parcel; the last two are final."""

    AWAITED = "awaited"
    RETURNED = "returned"
    HELD = "held"
    RELEASED = "released"
    SENT_BACK = "sent_back"


CLEARANCE_EDGES: Mapping[Clearance, frozenset[Clearance]] = {
    Clearance.AWAITED: frozenset(Clearance) - {Clearance.AWAITED},
    Clearance.RETURNED: frozenset(Clearance) - {Clearance.AWAITED},
    Clearance.HELD: frozenset(Clearance) - {Clearance.AWAITED},
    Clearance.RELEASED: frozenset(),
    Clearance.SENT_BACK: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class InboundConsolidation:
    """A unit under way to this hub, or in it."""

    id: str
    origin_hub: str
    master_waybill: str
    unit_no: str
    seals: tuple[str, ...]
    origin: str
    destination: str
    departed_at: datetime
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    state: ConsolidationState = ConsolidationState.DEPARTED
    version: int = 1

    @property
    def is_here(self) -> bool:
        return self.state is not ConsolidationState.DEPARTED

    def arrive(self, *, seals: tuple[str, ...], at: datetime) -> "InboundConsolidation":
        """Return it taken in; raises SealsDiffer unless exactly its own seals are on it."""
        arrived = self._moved(ConsolidationState.ARRIVED)
        check_seals_found(self.seals, seals)
        return replace(arrived, arrived_at=at)

    def opened(self) -> "InboundConsolidation":
        """Return it being emptied; opening what is open changes nothing."""
        if self.state is ConsolidationState.DECONSOLIDATING:
            return self
        return self._moved(ConsolidationState.DECONSOLIDATING)

    def close(self, *, at: datetime) -> "InboundConsolidation":
        """Return it empty."""
        return replace(self._moved(ConsolidationState.CLOSED), closed_at=at)

    def _moved(self, state: ConsolidationState) -> "InboundConsolidation":
        return replace(self, state=check_edge(self.state, state), version=self.version + 1)


@dataclass(frozen=True, kw_only=True)
class InboundParcel:
    """A parcel for a buyer of this hub. Until the sender's news came, `parcel_id` is blank."""

    logistics_no: str
    order_id: str
    order_no: str
    parcel_id: str = ""
    origin_hub: str = ""
    consolidation_id: str | None = None
    clearance: Clearance = Clearance.AWAITED
    state: TrackingState = TrackingState.PENDING
    pool: PoolState | None = None
    delivered_at: datetime | None = None
    proof: Proof | None = None
    insured: Money | None = None
    version: int = 1

    def announced(
        self, *, parcel_id: str, origin_hub: str, insured: Money | None = None
    ) -> "InboundParcel":
        """Return it known by the id its sender gave it, and insured as its sender says."""
        return self._changed(
            parcel_id=parcel_id, origin_hub=origin_hub, insured=insured or self.insured
        )

    def aboard(self, consolidation_id: str) -> "InboundParcel":
        """Return it under way inside a consolidation, however little was heard of it before.

        What is under way already stays as it is.
        """
        if self.state is not TrackingState.PENDING:
            return self
        return self._changed(
            consolidation_id=consolidation_id,
            pool=PoolState.PACKED,
            state=TrackingState.IN_TRANSIT,
        )

    def called_off(self) -> "InboundParcel":
        """Return it cancelled by its sender; what is under way already stays as it is."""
        if self.state is not TrackingState.PENDING:
            return self
        return self._changed(state=TrackingState.CANCELLED)

    def cleared(self, clearance: Clearance) -> "InboundParcel":
        """Return it with customs' newest word; a word after a final one changes nothing.

        A parcel on hold goes on when it is released, and turns back when it is sent back.
        """
        if clearance not in CLEARANCE_EDGES[self.clearance]:
            return self
        state = self.state
        if state is TrackingState.ON_HOLD and clearance is Clearance.RELEASED:
            state = check_tracking(state, TrackingState.IN_TRANSIT)
        if state is TrackingState.ON_HOLD and clearance is Clearance.SENT_BACK:
            state = check_tracking(state, TrackingState.RETURN_TO_SENDER)
        return self._changed(clearance=clearance, state=state)

    def lost_before(self, state: TrackingState) -> "InboundParcel":
        """Return it gone before it left its sender, as that hub says; elsewhere we know better."""
        if self.state is not TrackingState.PENDING:
            return self
        return self._changed(state=state)

    def taken_out(self) -> "InboundParcel":
        """Return it out of the opened unit: to the buyer if released, back if sent back, or held.

        What is out already stays as it is.
        """
        if self.pool is not PoolState.PACKED:
            return self
        if self.clearance is Clearance.RELEASED:
            return self._placed(None).tracked(TrackingState.OUT_FOR_DELIVERY)
        split_out = self._placed(PoolState.HELD)._placed(PoolState.SPLIT_OUT)
        if self.clearance is Clearance.SENT_BACK:
            return split_out.tracked(TrackingState.RETURN_TO_SENDER)
        return split_out.tracked(TrackingState.ON_HOLD)

    def check_released(self) -> None:
        """Raise SentBack or NotReleased unless customs lets it go to its buyer."""
        if self.clearance is Clearance.SENT_BACK:
            raise SentBack(f"{self.logistics_no} was sent back", logistics_no=self.logistics_no)
        if self.clearance is not Clearance.RELEASED:
            raise NotReleased(
                f"{self.logistics_no} is not released by customs",
                logistics_no=self.logistics_no,
                retry_after_s=RETRY_AFTER_S,
            )

    def delivered(self, proof: Proof) -> "InboundParcel":
        """Return it in the buyer's hands; raises NotReleased or SentBack before customs' word."""
        self.check_released()
        out = self._placed(None) if self.pool is PoolState.PACKED else self
        there = out.tracked(TrackingState.DELIVERED)
        return replace(there, delivered_at=proof.taken_at, proof=proof)

    def refused(self, proof: Proof) -> "InboundParcel":
        """Return it on its way back, refused by its buyer; raises NotOffered before that."""
        if self.state not in OFFERED:
            raise NotOffered(
                f"{self.logistics_no} is {self.state}: nobody could refuse it",
                state=self.state.value,
            )
        return replace(self.tracked(TrackingState.RETURN_TO_SENDER), proof=proof)

    def tracked(self, state: TrackingState) -> "InboundParcel":
        """Return it further on its way; raises TrackingOutOfOrder where there is no such way."""
        return self._changed(state=check_tracking(self.state, state))

    def _placed(self, pool: PoolState | None) -> "InboundParcel":
        if pool not in POOL_EDGES[self.pool]:
            raise PoolingOutOfOrder(f"{self.logistics_no} is {self.pool}, not {pool}")
        return self._changed(pool=pool)

    def _changed(self, **changes: object) -> "InboundParcel":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
