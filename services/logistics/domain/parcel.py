"""A parcel at the hub that sends it: booked for one order, pooled with others, on its way.

Two things are tracked apart: where it is on the way to the buyer (`state`) and its place in a
consolidation (`pool`, None while it is in none).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.logistics.domain.tracking import EDGES, TrackingState, check_tracking
from services.logistics.domain.weights import Dimensions, Load
from shared.kernel.errors import Conflict
from shared.kernel.money import Money


class PoolState(StrEnum):
    """A parcel's place in a consolidation."""

    POOLED = "pooled"
    PACKED = "packed"
    SHORT_SHIPPED = "short_shipped"
    HELD = "held"
    SPLIT_OUT = "split_out"


P = PoolState

# None stands for "in no consolidation": before the first, and again after being taken out early.
POOL_EDGES: Mapping[PoolState | None, frozenset[PoolState | None]] = {
    None: frozenset({P.POOLED}),
    P.POOLED: frozenset({None, P.PACKED, P.HELD}),
    P.PACKED: frozenset({None, P.SHORT_SHIPPED, P.HELD}),
    P.SHORT_SHIPPED: frozenset({P.POOLED}),
    P.HELD: frozenset({P.POOLED, P.PACKED, P.SPLIT_OUT}),
    P.SPLIT_OUT: frozenset({P.POOLED}),
}

STAYS_POOLED = frozenset({TrackingState.PICKED_UP, TrackingState.ON_HOLD})
"""States in which a parcel can go on waiting in an open consolidation."""

AT_REST: frozenset[PoolState | None] = frozenset({None, P.SHORT_SHIPPED, P.SPLIT_OUT})
"""Places from which a parcel can be pooled, or cancelled, without touching a consolidation."""


class PoolingOutOfOrder(Conflict):
    """A parcel cannot go from its place in (or out of) a consolidation to that one."""

    code = "logistics.pooling-out-of-order"


class ParcelMoving(Conflict):
    """A parcel that is sealed into a consolidation or on its way cannot be cancelled."""

    code = "logistics.parcel-moving"


class Temperature(StrEnum):
    """The band a parcel must be kept in."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


@dataclass(frozen=True, kw_only=True)
class Handling:
    """What decides who may travel with whom. Only equals share a unit: refused when unsure.

    `dangerous_class` is the UN class or division, blank for goods that are none.
    """

    temperature: Temperature = Temperature.AMBIENT
    bonded: bool = False
    dangerous_class: str = ""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A booked parcel; `version` counts its changes."""

    id: str
    logistics_no: str
    order_id: str
    order_no: str
    seller_id: str
    marketplace_id: str
    destination_hub: str
    gross_g: int
    size: Dimensions
    packages: int
    handling: Handling = Handling()
    state: TrackingState = TrackingState.PENDING
    pool: PoolState | None = None
    consolidation_id: str | None = None
    insured: Money | None = None
    due_at: datetime | None = None
    version: int = 1

    @property
    def load(self) -> Load:
        return Load(self.gross_g, self.size.volume_mm3)

    def pooled(self, consolidation_id: str) -> "Parcel":
        """Return it in an open consolidation; what is cancelled or under way is refused."""
        if self.state not in {TrackingState.PENDING, TrackingState.PICKED_UP}:
            raise PoolingOutOfOrder(
                f"parcel {self.id} is {self.state}", parcel_id=self.id, state=self.state.value
            )
        if self.pool is PoolState.HELD:
            raise PoolingOutOfOrder(f"parcel {self.id} is held", parcel_id=self.id)
        return self._placed(PoolState.POOLED, consolidation_id)

    def taken_out(self) -> "Parcel":
        """Return it out of a consolidation that is not sealed yet, as if never pooled."""
        if self.pool is not PoolState.POOLED:
            raise PoolingOutOfOrder(
                f"parcel {self.id} is not waiting in an open consolidation", parcel_id=self.id
            )
        return self._placed(None, None)

    def packed(self) -> "Parcel":
        """Return it sealed in; whoever seals it has it in hand, so it counts as picked up."""
        packed = self._placed(PoolState.PACKED, self.consolidation_id)
        if packed.state is TrackingState.PENDING:
            return replace(packed, state=TrackingState.PICKED_UP)
        return packed

    def left_behind(self) -> "Parcel":
        """Return it out of its consolidation: split out if it is held, else short-shipped.

        Either way it is free to join a later one.
        """
        held = self.pool is PoolState.HELD
        return self._placed(PoolState.SPLIT_OUT if held else PoolState.SHORT_SHIPPED, None)

    def unpacked(self) -> "Parcel":
        """Return it out of a unit that was opened at its destination."""
        if self.pool is not PoolState.PACKED:
            raise PoolingOutOfOrder(f"parcel {self.id} is not packed", parcel_id=self.id)
        return self._placed(None, self.consolidation_id)

    def held(self) -> "Parcel":
        """Return it stopped where it is, inside its consolidation, until released or split out."""
        return self._placed(PoolState.HELD, self.consolidation_id)

    def freed(self, *, sealed: bool) -> "Parcel":
        """Return it no longer held, in the place it has in a sealed or an open consolidation."""
        if self.pool is not PoolState.HELD:
            raise PoolingOutOfOrder(f"parcel {self.id} is not held", parcel_id=self.id)
        return self._placed(PoolState.PACKED if sealed else PoolState.POOLED, self.consolidation_id)

    @property
    def may_be_cancelled(self) -> bool:
        """Say whether nothing is sealed or under way yet."""
        waits = self.pool in AT_REST or self.pool is PoolState.POOLED
        return waits and TrackingState.CANCELLED in EDGES[self.state]

    def cancelled(self) -> "Parcel":
        """Return it called off; raises ParcelMoving once it is sealed in or under way."""
        if not self.may_be_cancelled:
            raise ParcelMoving(
                f"parcel {self.id} is {self.pool or self.state}",
                parcel_id=self.id,
                state=self.state.value,
            )
        return replace(
            self,
            state=TrackingState.CANCELLED,
            pool=None,
            consolidation_id=None,
            version=self.version + 1,
        )

    def tracked(self, state: TrackingState) -> "Parcel":
        """Return it further on its way; raises TrackingOutOfOrder where there is no such way."""
        return replace(self, state=check_tracking(self.state, state), version=self.version + 1)

    def tracked_here(self, state: TrackingState) -> "Parcel":
        """Return it further on its way before it left; raises ParcelMoving once it is sealed in.

        What is gone or goes back leaves the open consolidation it waited in.
        """
        if self.pool not in AT_REST and self.pool is not PoolState.POOLED:
            raise ParcelMoving(
                f"parcel {self.id} is {self.pool}", parcel_id=self.id, state=self.state.value
            )
        tracked = self.tracked(state)
        if state in STAYS_POOLED:
            return tracked
        return replace(tracked, pool=None, consolidation_id=None)

    def followed(self, state: TrackingState) -> "Parcel":
        """Return it where its destination says it is: once it left, that hub knows best.

        News after a final state changes nothing; of what never left it raises TrackingOutOfOrder.
        """
        if self.state in {TrackingState.PENDING, TrackingState.PICKED_UP}:
            check_tracking(self.state, TrackingState.DELIVERED)
        if not EDGES[self.state] or state is self.state:
            return self
        return replace(self, state=state, version=self.version + 1)

    def _placed(self, pool: PoolState | None, consolidation_id: str | None) -> "Parcel":
        if pool not in POOL_EDGES[self.pool]:
            raise PoolingOutOfOrder(
                f"parcel {self.id} is {self.pool or 'in no consolidation'}, not {pool}",
                parcel_id=self.id,
                pool=self.pool.value if self.pool else None,
            )
        return replace(self, pool=pool, consolidation_id=consolidation_id, version=self.version + 1)
